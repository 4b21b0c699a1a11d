"""Why an order is credited to whom it is: each who might have been is told, with the reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.earnings.explaining import ExplainPorts, explain_credit, explained
from domain.earnings.order_books import OrderBooks
from domain.earnings.order_knowledge import SoldGoods
from domain.earnings.split_rules import GuideTier, Overlap, SplitRule
from domain.earnings.terms import LineRates, Terms
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Forbidden, NotFound
from domain.people.accounts import GuideId
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from domain.sharing.attribution import Credit, claims_to
from storage.mongo.earnings.order_books import MongoOrderBooks
from storage.mongo.earnings.split_rules import MongoSplitRules
from storage.mongo.kernel.database import Database
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.members.channel_purchases import MongoChannelPurchases
from storage.mongo.members.merges import MongoMerges
from storage.mongo.sharing.touches import MongoTouches
from tests.storage.sharing.test_sharing import a_touch
from tests.support.builders import NOON
from tests.support.keys import RING

pytestmark = pytest.mark.anyio


WEEK = timedelta(days=7)


def an_explanation(database: Database, orders, touches: MongoTouches) -> ExplainPorts:
    return ExplainPorts(
        orders=orders,
        trail=touches,
        merges=MongoMerges(database),
        rules=MongoSplitRules(database),
        books=MongoOrderBooks(database),
        purchases=MongoChannelPurchases(database),
    )


class Placed:
    """Only what an explanation reads of an order."""

    def __init__(self, credit: Credit | None, buyer: str = "may", bonded=None) -> None:
        self.id, self.buyer_id = "order_1", PersonId(buyer)
        self.bonded_to = bonded
        self.placed_at, self.credit = NOON, credit

    async def by_id(self, id: str) -> "Placed | None":
        return self if id == self.id else None


async def trail(database: Database) -> MongoTouches:
    touches = MongoTouches(database)
    for name, days in [("G1", -61), ("G2", -8), ("G3", -6), ("G4", -1), ("G5", 1)]:
        after = timedelta(days=days)
        await touches.add(a_touch(after=after, guide_id=GuideId(name), code=f"code-{name}"))
    await touches.add(a_touch("june", guide_id=GuideId("G6")))
    return touches


def verdicts(found):
    return [(one.guide_id, one.verdict.value) for one in found.candidates]


async def test_each_touch_before_the_order_is_told_with_the_reason(database: Database):
    touches = await trail(database)
    credit = await touches.last_credit([PersonId("may")], since=NOON - timedelta(days=7))
    act = by_the_clock(NOON, str)
    # G5's link was followed after the order: decide as of then.
    credit = Credit(
        guide_id=GuideId("G4"),
        store_id=credit.store_id,
        share_code="code-G4",
        touched_at=NOON - timedelta(days=1),
    )
    order = Placed(credit)
    found = await explain_credit(an_explanation(database, order, touches), act, "order_1")
    assert not found.named
    assert verdicts(found) == [
        ("G4", "CREDITED"),
        ("G3", "FOLLOWED_BEFORE"),
        ("G2", "TOO_OLD"),
    ]


async def test_the_code_that_an_order_names_wins_and_the_others_are_told_so(database: Database):
    touches = await trail(database)
    named = Credit(guide_id=GuideId("G9"), store_id="S9", share_code="code-G9", touched_at=NOON)
    ports = an_explanation(database, Placed(named), touches)
    found = await explain_credit(ports, by_the_clock(NOON, str), "order_1")
    assert found.named
    assert verdicts(found) == [
        ("G9", "CREDITED"),
        ("G4", "ANOTHER_NAMED"),
        ("G3", "ANOTHER_NAMED"),
        ("G2", "TOO_OLD"),
    ]


async def test_what_is_explained_is_what_was_decided(database: Database):
    touches = MongoTouches(database)
    for hours in (1, 30, 167, 169, 400):
        await touches.add(a_touch(f"buyer-{hours}", after=timedelta(hours=-hours)))
        buyer = PersonId(f"buyer-{hours}")
        claims = await claims_to(touches, [buyer], share_code=None, now=NOON, window=WEEK)
        trail = await touches.touches_of(
            [buyer], since=NOON - timedelta(days=60), until=NOON, most=9
        )
        order = Placed(claims.shared, buyer, claims.bonded_to)
        one, serves = explained(order, trail, None, window=WEEK).candidates
        assert (serves.role, serves.verdict) == ("SERVICE", "CREDITED")
        assert one.verdict == ("CREDITED" if hours < 7 * 24 else "TOO_OLD")


async def test_a_link_followed_again_after_the_order_is_still_the_one_credited(database: Database):
    credit = Credit(guide_id=GuideId("G1"), store_id="S1", share_code="c", touched_at=NOON)
    order = Placed(replace(credit, touched_at=NOON - timedelta(minutes=2)))
    assert verdicts(explained(order, [], None, window=WEEK)) == [("G1", "CREDITED")]


async def test_it_is_head_office_that_asks_and_of_an_order_that_is_there(database: Database):
    ports = an_explanation(database, MongoOrders(database, RING), MongoTouches(database))
    act = by_the_clock(NOON, str)
    with pytest.raises(NotFound):
        await explain_credit(ports, act, "order_0")
    for role in set(Role) - {Role.HEAD_OFFICE, Role.FINANCE}:
        asked = replace(act, viewer=Viewer(id=PersonId("x"), role=role))
        with pytest.raises(Forbidden):
            await explain_credit(ports, asked, "order_0")


def books_by(rates: LineRates, **more) -> OrderBooks:
    terms = Terms(
        rule_version=3,
        weights=(150, 750, 100),
        seller="brand",
        guide_id="G1",
        service_id="G2",
        rates=(rates,),
        **more,
    )
    return OrderBooks(
        order_id="order_1",
        terms=terms,
        goods=(SoldGoods(sku="A", quantity=1, payable=1_000),),
        paid=1_000,
    )


def test_a_paid_order_tells_every_part_and_why_a_guide_has_none():
    touch = Credit(guide_id="G1", store_id="S1", share_code="c", touched_at=NOON - WEEK)
    order = Placed(touch, bonded="G2")
    both = explained(
        order, [touch], books_by(LineRates(sku="A", share=50, service=20)), window=WEEK
    )
    assert verdicts(both) == [("G1", "CREDITED"), ("G2", "CREDITED")]
    assert both.rule_version == 3
    assert sum(one.amount for one in both.credits) == 1_000
    alone = books_by(LineRates(sku="A", share=50, service=0))
    for overlap, verdict in [(Overlap.GREATER, "GREATER_COUNTS"), (Overlap.ADD, "NO_RATE")]:
        found = explained(order, [touch], alone, window=WEEK, overlap=overlap)
        assert verdicts(found) == [("G1", "CREDITED"), ("G2", verdict)]
    tier = GuideTier(earned_from=500, factor_permille=1_200)
    reached = books_by(LineRates(sku="A", share=60, service=20), tiers=(tier, None, None))
    found = explained(order, [touch], reached, window=WEEK)
    assert [one.tier for one in found.candidates] == [tier, None]
    own = books_by(LineRates(sku="A", share=0, service=20), own=("G1",))
    assert verdicts(explained(order, [touch], own, window=WEEK)) == [
        ("G1", "OWN_PURCHASE"),
        ("G2", "CREDITED"),
    ]


async def test_a_window_counts_for_what_is_ordered_after_it_is_set(database: Database):
    touches = await trail(database)
    rules = MongoSplitRules(database)
    await rules.add(SplitRule(version=1, window_days=30, set_at=NOON + timedelta(seconds=1)))
    order = Placed(None)
    act = by_the_clock(NOON, str)
    before = await explain_credit(an_explanation(database, order, touches), act, "order_1")
    assert verdicts(before)[-1] == ("G2", "TOO_OLD")
    order.placed_at = NOON + timedelta(seconds=2)
    after = await explain_credit(an_explanation(database, order, touches), act, "order_1")
    assert verdicts(after)[-1] == ("G2", "FOLLOWED_BEFORE")


async def test_of_two_links_followed_in_one_instant_the_same_one_counts_each_time(
    database: Database,
):
    touches = MongoTouches(database)
    for name in ("G2", "G1", "G3"):
        await touches.add(a_touch(guide_id=GuideId(name), code=f"code-{name}"))
    found = {(await touches.last_credit([PersonId("may")], since=NOON)).guide_id for _ in range(5)}
    assert found == {"G3"}
