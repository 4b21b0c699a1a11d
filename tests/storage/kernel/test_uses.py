"""The where-used index in the database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Invalid, Overtaken
from domain.kernel.uses import Used, UsedKind, User, UserKind, asset_use, product_use, saving
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.media.assets import MongoAssets
from tests.storage.media.test_assets import an_asset

pytestmark = pytest.mark.anyio

TENT = an_asset("11" * 32).id
LAKE = an_asset("22" * 32).id


@pytest.fixture
async def uses(database: Database) -> MongoUses:
    for sha256 in ("11" * 32, "22" * 32):
        await MongoAssets(database).add(an_asset(sha256))
    return MongoUses(database)


def a_revision(id: str = "revision_1", *uses, version: int = 1) -> User:
    kind = UserKind.POST_REVISION
    return User(kind=kind, id=id, label="湖边一夜", uses=uses, version=version)


def asset(id: str) -> Used:
    return Used(kind=UsedKind.ASSET, id=id)


async def saved(uses: MongoUses, *users: User) -> None:
    async with saving(uses, users):
        pass


async def found(uses: MongoUses, target: Used):
    page = await uses.of(target, PageRequest())
    return [(use.kind, use.id, use.fields) for use in page.items]


async def test_where_used_is_exact_to_the_field(uses: MongoUses):
    await saved(
        uses,
        a_revision(
            "revision_1",
            asset_use(TENT, "cover"),
            asset_use(LAKE, "body.1.asset"),
            asset_use(TENT, "body.3.asset"),
            product_use("P1", "products.0"),
        ),
    )
    revision = (UserKind.POST_REVISION, "revision_1")
    assert await found(uses, asset(TENT)) == [(*revision, ("cover", "body.3.asset"))]
    assert await found(uses, asset(LAKE)) == [(*revision, ("body.1.asset",))]
    product = Used(kind=UsedKind.PRODUCT, id="P1")
    assert await found(uses, product) == [(*revision, ("products.0",))]
    assert not await uses.any(Used(kind=UsedKind.PRODUCT, id=TENT))


async def test_what_is_told_anew_replaces_what_was_told_before(uses: MongoUses):
    await saved(uses, a_revision("revision_1", asset_use(TENT, "cover")))
    await saved(uses, a_revision("revision_1", asset_use(LAKE, "cover"), version=2))
    assert (await uses.any(asset(TENT)), await uses.any(asset(LAKE))) == (False, True)
    await saved(uses, a_revision("revision_1", version=3))
    assert not await uses.any(asset(LAKE))


async def test_nothing_is_written_of_a_version_that_refers_to_the_same(
    uses: MongoUses, round_trips: list[str]
):
    await saved(uses, a_revision("r1", asset_use(TENT, "cover")))
    round_trips.clear()
    await saved(uses, a_revision("r1", asset_use(TENT, "cover"), version=2), a_revision("r2"))
    assert set(round_trips) == {"find uses", "find assets"}
    await saved(uses, a_revision("r1", asset_use(LAKE, "cover"), version=3))
    assert not await uses.any(asset(TENT))


async def test_users_are_listed_page_by_page(uses: MongoUses):
    await saved(uses, *(a_revision(f"r{n}", asset_use(TENT, "cover")) for n in range(5)))
    first = await uses.of(asset(TENT), PageRequest(first=3))
    second = await uses.of(asset(TENT), PageRequest(first=3, after=first.cursors[-1]))
    assert [use.id for use in [*first.items, *second.items]] == ["r0", "r1", "r2", "r3", "r4"]
    assert (first.total, first.has_next, second.has_next) == (5, True, False)


async def test_a_use_of_an_asset_that_is_not_there_is_refused_by_field(uses: MongoUses):
    with pytest.raises(Invalid) as refusal:
        await saved(uses, a_revision("revision_1", asset_use("asset_no", "body.2.asset")))
    assert refusal.value.field == ("body", "2", "asset")
    assert not await uses.any(asset("asset_no"))


async def test_what_is_refused_leaves_no_use_behind_and_the_one_before_stands(uses: MongoUses):
    await saved(uses, a_revision("r1", asset_use(TENT, "cover")))

    async def refused(user: User) -> None:
        async with saving(uses, [user]):
            assert await uses.any(asset(TENT))
            assert await uses.any(asset(LAKE))
            raise Conflict("Somebody was faster.")

    with pytest.raises(Conflict):
        await refused(a_revision("r1", asset_use(LAKE, "cover"), version=2))
    with pytest.raises(Conflict):
        await refused(a_revision("r2", asset_use(LAKE, "cover")))
    assert (await uses.any(asset(TENT)), await uses.any(asset(LAKE))) == (True, False)


async def test_of_several_those_that_were_written_are_followed(uses: MongoUses):
    await saved(uses, *(a_revision(one, asset_use(TENT, "cover")) for one in ("r1", "r2")))
    with pytest.raises(Overtaken):
        async with saving(
            uses,
            [a_revision(one, asset_use(LAKE, "cover"), version=2) for one in ("r1", "r2")],
        ):
            raise Overtaken("r1 was changed.", ids=["r1"])
    assert [one for _, one, _ in await found(uses, asset(TENT))] == ["r1"]
    assert [one for _, one, _ in await found(uses, asset(LAKE))] == ["r2"]


async def test_many_new_claims_of_one_user_at_once_are_all_kept(uses: MongoUses):
    claims = [a_revision("r1", asset_use(TENT, f"body.{n}.asset")) for n in range(12)]
    await asyncio.gather(*(uses.claim([one]) for one in claims))
    [(_, _, fields)] = await found(uses, asset(TENT))
    assert sorted(fields) == sorted(f"body.{n}.asset" for n in range(12))


PICTURES = tuple(f"{n:02x}" * 32 for n in range(1, 5))


def picture_of(sha256: str) -> Used:
    return asset(an_asset(sha256).id)


class Shown:
    """Something on show that several editors change, each between any two steps of the others."""

    def __init__(self, uses: MongoUses) -> None:
        self.uses = uses
        self.version, self.picture = 0, None

    async def edit(self, picture: str | None) -> AsyncIterator[None]:
        """Give it another picture over the version that is there now; stops after each step."""
        loaded = self.version
        yield
        use = [asset_use(an_asset(picture).id, "cover")] if picture else []
        block = saving(self.uses, [a_revision("shown", *use, version=loaded + 1)])
        await block.__aenter__()
        yield
        if self.version != loaded:
            yield
            await block.__aexit__(Conflict, Conflict("Somebody was faster."), None)
            return
        self.version, self.picture = loaded + 1, picture
        yield
        await block.__aexit__(None, None, None)

    async def indexed(self) -> set[str]:
        return {one for one in PICTURES if await self.uses.any(picture_of(one))}


async def explore(uses: MongoUses, pictures: Sequence[str | None], order: Sequence[int]) -> None:
    """Let editors take their steps in an order; those that do not come to their end crash."""
    shown = Shown(uses)
    async for _ in shown.edit(PICTURES[0]):
        pass
    editors = [shown.edit(picture) for picture in pictures]
    ended = set()
    for number in order:
        try:
            await anext(editors[number])
        except StopAsyncIteration:
            ended.add(number)
        assert shown.picture is None or await uses.any(picture_of(shown.picture)), order
    if len(ended) == len(editors):
        assert await shown.indexed() == {shown.picture} - {None}, order
    # Whatever crashed, the next one that changes something puts the index right.
    async for _ in shown.edit(PICTURES[3]):
        pass
    assert await shown.indexed() == {PICTURES[3]}, order


@pytest.fixture
async def pictured(database: Database) -> MongoUses:
    for sha256 in PICTURES:
        await MongoAssets(database).add(an_asset(sha256))
    return MongoUses(database)


@pytest.mark.parametrize("pictures", [(PICTURES[1], PICTURES[2]), (PICTURES[0], None)])
async def test_two_editors_leave_the_winners_uses_in_every_order_and_crash(
    database: Database, pictured: MongoUses, pictures: tuple[str | None, ...]
):
    whole = {tuple(int(turn in first) for turn in range(8)) for first in combinations(range(8), 4)}
    orders = {order[:length] for order in whole for length in (4, 6, 8)}
    for order in sorted(orders):
        await database["uses"].delete_many({})
        await explore(pictured, pictures, order)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pictures=st.lists(st.sampled_from([*PICTURES[:3], None]), min_size=3, max_size=3),
    order=st.lists(st.integers(0, 2), min_size=4, max_size=20),
)
async def test_three_editors_leave_the_winners_uses_in_any_order_and_crash(
    database: Database, pictured: MongoUses, pictures, order
):
    await database["uses"].delete_many({})
    await explore(pictured, pictures, order)
