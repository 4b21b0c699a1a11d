"""What content brings: each visit and each sale counted once for all that its link says."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from domain.content.scenes import Scene
from domain.earnings import bookkeeping, effects
from domain.earnings.bookkeeping import BookkeepingPorts
from domain.earnings.effects import EffectOf, EffectPorts
from domain.kernel.days import BEIJING
from domain.kernel.facts import Batch, Fact
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid
from domain.people.viewer import Role, Viewer
from domain.sharing.link_facts import link_touched
from domain.sharing.share_links import ShareKind, ShareLink, ShareTarget
from domain.sharing.touches import touch_of
from qianmian.wiring.earnings import bookkeeping_ports, effect_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoOutboxes
from storage.mongo.sharing.share_links import MongoShareLinks
from tests.domain.earnings.test_order_books import a_payment, a_refund, an_order
from tests.storage.earnings.test_bookkeeping import FixedDirectory, an_act
from tests.support.foundations import a_foundation
from tests.support.round_trips import ROUND_TRIPS

pytestmark = pytest.mark.anyio

LAST = datetime(2026, 10, 31, 23, 59, 59, tzinfo=BEIJING)
MIDNIGHT = datetime(2026, 11, 1, tzinfo=BEIJING)
FIRST = PageRequest(first=20)
LINK = ShareLink(
    code="AAAAAAAAAA",
    guide_id="G1",
    store_id="S1",
    target=ShareTarget(kind=ShareKind.POST, id="P1"),
    revision="R1",
    scene=Scene.MOMENTS,
    campaign="双|十一",
    created_at=LAST,
    template_id="T1",
)
OTHER = replace(
    LINK, code="BBBBBBBBBB", target=ShareTarget(kind=ShareKind.PRODUCT, id="10001"), revision=None
)


@dataclass
class Counting:
    """The books, what counts after them, and the facts that the books have said and were told."""

    books: BookkeepingPorts
    effects: EffectPorts
    database: Database
    told: int = 0

    async def tell(self, *facts: Fact, times: int = 1) -> None:
        """Facts reach the books, and then whatever the books say."""
        first, self.told = self.told + 1, self.told + len(facts)
        batch = Batch(
            facts=tuple(replace(one, n=n) for n, one in enumerate(facts, first)), upto=self.told
        )
        works = (bookkeeping.book_facts(self.books, an_act(), batch) for _ in range(times))
        await asyncio.gather(*works)
        outboxes = MongoOutboxes(self.database, ["order_books"])
        said = [fact for one in await outboxes.waiting(99) for fact in one.facts]
        await self.count(*said, times=times)

    async def count(self, *facts: Fact, times: int = 1) -> None:
        """Facts reach what counts, so many times at once and once more; known ones are known."""
        found = await self.database["seen"].find({}).to_list(None)
        seen = {one["_id"]: one["n"] for one in found}
        for one in facts:
            if one.id not in seen:
                seen[one.id] = len(seen) + 1
                await self.database["seen"].insert_one({"_id": one.id, "n": seen[one.id]})
        numbered = tuple(replace(one, n=seen[one.id]) for one in facts)
        batch = Batch(facts=numbered, upto=len(seen))
        await asyncio.gather(
            *(effects.count_effects(self.effects, an_act(), batch) for _ in range(times))
        )
        await effects.count_effects(self.effects, an_act(), batch)

    async def of(self, kind: EffectOf, id: str, period: str) -> tuple[int, int, int]:
        found = await effects.effect_seen(self.effects, an_act(), kind, id, period)
        return found.visits, found.orders, found.net


def visit(link: ShareLink, at: datetime, person: str = "M1", *, consumer: bool = True) -> Fact:
    return link_touched(link, touch_of(link, person, at), consumer=consumer)


def an_order_by(link: ShareLink, fen: int, at: datetime) -> Fact:
    found = an_order(("A", 1, fen))
    return replace(found, at=at, data={**found.data, "shareCode": link.code})


@pytest.fixture
async def counting(database: Database) -> Counting:
    base = a_foundation(database)
    await MongoShareLinks(database).keep([LINK, OTHER], lambda: "unused")
    return Counting(
        books=replace(bookkeeping_ports(base), directory=FixedDirectory()),
        effects=effect_ports(base),
        database=database,
    )


async def test_a_sale_counts_once_for_all_that_its_link_says_on_the_day_it_was_paid(
    counting: Counting,
):
    # The money is heard of before the order is, and everything twice.
    await counting.tell(a_payment(10_000), times=3)
    await counting.tell(an_order_by(LINK, 10_000, LAST), times=3)
    await counting.tell(replace(a_refund(10_000, 2_500), at=MIDNIGHT), times=3)
    for kind, id_ in [
        (EffectOf.POST, "P1"),
        (EffectOf.REVISION, "R1"),
        (EffectOf.TEMPLATE, "T1"),
        (EffectOf.SCENE, "MOMENTS"),
        (EffectOf.GUIDE, "G1"),
        (EffectOf.STORE, "S1"),
        (EffectOf.CAMPAIGN, "双|十一"),
    ]:
        for period in ("2026-10-31", "2026-10"):
            assert await counting.of(kind, id_, period) == (0, 1, 7_500), kind
        assert await counting.of(kind, id_, "2026-11") == (0, 0, 0)
    await counting.tell(a_refund(10_000, 10_000))
    assert await counting.of(EffectOf.POST, "P1", "2026-10") == (0, 1, 0)


async def test_visits_of_consumers_count_in_their_day_and_those_of_staff_never(
    counting: Counting,
):
    await counting.count(
        visit(LINK, LAST),
        visit(LINK, MIDNIGHT),
        visit(OTHER, MIDNIGHT, "M2"),
        visit(LINK, MIDNIGHT, "staff", consumer=False),
        times=3,
    )
    assert await counting.of(EffectOf.POST, "P1", "2026-10-31") == (1, 0, 0)
    assert await counting.of(EffectOf.POST, "P1", "2026-11") == (1, 0, 0)
    assert await counting.of(EffectOf.PRODUCT, "10001", "2026-11-01") == (1, 0, 0)
    assert await counting.of(EffectOf.GUIDE, "G1", "2026-11") == (2, 0, 0)


async def test_what_sells_is_ranked_in_two_round_trips_and_people_for_head_office(
    counting: Counting, database: Database
):
    await counting.count(visit(LINK, MIDNIGHT))
    await counting.tell(an_order_by(LINK, 10_000, MIDNIGHT), a_payment(10_000))
    guide = replace(an_act(), viewer=Viewer(id="G1", role=Role.GUIDE, store_id="S1"))
    before = len(ROUND_TRIPS.of(database.name))
    page = await effects.what_sells(counting.effects, guide, EffectOf.POST, "2026-11", FIRST)
    assert [(one.id, one.visits, one.orders, one.net) for one in page.items] == [
        ("P1", 1, 1, 10_000)
    ]
    assert len(ROUND_TRIPS.of(database.name)) - before <= 2
    own = await effects.effect_seen(counting.effects, guide, EffectOf.GUIDE, "G1", "2026-11")
    assert own.orders == 1
    for refused, why in [
        (effects.what_sells(counting.effects, guide, EffectOf.GUIDE, "2026-11", FIRST), Forbidden),
        (
            effects.effect_seen(counting.effects, guide, EffectOf.GUIDE, "G2", "2026-11"),
            Forbidden,
        ),
        (effects.effect_seen(counting.effects, an_act(), EffectOf.POST, "P1", "now"), Invalid),
    ]:
        with pytest.raises(why):
            await refused
