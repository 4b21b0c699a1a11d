"""Sharing payments with franchisees: once, whatever is cut short or gets no answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from domain.earnings import bookkeeping, freezes, ledger_desk, payees, sharing_out
from domain.earnings.bookkeeping import BookkeepingPorts
from domain.earnings.freezes import FrozenKind
from domain.earnings.journals import finish_postings
from domain.earnings.payees import BankAccount, MerchantAccount, PayeePorts
from domain.earnings.payment_sharing import LAST_CALL, PaymentSharing
from domain.earnings.shares_back_first import LONGEST_WAIT, SharesBackFirst
from domain.earnings.sharing_out import SharingOutPorts
from domain.kernel.facts import Batch, Fact
from domain.kernel.paging import PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, TooMany, WrongState
from domain.people.viewer import Role
from qianmian.wiring.earnings import bookkeeping_ports, payee_ports, sharing_out_ports
from storage.mongo.kernel.database import Database
from storage.outside.wechat_sharing import WechatSharing
from tests.domain.earnings.test_order_books import a_payment, a_refund, an_order, sent
from tests.storage.earnings.test_bookkeeping import (
    END,
    FixedDirectory,
    an_act,
    balances,
    sums_of_journals,
)
from tests.support.builders import NOON
from tests.support.crashing import Crashing
from tests.support.foundations import a_foundation
from tests.support.stub import listening
from tests.support.wechat_pay import an_account
from tests.support.wechat_sharing import SharingGateway

pytestmark = pytest.mark.anyio

MERCHANT = MerchantAccount(id="1900000999", name="山屿苏州加盟有限公司")
TRANSACTION = "4200002026111100001"


@dataclass
class Shared:
    """A gateway, and what shares by it; facts are numbered as they are told."""

    gateway: SharingGateway
    sharing: SharingOutPorts
    books: BookkeepingPorts
    payees: PayeePorts
    database: Database
    told: int = 0

    async def tell(self, *facts: Fact) -> None:
        """Let the books and the sharing follow."""
        first, self.told = self.told + 1, self.told + len(facts)
        numbered = tuple(replace(one, n=n) for n, one in enumerate(facts, first))
        batch = Batch(facts=numbered, upto=self.told)
        await bookkeeping.book_facts(self.books, an_act(), batch)
        followed = [one for one in numbered if one.kind in sharing_out.SHARED_FACTS]
        await sharing_out.note_payments(
            self.sharing, an_act(), Batch(facts=tuple(followed), upto=self.told)
        )

    async def sold(self, *, released: bool = True) -> None:
        """An order is paid and sent, and what it earned is payable."""
        self.gateway.hold(TRANSACTION, 10_000)
        payment = a_payment(10_000)
        payment = replace(payment, data={**payment.data, "cause": TRANSACTION})
        await self.tell(an_order(("A", 1, 10_000)), payment, sent("S1", A=1))
        if released:
            await bookkeeping.release_matured(self.books, an_act(at=END))
        self.gateway.later(END - NOON)

    async def turn(self, at: datetime = END) -> None:
        """The clock comes by."""
        await sharing_out.go_on_sharing(self.sharing, an_act(at=at))

    async def until_done(self, at: datetime = END) -> PaymentSharing:
        """The clock comes by while the gateway does its work, until nothing is left to do."""
        for n in range(12):
            await self.turn(at + timedelta(minutes=n))
            self.gateway.settle()
        found = await self.found()
        assert (found.state, found.due) == ("DONE", None)
        return found

    async def found(self) -> PaymentSharing:
        return await sharing_out.payment_sharing(self.sharing, an_act(), "order_1")

    async def may_go(self, refunded: int, at: datetime, *, requested_at: datetime = END) -> bool:
        """Whether a refund may be asked for."""
        first = SharesBackFirst(sharing=self.sharing)
        return await first.may_go(an_act(at=at), "order_1", refunded, requested_at=requested_at)

    async def in_the_books(self) -> dict[str, int]:
        """All balances, which are what the journals come to."""
        await finish_postings(self.books.ledger, an_act(at=NOON + timedelta(days=9_999)))
        found = await balances(self.database)
        assert found == await sums_of_journals(self.database)
        assert sum(found.values()) == 0
        return found


@pytest.fixture
async def shared(database: Database) -> AsyncIterator[Shared]:
    gateway = SharingGateway()
    base = a_foundation(database)
    async with listening(gateway.app()) as url, httpx2.AsyncClient() as http:
        account = an_account(gateway=url)
        provider = WechatSharing(http, account, now=lambda: datetime.now(UTC))
        made = Shared(
            gateway=gateway,
            sharing=replace(sharing_out_ports(base), provider=provider),
            books=replace(bookkeeping_ports(base), directory=FixedDirectory()),
            payees=replace(payee_ports(base), receivers=provider, directory=FixedDirectory()),
            database=database,
        )
        await payees.set_payee(
            made.payees, an_act(), "O1", bank=None, merchant=MERCHANT, expected=0
        )
        yield made


SHARED = {
    "provider": -10_000,
    "guide:G1:payable": 500,
    "owner:O1:payable": 5_550,
    "paid_out": 3_000,
    "brand": 950,
}


async def test_a_franchisee_has_at_most_the_part_that_may_be_shared_and_the_rest_stays_payable(
    shared: Shared,
):
    await shared.sold()
    assert shared.gateway.receivers == {MERCHANT.id: MERCHANT.name}
    await shared.turn()
    assert (await shared.found()).state == "ASKED"
    done = await shared.until_done()
    assert [(one.amount, one.outcome.value) for one in done.shares] == [(3_000, "DONE")]
    assert await shared.in_the_books() == SHARED
    assert shared.gateway.asked == {"order_1": 1}


async def test_so_much_is_held_back_as_the_rule_says(shared: Shared):
    rule = {"payout_cap_permille": 1_000, "payout_holdback_permille": 800}
    await ledger_desk.set_split_rule(shared.books, an_act(), rule, expected=0)
    await shared.sold()
    await shared.until_done()
    assert (await shared.in_the_books())["paid_out"] == 1_710


async def test_a_payment_is_held_until_it_is_payable_and_ended_in_time_once_where_it_never_is(
    shared: Shared,
):
    await shared.sold(released=False)
    for days in (1, 2, 15, 20):
        await shared.turn(NOON + timedelta(days=days))
        assert (await shared.found()).state == "HELD"
    await shared.turn(NOON + LAST_CALL - timedelta(seconds=1))
    assert shared.gateway.asked == {}
    done = await shared.until_done(NOON + LAST_CALL)
    assert done.shares == ()
    assert shared.gateway.asked == {"order_1_end": 1}
    assert "paid_out" not in await shared.in_the_books()


async def test_where_nobody_has_a_merchant_the_payment_is_ended(shared: Shared):
    await payees.set_payee(shared.payees, an_act(), "O1", bank=None, merchant=None, expected=1)
    assert shared.gateway.receivers == {}
    await shared.sold()
    await shared.until_done()
    assert shared.gateway.asked == {"order_1_end": 1}


async def test_what_is_frozen_is_not_shared_and_the_payment_is_ended(shared: Shared):
    await shared.sold()
    await freezes.freeze_earnings(
        shared.sharing.freezing, an_act(), FrozenKind.ORDER, "order_1", "查"
    )
    assert (await shared.until_done()).shares == ()
    assert shared.gateway.asked == {"order_1_end": 1}
    assert (await shared.in_the_books())["owner:O1:payable"] == 8_550


@pytest.mark.parametrize(("kind", "of"), [(FrozenKind.ORDER, "order_1"), (FrozenKind.OWNER, "O1")])
async def test_what_is_frozen_after_a_plan_that_was_cut_short_is_not_shared(
    shared: Shared, kind: FrozenKind, of: str
):
    await shared.sold()
    whole = shared.sharing
    sharings = Crashing(whole.sharings, "save", after=True)
    shared.sharing = replace(whole, sharings=sharings)  # type: ignore[arg-type]
    with pytest.raises(BaseExceptionGroup):
        await shared.turn()
    shared.sharing = whole
    assert (await shared.found()).state == "PLANNED"
    await freezes.freeze_earnings(whole.freezing, an_act(), kind, of, "查")
    await shared.until_done()
    assert shared.gateway.asked == {"order_1_end": 1}
    assert (await shared.in_the_books())["owner:O1:payable"] == 8_550


async def test_what_got_no_answer_is_asked_about_and_not_asked_again(shared: Shared):
    await shared.sold()
    shared.gateway.loses_answers = True
    for n in range(3):
        with contextlib.suppress(ExceptionGroup):
            await shared.turn(END + timedelta(minutes=n))
    assert (await shared.found()).state == "ASKED"
    shared.gateway.settle()
    await shared.until_done(END + timedelta(hours=1))
    assert shared.gateway.asked == {"order_1": 1}
    assert await shared.in_the_books() == SHARED
    await shared.tell(a_refund(10_000, 10_000))
    for n in range(3):
        with contextlib.suppress(ExceptionGroup):
            await shared.turn(END + timedelta(hours=2, minutes=n))
    shared.gateway.loses_answers = False
    await shared.until_done(END + timedelta(hours=3))
    assert shared.gateway.asked == {"order_1": 1, "order_1_back0": 1}
    assert await shared.in_the_books() == {}


async def test_a_share_that_does_not_arrive_is_the_owner_s_again(shared: Shared):
    await shared.sold()
    shared.gateway.broken.add(MERCHANT.id)
    done = await shared.until_done()
    assert [(one.outcome.value, one.said) for one in done.shares] == [
        ("FAILED", "ACCOUNT_ABNORMAL")
    ]
    found = await shared.in_the_books()
    assert (found["owner:O1:payable"], found.get("paid_out")) == (8_550, None)


@pytest.mark.parametrize("code", ["gone", "not_held"])
async def test_what_is_refused_for_good_stays_payable_and_the_payment_is_ended(
    shared: Shared, code: str
):
    await shared.sold()
    if code == "gone":
        shared.gateway.receivers.clear()
    else:
        shared.gateway.held.clear()
    done = await shared.until_done()
    assert "INVALID_REQUEST" in done.said
    assert shared.gateway.asked == {"order_1": 1, "order_1_end": 1}
    assert (await shared.in_the_books())["owner:O1:payable"] == 8_550


async def test_what_comes_back_after_a_refund_is_what_the_owner_has_too_much(shared: Shared):
    await shared.sold()
    await shared.until_done()
    # A part that what stayed payable makes up for is not asked back.
    await shared.tell(a_refund(10_000, 5_000))
    assert (await shared.until_done(END + timedelta(hours=1))).backs == ()
    await shared.tell(a_refund(10_000, 8_000))
    done = await shared.until_done(END + timedelta(hours=2))
    assert [(one.amount, one.outcome.value) for one in done.backs] == [(1_290, "DONE")]
    assert "owner:O1:payable" not in await shared.in_the_books()
    await shared.tell(a_refund(10_000, 10_000))
    await shared.until_done(END + timedelta(hours=3))
    assert await shared.in_the_books() == {}


async def test_what_a_merchant_cannot_give_back_the_owner_owes(shared: Shared):
    await shared.sold()
    await shared.until_done()
    shared.gateway.poor.add(MERCHANT.id)
    await shared.tell(a_refund(10_000, 10_000))
    done = await shared.until_done(END + timedelta(hours=1))
    assert [(one.outcome.value, one.said) for one in done.backs] == [
        ("FAILED", "PAYER_ACCOUNT_ABNORMAL")
    ]
    assert await shared.in_the_books() == {"owner:O1:payable": -3_000, "paid_out": 3_000}
    assert shared.gateway.asked["order_1_back0"] == 1


async def test_what_an_owner_has_too_much_comes_back_before_the_refund_goes(shared: Shared):
    await shared.sold()
    await shared.until_done()
    # What stayed payable makes up for this much.
    assert await shared.may_go(5_000, END)
    assert not any(await asyncio.gather(*(shared.may_go(8_000, END) for _ in range(4))))
    done = await shared.until_done(END + timedelta(minutes=1))
    # 1,710 of what is kept will be the owner's, and 3,000 were shared.
    assert [(one.amount, one.outcome.value) for one in done.backs] == [(1_290, "DONE")]
    assert await shared.may_go(8_000, END + timedelta(minutes=2))
    assert await shared.in_the_books() == {**SHARED, "owner:O1:payable": 6_840, "paid_out": 1_710}
    await shared.tell(a_refund(10_000, 8_000))
    await shared.until_done(END + timedelta(hours=1))
    assert shared.gateway.asked == {"order_1": 1, "order_1_back0": 1}
    later = END + timedelta(hours=2)
    assert not await shared.may_go(10_000, later, requested_at=later)
    await shared.until_done(later)
    await shared.tell(a_refund(10_000, 10_000))
    await shared.until_done(END + timedelta(hours=3))
    assert await shared.in_the_books() == {}


async def test_a_buyer_waits_ten_minutes_and_not_at_all_for_what_cannot_come_back(shared: Shared):
    await shared.sold()
    await shared.until_done()
    shared.gateway.loses_answers = True
    requested_at = END + timedelta(minutes=20)
    assert not await shared.may_go(8_000, requested_at, requested_at=requested_at)
    with contextlib.suppress(ExceptionGroup):
        await shared.turn(requested_at)
    late = requested_at + LONGEST_WAIT
    before = late - timedelta(seconds=1)
    assert not await shared.may_go(8_000, before, requested_at=requested_at)
    assert await shared.may_go(8_000, late, requested_at=requested_at)
    shared.gateway.loses_answers = False
    await shared.tell(a_refund(10_000, 8_000))
    await shared.until_done(late)
    assert shared.gateway.asked["order_1_back0"] == 1
    shared.gateway.poor.add(MERCHANT.id)
    assert not await shared.may_go(10_000, late, requested_at=late)
    await shared.until_done(late + timedelta(minutes=1))
    assert await shared.may_go(10_000, late + timedelta(minutes=2), requested_at=late)
    await shared.tell(a_refund(10_000, 10_000))
    await shared.until_done(late + timedelta(hours=1))
    assert await shared.in_the_books() == {"owner:O1:payable": -1_710, "paid_out": 1_710}


async def test_what_is_about_to_go_back_is_not_shared(shared: Shared):
    await shared.sold()
    assert await shared.may_go(8_000, END)
    done = await shared.until_done()
    # 30 % of the 2,000 that will be kept.
    assert [one.amount for one in done.shares] == [600]
    await shared.tell(a_refund(10_000, 8_000))
    assert (await shared.until_done(END + timedelta(hours=1))).backs == ()


async def test_a_refund_that_the_books_have_not_heard_of_is_waited_for(shared: Shared):
    await shared.sold()
    await shared.until_done()
    refund = replace(a_refund(10_000, 10_000), n=50)
    batch = Batch(facts=(refund,), upto=50)
    await sharing_out.note_payments(shared.sharing, an_act(at=END), batch)
    await shared.turn(END + timedelta(hours=1))
    found = await shared.found()
    assert found.backs == ()
    assert found.due is not None
    await bookkeeping.book_facts(shared.books, an_act(), batch)
    await shared.until_done(END + timedelta(hours=2))
    assert await shared.in_the_books() == {}


class KilledError(Exception):
    pass


@pytest.mark.parametrize("writes", range(1, 22))
async def test_whatever_it_was_cut_short_at_each_share_leaves_and_comes_back_once(
    shared: Shared, writes: int
):
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
                    done = await method(*args)
                    left -= 1
                    if left == 0:
                        raise KilledError
                    return done

                return call

        return Dying()

    await shared.sold()
    whole, ledger = shared.sharing, shared.sharing.ledger
    mortal = replace(
        whole,
        sharings=dying(whole.sharings),
        provider=dying(whole.provider),
        ledger=replace(ledger, journals=dying(ledger.journals), lines=dying(ledger.lines)),
    )
    for n in range(3):
        with contextlib.suppress(KilledError, ExceptionGroup):
            await sharing_out.go_on_sharing(mortal, an_act(at=END + timedelta(minutes=n)))
        shared.gateway.settle()
    await shared.until_done(END + timedelta(hours=1))
    assert await shared.in_the_books() == SHARED
    assert shared.gateway.asked == {"order_1": 1}
    await shared.tell(a_refund(10_000, 10_000))
    with contextlib.suppress(KilledError, ExceptionGroup):
        await sharing_out.go_on_sharing(mortal, an_act(at=END + timedelta(hours=2)))
    await shared.until_done(END + timedelta(hours=3))
    assert await shared.in_the_books() == {}
    assert shared.gateway.asked == {"order_1": 1, "order_1_back0": 1}


async def test_many_processes_share_once(shared: Shared):
    await shared.sold()
    await asyncio.gather(*(shared.turn() for _ in range(4)))
    await shared.until_done()
    assert await shared.in_the_books() == SHARED


async def test_where_an_owner_is_paid_is_checked_kept_sealed_and_two_set_one(
    shared: Shared, monkeypatch
):
    bank = BankAccount(holder="山屿苏州", bank="工商银行", number="6222 0000 1111 2222")

    def set_payee(owner="O1", act=None, expected=1, bank=bank, merchant=MERCHANT):
        return payees.set_payee(
            shared.payees, act or an_act(), owner, bank=bank, merchant=merchant, expected=expected
        )

    setting = replace(an_act(), new_id=lambda kind: f"{kind}_2")
    found = await set_payee(act=setting)
    assert (found.bank.number, found.bank.shown, found.version) == ("6222000011112222", "…2222", 2)
    kept = await shared.database["payees"].find_one({"_id": "O1"})
    assert "1111" not in str(kept)
    records = await shared.payees.records.of_subject(Subject(kind="payee", id="O1"), PageRequest())
    said = {one.id: one for one in records.items}["record_2"]
    assert (said.after, said.actor_id) == ({"version": 2, "bank": "工商银行 …2222"}, "x")
    franchisee = replace(an_act(), viewer=replace(an_act(Role.FRANCHISEE).viewer, owner_id="O1"))
    assert await payees.payee_of(shared.payees, franchisee, "O1") == found
    for refused, why in [
        (set_payee(expected=1), Conflict),
        (set_payee("O7"), NotFound),
        (set_payee(act=franchisee), Forbidden),
        (payees.payee_of(shared.payees, franchisee, "O2"), Forbidden),
        (set_payee(bank=replace(bank, number="62-22")), Invalid),
        (set_payee(bank=replace(bank, holder=" ")), Invalid),
        (set_payee(merchant=replace(MERCHANT, id="ten")), Invalid),
    ]:
        with pytest.raises(why):
            await refused
    shared.gateway.broken.add("1900000777")
    with pytest.raises(Invalid, match="INVALID_REQUEST"):
        await set_payee(expected=2, merchant=replace(MERCHANT, id="1900000777"))
    other = await set_payee(expected=2, merchant=replace(MERCHANT, id="1900000888"))
    assert list(shared.gateway.receivers) == [other.merchant.id]
    monkeypatch.setattr(payees, "MOST_RECEIVERS", 1)
    await set_payee(expected=3, merchant=None)
    await set_payee(expected=4)
    monkeypatch.setattr(payees, "MOST_RECEIVERS", 0)
    await set_payee(expected=5, merchant=None)
    with pytest.raises(TooMany):
        await set_payee(expected=6)
    alone = replace(shared.payees, receivers=None)
    with pytest.raises(WrongState):
        await payees.set_payee(alone, an_act(), "O1", bank=None, merchant=MERCHANT, expected=6)
