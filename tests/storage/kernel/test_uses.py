"""The where-used index in the database."""

import pytest

from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Invalid
from domain.kernel.uses import Target, TargetKind, User, UserKind, asset_use, product_use
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


def a_revision(id: str = "revision_1", *uses) -> User:
    return User(kind=UserKind.POST_REVISION, id=id, label="湖边一夜", uses=uses)


def asset(id: str) -> Target:
    return Target(kind=TargetKind.ASSET, id=id)


async def found(uses: MongoUses, target: Target):
    page = await uses.of(target, PageRequest())
    return [(use.kind, use.id, use.fields) for use in page.items]


async def test_where_used_is_exact_to_the_field(uses: MongoUses):
    await uses.replace(
        [
            a_revision(
                "revision_1",
                asset_use(TENT, "cover"),
                asset_use(LAKE, "body.1.asset"),
                asset_use(TENT, "body.3.asset"),
                product_use("P1", "products.0"),
            )
        ]
    )
    revision = (UserKind.POST_REVISION, "revision_1")
    assert await found(uses, asset(TENT)) == [(*revision, ("cover", "body.3.asset"))]
    assert await found(uses, asset(LAKE)) == [(*revision, ("body.1.asset",))]
    product = Target(kind=TargetKind.PRODUCT, id="P1")
    assert await found(uses, product) == [(*revision, ("products.0",))]
    assert not await uses.any(Target(kind=TargetKind.PRODUCT, id=TENT))


async def test_what_is_told_anew_replaces_what_was_told_before(uses: MongoUses):
    await uses.replace([a_revision("revision_1", asset_use(TENT, "cover"))])
    await uses.replace([a_revision("revision_1", asset_use(LAKE, "cover"))])
    assert (await uses.any(asset(TENT)), await uses.any(asset(LAKE))) == (False, True)
    await uses.replace([a_revision("revision_1")])
    assert not await uses.any(asset(LAKE))


async def test_users_are_listed_page_by_page(uses: MongoUses):
    await uses.replace(a_revision(f"r{n}", asset_use(TENT, "cover")) for n in range(5))
    first = await uses.of(asset(TENT), PageRequest(first=3))
    second = await uses.of(asset(TENT), PageRequest(first=3, after=first.cursors[-1]))
    assert [use.id for use in [*first.items, *second.items]] == ["r0", "r1", "r2", "r3", "r4"]
    assert (first.total, first.has_next, second.has_next) == (5, True, False)


async def test_a_use_of_an_asset_that_is_not_there_is_refused_by_field(uses: MongoUses):
    with pytest.raises(Invalid) as refusal:
        await uses.replace([a_revision("revision_1", asset_use("asset_no", "body.2.asset"))])
    assert refusal.value.field == ("body", "2", "asset")
    assert not await uses.any(asset("asset_no"))
