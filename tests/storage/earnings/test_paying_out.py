"""Payouts: booked once before they may leave, never more than is payable, whatever is cut short."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.earnings import bookkeeping, paying_out
from domain.earnings.freezes import FrozenKind, freeze_earnings, release_earnings
from domain.earnings.journals import finish_postings
from domain.earnings.paying_out import PayoutPorts
from domain.earnings.payouts import PayoutState, due_now
from domain.kernel.apply_once import apply_once
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, WrongState
from domain.network.directory import Directory
from domain.network.stores import Owner, OwnerId, OwnerKind
from domain.people.viewer import Role
from qianmian.wiring.earnings import bookkeeping_ports, payout_ports
from scripts.ledger import faults_of_ledger
from storage.mongo.kernel.database import Database
from tests.storage.earnings.test_bookkeeping import (
    END,
    FixedDirectory,
    balances,
    sold_and_sent,
    sums_of_journals,
)
from tests.storage.earnings.test_settling import FIRST, NOVEMBER, an_act, book, settled
from tests.support.crashing import Crash, Crashing
from tests.support.foundations import a_foundation

pytestmark = pytest.mark.anyio

O1, O2 = "payout:O1:2026-10", "payout:O2:2026-10"


class Owners:
    def directory(self) -> Directory:
        owner = Owner(id=OwnerId("O1"), name="=加盟", kind=OwnerKind.FRANCHISEE)
        return Directory(owners={owner.id: owner})


@pytest.fixture
async def ports(database: Database) -> PayoutPorts:
    """Two owners' October is settled: one has something, the other owes."""
    found = replace(payout_ports(a_foundation(database)), directory=Owners())
    await book(database, 1, O1=10_001, O2=-7)
    await settled(found.settling)
    return found


async def made(ports: PayoutPorts, holdback: int = 0):
    page = await paying_out.make_payouts(ports, an_act(), "2026-10", holdback_permille=holdback)
    return {one.id: one for one in page.items}


async def states(ports: PayoutPorts) -> dict[str, PayoutState]:
    page = await paying_out.payouts_seen(ports, an_act(), FIRST, period="2026-10")
    return {one.id: one.state for one in page.items}


async def test_each_owner_with_something_payable_is_paid_that_once(ports, database):
    assert list(await made(ports)) == [O1]
    await made(ports, 100)
    await asyncio.gather(*(paying_out.go_on_paying(ports, an_act()) for _ in range(4)))
    assert await states(ports) == {O1: "BOOKED"}
    assert await balances(database) == {
        "brand": -9_994,
        "owner:O2:payable": -7,
        "paid_out": 10_001,
    }
    assert await balances(database) == await sums_of_journals(database)
    file = await paying_out.payment_file(ports, an_act(), "2026-10")
    assert file.splitlines()[1:] == [f"{O1},O1,'=加盟,,,,100.01,结算 2026-10"]
    first, second = await asyncio.gather(
        *(paying_out.confirm_payout(ports, an_act(), O1, "B77") for _ in range(2))
    )
    assert first.reference == second.reference == "B77"
    assert (await paying_out.payment_file(ports, an_act(), "2026-10")).count("\n") == 1
    with pytest.raises(WrongState):
        await paying_out.confirm_payout(ports, an_act(), O1, "B78")
    with pytest.raises(WrongState):
        await paying_out.fail_payout(ports, an_act(), O1, "退票")


async def test_an_audit_tells_a_payout_that_is_being_booked_as_in_flight(ports, database):
    found = await made(ports)
    await apply_once(ports.ledger.lines, [found[O1].outgoing.guarded()])
    # The balance has it, no journal has yet.
    assert "1 lines are in flight" in await faults_of_ledger(database)
    await paying_out.go_on_paying(ports, an_act())
    assert await faults_of_ledger(database) == []


async def test_what_is_held_back_stays_payable_and_the_payout_is_in_the_next_statement(
    ports, database
):
    await made(ports, 100)
    await paying_out.go_on_paying(ports, an_act())
    assert (await balances(database))["owner:O1:payable"] == 1_000
    later = await settled(ports.settling, "2026-11", NOVEMBER + timedelta(days=30))
    assert (later["O1"].total, later["O1"].closing) == (-9_001, 1_000)


async def test_where_less_is_payable_by_then_it_is_void_and_nothing_leaves(ports, database):
    await made(ports)
    await book(database, 2, NOVEMBER, O1=-1)
    await paying_out.go_on_paying(ports, an_act())
    assert await states(ports) == {O1: "VOID"}
    assert (await balances(database))["owner:O1:payable"] == 10_000
    assert await faults_of_ledger(database) == []
    with pytest.raises(WrongState):
        await paying_out.confirm_payout(ports, an_act(), O1, "B77")


async def test_what_was_taken_back_since_is_not_planned(ports, database):
    await book(database, 2, NOVEMBER, O1=-4_000)
    assert (await made(ports))[O1].amount == 6_001


async def test_one_that_did_not_arrive_is_the_owners_again_once(ports, database):
    await made(ports)
    with pytest.raises(WrongState):
        await paying_out.fail_payout(ports, an_act(), O1, "退票")
    await paying_out.go_on_paying(ports, an_act())
    outcomes = await asyncio.gather(
        *(paying_out.fail_payout(ports, an_act(), O1, "退票") for _ in range(3)),
        paying_out.confirm_payout(ports, an_act(), O1, "B77"),
        return_exceptions=True,
    )
    ended = (await states(ports))[O1]
    assert ended in ("PAID", "FAILED")
    assert all(isinstance(one, WrongState | Conflict) or one.state == ended for one in outcomes), (
        outcomes
    )
    has = (await balances(database)).get("owner:O1:payable", 0)
    assert has == (10_001 if ended == "FAILED" else 0)
    assert await faults_of_ledger(database) == []


class KilledError(Exception):
    pass


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("writes", range(1, 14))
async def test_whatever_write_it_was_cut_short_at_the_clock_ends_it_once(
    ports, database, writes, failing
):
    await made(ports)
    if failing:
        await paying_out.go_on_paying(ports, an_act())
    left = writes

    def dying(port):
        class Dying:
            def __getattr__(self, name):
                method = getattr(port, name)

                async def call(*args, **named):
                    nonlocal left
                    left -= 1
                    if left <= 0:
                        if writes % 2:
                            await method(*args, **named)
                        raise KilledError
                    return await method(*args, **named)

                return call

        return Dying()

    ledger = replace(
        ports.ledger, journals=dying(ports.ledger.journals), lines=dying(ports.ledger.lines)
    )
    mortal = replace(ports, payouts=dying(ports.payouts), ledger=ledger)
    with contextlib.suppress(KilledError, ExceptionGroup):
        if failing:
            await paying_out.fail_payout(mortal, an_act(), O1, "退票")
        else:
            await paying_out.go_on_paying(mortal, an_act())
    if failing:
        await paying_out.fail_payout(ports, an_act(), O1, "退票")
    await paying_out.go_on_paying(ports, an_act())
    await finish_postings(ports.ledger, an_act(at=NOVEMBER + timedelta(days=9_999)))
    assert await states(ports) == {O1: "FAILED" if failing else "BOOKED"}
    has = (await balances(database)).get("owner:O1:payable", 0)
    assert has == (10_001 if failing else 0)
    assert await faults_of_ledger(database) == []


async def test_payouts_are_made_by_finance_for_what_was_settled_last(ports):
    make = paying_out.make_payouts
    for period in ("2026-09", "2026-11"):
        with pytest.raises(WrongState):
            await make(ports, an_act(), period, holdback_permille=0)
    for permille in (-1, 501):
        with pytest.raises(Invalid):
            await make(ports, an_act(), "2026-10", holdback_permille=permille)
    with pytest.raises(NotFound):
        await paying_out.confirm_payout(ports, an_act(), "nothing", "B77")
    await made(ports)
    owner, other = (an_act(Role.FRANCHISEE, owner_id=id_) for id_ in ("O1", "O2"))
    assert (await paying_out.payouts_seen(ports, owner, FIRST, owner_id="O1")).total == 1
    for refused in [
        paying_out.payouts_seen(ports, other, FIRST, owner_id="O1"),
        paying_out.payouts_seen(ports, owner, FIRST, period="2026-10"),
        make(ports, owner, "2026-10", holdback_permille=0),
        paying_out.payment_file(ports, owner, "2026-10"),
        paying_out.confirm_payout(ports, owner, O1, "B77"),
        paying_out.fail_payout(ports, owner, O1, "退票"),
    ]:
        with pytest.raises(Forbidden):
            await refused


def test_what_is_paid_is_at_most_what_is_there_and_what_is_held_back_is_to_the_fen():
    assert due_now(1_000, 400, 0) == 400
    assert due_now(400, 1_000, 0) == 400
    assert due_now(-5, 1_000, 0) == due_now(1_000, -5, 0) == 0
    assert due_now(333, 333, 500) in (166, 167)


async def test_who_is_frozen_is_not_paid_and_an_order_s_part_is_kept_back(ports, database):
    books = replace(bookkeeping_ports(a_foundation(database)), directory=FixedDirectory())
    await bookkeeping.book_facts(books, an_act(), sold_and_sent())
    await bookkeeping.release_matured(books, an_act(at=END))
    await freeze_earnings(ports.freezing, an_act(), FrozenKind.ORDER, "order_1", "查")
    before = await balances(database)
    # 8,550 of what is payable are the frozen order's.
    assert before["owner:O1:payable"] == 18_551
    await book(database, 2, NOVEMBER, O1=-500)
    planned = await made(ports)
    assert planned[O1].amount == 9_501
    await freeze_earnings(ports.freezing, an_act(), FrozenKind.OWNER, "O1", "查")
    await paying_out.go_on_paying(ports, an_act())
    assert await states(ports) == {O1: "VOID"}
    assert (await balances(database))["owner:O1:payable"] == 18_051
    assert await faults_of_ledger(database) == []


async def test_who_is_frozen_after_a_booking_that_was_cut_short_is_paid_once_released(ports):
    await made(ports)
    dying = replace(ports, payouts=Crashing(ports.payouts, "save", after=False))
    with pytest.raises(Crash):
        await paying_out.go_on_paying(dying, an_act())
    found = await freeze_earnings(ports.freezing, an_act(), FrozenKind.OWNER, "O1", "查")
    await paying_out.go_on_paying(ports, an_act())
    assert await states(ports) == {O1: "BOOKED"}
    await release_earnings(ports.freezing, an_act(), found.id, "查清了")
    assert (await paying_out.payment_file(ports, an_act(), "2026-10")).count("\n") == 2


async def test_who_is_frozen_meanwhile_is_not_in_the_file(ports):
    await made(ports)
    await paying_out.go_on_paying(ports, an_act())
    found = await freeze_earnings(ports.freezing, an_act(), FrozenKind.OWNER, "O1", "查")
    assert (await paying_out.payment_file(ports, an_act(), "2026-10")).count("\n") == 1
    await release_earnings(ports.freezing, an_act(), found.id, "查清了")
    assert (await paying_out.payment_file(ports, an_act(), "2026-10")).count("\n") == 2
