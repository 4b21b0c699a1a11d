"""Credits of purchases at tills: whoever brought, serves and stood there, as of the purchase."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.earnings import bookkeeping, ledger_desk
from domain.earnings.crediting import CreditingPorts, credited_orders
from domain.earnings.explaining import explain_credit
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.versions import all_risen, risen
from domain.members.purchase_facts import of_purchase
from domain.people.accounts import Guide, GuideId, Member
from qianmian.wiring.earnings import explain_ports
from storage.mongo.kernel.database import Database
from storage.mongo.members.channel_purchases import MongoChannelPurchases
from storage.mongo.people.people import MongoGuides, MongoMembers
from storage.mongo.sharing.touches import MongoTouches
from tests.domain.earnings.test_till_books import a_purchase, a_refund
from tests.storage.earnings.test_bookkeeping import (
    an_act,
    balances,
    ports,  # noqa: F401
    sums_of_journals,
)
from tests.storage.sharing.test_sharing import a_touch
from tests.support.builders import NOON
from tests.support.foundations import a_foundation

pytestmark = pytest.mark.anyio

RULE = {"service_permille": 20, "serving_permille": 10, "member_permille": 30}
LINE = ("A", 10_000)


async def a_member(database: Database, *touches: tuple[str, timedelta]) -> None:
    """A member of the franchisee's store, who followed links of guides so long before."""
    member = Member(id=PersonId("may"), joined_at=NOON, store_id="S1")
    await MongoMembers(database).join(member)
    for guide, before in touches:
        touch = a_touch("may", after=-before, guide_id=GuideId(guide), code=f"code-{guide}")
        await MongoTouches(database).add(touch)


async def ruled(ports, **said) -> None:  # noqa: F811
    act = an_act(at=NOON - timedelta(days=30))
    await ledger_desk.set_split_rule(ports, act, {**RULE, **said}, expected=0)


async def told(ports, purchase, before=None, *, after: int = 0) -> None:  # noqa: F811
    """What is new of a purchase is booked, as facts that come after so many."""
    facts = [replace(one, n=after + n) for n, one in enumerate(of_purchase(before, purchase), 1)]
    batch = Batch(facts=tuple(facts), upto=after + len(facts))
    await bookkeeping.book_facts(ports, an_act(), batch)


async def credited(ports, id: str = "POS:1"):  # noqa: F811
    [books] = await ports.books.by_ids([id])
    return {name: n for name, n in books.booked.items() if n}


async def test_the_link_counts_within_its_window_and_the_customer_is_theirs_however_long_before(
    ports,  # noqa: F811
    database,
):
    await ruled(ports)
    await a_member(database, ("G1", timedelta(days=7)), ("G2", timedelta(seconds=-1)))
    await told(ports, a_purchase(LINE, buyer="may"))
    assert await credited(ports) == {
        # For sharing 500 and for whose customer it is 200; what was followed later counts never.
        "guide:G1:pending": 700,
        "guide:G3:pending": 100,
        "owner:O1:pending": -800,
    }
    late = replace(a_purchase(LINE, buyer="may"), id="POS:2", number="2")
    later = replace(late.bought, at=NOON - timedelta(seconds=1) + timedelta(days=7))
    await told(ports, replace(late, bought=later))
    assert (await credited(ports, "POS:2"))["guide:G2:pending"] == 700
    last = replace(late, id="POS:3", number="3")
    await told(ports, replace(last, bought=replace(later, at=later.at + timedelta(days=8))))
    assert (await credited(ports, "POS:3"))["guide:G2:pending"] == 200


async def test_a_purchase_that_is_matched_late_credits_as_of_then_once(ports, database):  # noqa: F811
    await ruled(ports)
    await a_member(database, ("G1", timedelta(days=1)))
    nobodys = a_purchase(LINE)
    await told(ports, nobodys)
    assert await credited(ports) == {"guide:G3:pending": 100, "owner:O1:pending": -100}
    matched = risen(a_purchase(LINE, buyer="may"))
    for _ in range(2):
        await told(ports, matched, nobodys, after=10)
    back = replace(matched, refunds=(a_refund(1, LINE),))
    assert (await balances(database))["guide:G1:pending"] == 700
    await told(ports, back, matched, after=20)
    assert await balances(database) == {} == await sums_of_journals(database)


async def test_where_the_brand_sells_a_franchisee_has_the_part_of_their_member(ports, database):  # noqa: F811
    await ruled(ports)
    await a_member(database)
    purchase = a_purchase(LINE, buyer="may")
    online = replace(purchase, bought=replace(purchase.bought, store_id=None, guide_id=None))
    await told(ports, online)
    assert await credited(ports) == {"owner:O1:pending": 300, "brand": -300}


async def test_a_guide_at_the_till_has_nothing_of_their_own_purchase(ports, database):  # noqa: F811
    await ruled(ports)
    await a_member(database)
    guide = Guide(id=GuideId("G3"), name="三", store_id="S1", wecom_user_id="3", member_id="may")
    await MongoGuides(database).save_all(all_risen([replace(guide, version=0)]))
    await told(ports, a_purchase(LINE, buyer="may"))
    assert await credited(ports) == {}


async def test_a_purchase_is_seen_and_explained_as_an_order_is(ports, database):  # noqa: F811
    await ruled(ports)
    await a_member(database, ("G1", timedelta(days=8)), ("G2", timedelta(days=1)))
    purchase = risen(a_purchase(LINE, buyer="may"))
    await MongoChannelPurchases(database).save_all([purchase], {purchase.id: ()})
    await told(ports, purchase)
    found = await explain_credit(explain_ports(a_foundation(database)), an_act(), "POS:1")
    assert [(one.role.value, one.guide_id, one.verdict.value) for one in found.candidates] == [
        ("SHARE", "G2", "CREDITED"),
        ("SHARE", "G1", "TOO_OLD"),
        ("SERVICE", "G2", "CREDITED"),
        ("SERVING", "G3", "CREDITED"),
    ]
    assert sum(one.amount for one in found.credits) == 10_000
    crediting = CreditingPorts(credited=ports.books)
    mine = await credited_orders(crediting, an_act(), PageRequest(), guide_id="G3")
    assert [(one.order_id, one.credits[0].amount) for one in mine.items] == [("POS:1", 100)]
    stores = await credited_orders(crediting, an_act(), PageRequest(), store_id="S1")
    assert {one.role.value for one in stores.items[0].credits} == {"SHARE", "SERVICE", "SERVING"}
