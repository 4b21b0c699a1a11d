"""The ledger in the database: a repeat has one effect, whatever was cut short."""

import asyncio
import contextlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.earnings import bookkeeping, ledger_desk
from domain.earnings.crediting import CreditingPorts, credited_orders
from domain.earnings.journals import AccountKind, finish_postings
from domain.earnings.line_credits import for_guides
from domain.earnings.order_books import release_id
from domain.earnings.split_rules import GuideTier
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, WrongState
from domain.kernel.versions import all_risen
from domain.mall.fulfilment.returning import RETURN_WITHIN
from domain.network.directory import Directory
from domain.network.stores import Owner, OwnerId, OwnerKind, StoreId
from domain.people.accounts import Guide, GuideId, Member
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian.wiring.earnings import bookkeeping_ports
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides, MongoMembers
from tests.domain.earnings.test_order_books import a_payment, a_refund, an_order, sent
from tests.support.builders import NOON, a_store
from tests.support.foundations import a_foundation

pytestmark = pytest.mark.anyio

END = NOON + RETURN_WITHIN


class FixedDirectory:
    def directory(self) -> Directory:
        owners = [Owner(id=OwnerId("O1"), name="加盟商", kind=OwnerKind.FRANCHISEE)]
        stores = [a_store(id=StoreId("S1"), owner_id=OwnerId("O1"))]
        return Directory(
            owners={one.id: one for one in owners}, stores={one.id: one for one in stores}
        )


def an_act(role: Role = Role.HEAD_OFFICE, at=NOON) -> Act:
    return replace(by_the_clock(at, lambda kind: f"{kind}_1"), viewer=Viewer(id="x", role=role))


@pytest.fixture
def ports(database: Database) -> bookkeeping.BookkeepingPorts:
    made = bookkeeping_ports(a_foundation(database))
    return replace(made, directory=FixedDirectory())


def a_batch(*facts) -> Batch:
    numbered = tuple(replace(fact, n=n) for n, fact in enumerate(facts, 1))
    return Batch(facts=numbered, upto=len(numbered))


def sold_and_sent() -> Batch:
    return a_batch(an_order(("A", 1, 10_000)), a_payment(10_000), sent("S1", A=1))


async def balances(database: Database) -> dict[str, int]:
    found = await database["ledger_accounts"].find({}).to_list(None)
    return {one["_id"]: one["fen"] for one in found if one.get("fen")}


async def sums_of_journals(database: Database) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for journal in await database["journals"].find({}).to_list(None):
        for line in journal["lines"]:
            sums[line["account"]] += line["amount"]
    return {account: n for account, n in sums.items() if n}


EARNED = {"provider": -10_000, "guide:G1:pending": 500, "owner:O1:pending": 8_550, "brand": 950}


async def test_the_same_facts_twice_and_at_once_are_booked_once(ports, database):
    batch = sold_and_sent()
    await asyncio.gather(*(bookkeeping.book_facts(ports, an_act(), batch) for _ in range(3)))
    await bookkeeping.book_facts(ports, an_act(), batch)
    assert await balances(database) == EARNED == await sums_of_journals(database)


@pytest.mark.parametrize("writes", range(1, 12))
async def test_whatever_write_it_was_cut_short_at_a_repeat_books_it_once(ports, database, writes):
    class KilledError(Exception):
        pass

    left = writes

    def dying(port):
        class Dying:
            def __getattr__(self, name):
                method = getattr(port, name)

                async def call(*args):
                    nonlocal left
                    left -= 1
                    if left == 0:
                        raise KilledError
                    return await method(*args)

                return call

        return Dying()

    ledger = replace(
        ports.ledger, journals=dying(ports.ledger.journals), lines=dying(ports.ledger.lines)
    )
    batch = sold_and_sent()
    with contextlib.suppress(KilledError):
        await bookkeeping.book_facts(
            replace(ports, ledger=ledger, books=dying(ports.books)), an_act(), batch
        )
    await bookkeeping.book_facts(ports, an_act(), batch)
    await finish_postings(ports.ledger, an_act(at=NOON + timedelta(days=9_999)))
    assert await balances(database) == EARNED == await sums_of_journals(database)
    assert await ports.ledger.journals.in_flight() == 0


async def test_the_clock_makes_payable_once_what_may_not_come_back_any_more(ports, database):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    await bookkeeping.release_matured(ports, an_act(at=END - timedelta(seconds=1)))
    assert await balances(database) == EARNED
    acts = [an_act(at=END) for _ in range(3)]
    await asyncio.gather(*(bookkeeping.release_matured(ports, one) for one in acts))
    payable = {name.replace("pending", "payable"): n for name, n in EARNED.items()}
    assert await balances(database) == payable == await sums_of_journals(database)
    assert await ports.books.matured(END + RETURN_WITHIN, 10) == []


async def test_what_was_released_but_not_posted_is_posted_by_the_next_turn(ports, database):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    [before] = await ports.books.by_ids(["order_1"])
    after = bookkeeping.released(before, END)
    assert await ports.books.release(after, before)
    assert not await ports.books.release(after, before)
    # A refund that comes before the next turn must not make the release forgotten.
    refund = replace(a_refund(10_000, 10_000), n=4)
    await bookkeeping.book_facts(ports, an_act(), Batch(facts=(refund,), upto=4))
    await bookkeeping.release_matured(ports, an_act(at=END))
    assert await ports.ledger.journals.by_id(release_id("order_1")) is not None
    assert await balances(database) == {} == await sums_of_journals(database)


async def test_a_journal_is_taken_back_once_and_its_taking_back_never(ports, database):
    batch = sold_and_sent()
    await bookkeeping.book_facts(ports, an_act(), batch)
    paid = batch.facts[1].id
    first, second = await asyncio.gather(
        *(ledger_desk.reverse_journal(ports, an_act(), paid, reason) for reason in "ab")
    )
    assert first == second
    assert first.reverses == paid
    assert sum((await balances(database)).values()) == 0
    assert await balances(database) == await sums_of_journals(database)
    with pytest.raises(WrongState):
        await ledger_desk.reverse_journal(ports, an_act(), first.id, "again")
    with pytest.raises(NotFound):
        await ledger_desk.reverse_journal(ports, an_act(), "nothing", "a mistake")


async def test_an_audit_finds_a_balance_that_somebody_changed(ports, database):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    audit = await ledger_desk.audit_ledger(ports, an_act())
    assert (audit.difference, audit.in_flight) == (0, 0)
    assert dict(audit.sums)[AccountKind.PROVIDER] == -10_000
    await database["ledger_accounts"].update_one({"_id": "brand"}, {"$inc": {"fen": 7}})
    assert (await ledger_desk.audit_ledger(ports, an_act())).difference == 7


async def test_a_guide_sees_what_they_earned_and_nobody_else_s(ports):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    for name, pending in (("G1", 500), ("G2", 0)):
        act = replace(an_act(), viewer=Viewer(id=name, role=Role.GUIDE))
        assert (await ledger_desk.own_earnings(ports, act)).pending == pending
        entries = await ledger_desk.own_entries(ports, act, PageRequest())
        assert [line.amount for _, line in entries.items] == ([pending] if pending else [])


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.HEAD_OFFICE, Role.FINANCE}))
async def test_the_ledger_is_head_office_s_and_finances(ports, role):
    act = an_act(role)
    asked = [
        ledger_desk.ledger_accounts(ports, act, AccountKind.BRAND, PageRequest()),
        ledger_desk.journals_of(ports, act, "brand", PageRequest()),
        ledger_desk.audit_ledger(ports, act),
        ledger_desk.reverse_journal(ports, act, "x", "y"),
        ledger_desk.split_rules(ports, act),
        ledger_desk.set_split_rule(ports, act, {}, expected=0),
    ]
    for one in asked:
        with pytest.raises(Forbidden):
            await one


async def test_accounts_are_listed_by_kind_page_by_page(ports):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    kind, seen = AccountKind.OWNER_PENDING, []
    page = await ledger_desk.ledger_accounts(ports, an_act(), kind, PageRequest(first=1))
    seen += [one.account for one in page.items]
    assert (seen, page.total, page.has_next) == (["owner:O1:pending"], 1, False)
    page = await ledger_desk.journals_of(ports, an_act(), seen[0], PageRequest(first=1))
    rest = PageRequest(first=1, after=page.cursors[-1])
    more = await ledger_desk.journals_of(ports, an_act(), seen[0], rest)
    assert page.total == len({page.items[0].id, more.items[0].id}) == 2


async def test_a_rule_counts_for_what_is_paid_after_it_and_two_set_one(ports, database):
    said = [{"selling_permille": n} for n in (0, 1)]
    outcomes = await asyncio.gather(
        *(ledger_desk.set_split_rule(ports, an_act(), one, expected=0) for one in said),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "SplitRule"]
    with pytest.raises(Conflict):
        await ledger_desk.set_split_rule(ports, an_act(), {}, expected=7)
    later = replace(an_order(("A", 1, 10_000)), at=NOON + timedelta(hours=1))
    earlier = replace(later, at=NOON - timedelta(hours=1), data={**later.data, "orderId": "old"})
    await bookkeeping.book_facts(ports, an_act(), a_batch(later, earlier))
    found = {one.order_id: one for one in await ports.books.by_ids(["order_1", "old"])}
    assert {key: one.terms.rule_version for key, one in found.items()} == {"order_1": 1, "old": 0}


async def test_what_is_not_said_of_a_rule_stays_as_it_was(ports):
    for version, said in enumerate([{"window_days": 30}, {"service_permille": 20}]):
        await ledger_desk.set_split_rule(ports, an_act(), said, expected=version)
    [newest, *_] = await ledger_desk.split_rules(ports, an_act())
    assert (newest.window_days, newest.service_permille, newest.share_permille) == (30, 20, 50)
    assert ports.rules.now() == newest
    assert ports.rules.window() == timedelta(days=30)


async def test_a_guide_has_nothing_of_what_they_buy_themselves_whoever_they_were_merged_with(
    ports, database
):
    people = MongoMembers(database)
    for name, into in [("may", None), ("old", "may"), ("june", None)]:
        member = Member(id=PersonId(name), joined_at=NOON, store_id="S1", merged_into=into)
        await people.join(member)
    guides = [
        Guide(id=GuideId("G1"), name="一", store_id="S1", wecom_user_id="1", member_id="old"),
        Guide(id=GuideId("G2"), name="二", store_id="S1", wecom_user_id="2"),
    ]
    await MongoGuides(database).save_all(all_risen([replace(one, version=0) for one in guides]))
    rule = {"service_permille": 20, "member_permille": 50}
    await ledger_desk.set_split_rule(ports, an_act(at=NOON - timedelta(days=1)), rule, expected=0)
    orders = [
        an_order(("A", 1, 10_000), buyer=buyer, bonded="G2", order=f"order_{buyer}")
        for buyer in ("may", "june")
    ]
    await bookkeeping.book_facts(ports, an_act(), a_batch(*orders))
    found = {one.order_id: one for one in await ports.books.by_ids(["order_may", "order_june"])}
    mine, others = found["order_may"], found["order_june"]
    assert (mine.terms.own, others.terms.own) == (("G1",), ())
    assert [(one.share, one.service) for one in mine.terms.rates] == [(0, 200)]
    assert [(one.share, one.service) for one in others.terms.rates] == [(500, 200)]
    assert mine.terms.home == "owner:O1"


async def test_credits_are_seen_by_the_guide_the_manager_the_owner_and_finance_alone(
    ports, database
):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    crediting = CreditingPorts(credited=ports.books)

    def seen(role, whose, **scope):
        viewer = Viewer(id=PersonId(scope.pop("id", "x")), role=role, **scope)
        act = replace(an_act(), viewer=viewer)
        return credited_orders(crediting, act, PageRequest(), **whose)

    guide, store, owner = {"guide_id": "G1"}, {"store_id": "S1"}, {"owner_id": "O1"}
    [mine] = (await seen(Role.GUIDE, guide, id="G1")).items
    assert [(one.role.value, one.amount) for one in mine.credits] == [("SHARE", 500)]
    assert not mine.payable
    [stores] = (await seen(Role.STORE_MANAGER, store, store_id="S1")).items
    assert stores.credits == mine.credits
    [owners] = (await seen(Role.FRANCHISEE, owner, owner_id="O1")).items
    assert sum(one.amount for one in owners.credits) == 8_550
    for whose in (guide, store, owner):
        assert (await seen(Role.FINANCE, whose)).total == 1
    assert (await seen(Role.GUIDE, {"guide_id": "G2"}, id="G2")).items == []
    for refused in [
        seen(Role.GUIDE, guide, id="G2"),
        seen(Role.GUIDE, store, id="G1", store_id="S1"),
        seen(Role.STORE_MANAGER, store, store_id="S2"),
        seen(Role.STORE_MANAGER, owner, store_id="S1"),
        seen(Role.FRANCHISEE, owner, owner_id="O2"),
        seen(Role.EDITOR, guide),
    ]:
        with pytest.raises(Forbidden):
            await refused
    for unclear in ({}, {**guide, **store}, {**store, **owner}, {**guide, **owner}):
        with pytest.raises(Invalid):
            await seen(Role.FINANCE, unclear)


async def test_who_has_earned_much_in_the_month_has_more_of_what_follows_until_it_is_over(
    ports, database
):
    tiers = (
        GuideTier(earned_from=Fen(500), factor_permille=1_500),
        GuideTier(earned_from=Fen(1_200), factor_permille=2_000),
    )
    await ledger_desk.set_split_rule(ports, an_act(at=NOON), {"tiers": tiers}, expected=0)
    told, found = 0, []
    for number, days in enumerate((0, 0, 0, 60)):
        order, payment = (
            replace(
                one,
                id=f"{one.id}:{number}",
                at=NOON + timedelta(days=days, seconds=1),
                data={**one.data, "orderId": f"order_{number}"},
                n=told + n,
            )
            for n, one in enumerate((an_order(("A", 1, 10_000)), a_payment(10_000)), 1)
        )
        told += 2
        await bookkeeping.book_facts(ports, an_act(), Batch(facts=(order, payment), upto=told))
        [books] = await ports.books.by_ids([f"order_{number}"])
        found.append(for_guides(books))
    assert books.terms.tiers == (None, None, None)
    [books] = await ports.books.by_ids(["order_2"])
    assert books.terms.tiers == (tiers[1], None, None)
    # 5 % at first; from 500 fen on half as much more, from 1,200 on twice; a new month begins anew.
    assert found == [500, 750, 1_000, 500]
    for bad in (
        (tiers[1], tiers[0]),
        (replace(tiers[0], factor_permille=3_001),),
        (replace(tiers[0], earned_from=Fen(-1)),),
        tiers * 6,
    ):
        with pytest.raises(Invalid):
            await ledger_desk.set_split_rule(ports, an_act(), {"tiers": bad}, expected=1)
    # A tier may not lift all guides together over their part.
    high = {"share_permille": 200, "tiers": (tiers[1],)}
    with pytest.raises(Invalid, match="tier"):
        await ledger_desk.set_split_rule(ports, an_act(), high, expected=1)
