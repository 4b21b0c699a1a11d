"""Transfers to guides: once, and confirmed by them, whatever is cut short or gets no answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx2
import pytest

from domain.earnings import freezes, transfer_files, transferring
from domain.earnings.freezes import FrozenKind
from domain.earnings.guide_payees import (
    GuidePayee,
    guide_payee_of,
    set_guide_payee,
)
from domain.earnings.journals import (
    Journal,
    JournalId,
    JournalLine,
    finish_postings,
    post_journals,
)
from domain.earnings.payees import BankAccount, read_told_name
from domain.earnings.transferring import GuidePayPorts
from domain.earnings.transfers import LEAST, MOST, MOST_BY_NAME, GuideTransfer, TransferWay
from domain.kernel.paging import PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, WrongState
from domain.people.accounts import Guide, Member
from domain.people.viewer import Role, Viewer
from qianmian.wiring.earnings import guide_pay_ports, guide_payee_ports
from scripts.ledger import faults_of_ledger
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides, MongoMembers
from storage.outside.wechat_transfers import WechatTransfers
from tests.storage.earnings.test_bookkeeping import an_act, balances, sums_of_journals
from tests.support.builders import NOON
from tests.support.crashing import Crash, Crashing, KilledError, Mortal
from tests.support.foundations import a_foundation
from tests.support.stub import listening
from tests.support.wechat_pay import an_account
from tests.support.wechat_transfers import TransferGateway

pytestmark = pytest.mark.anyio

ROUND = "2026-11"
FIRST = PageRequest(first=20)


@dataclass
class Paying:
    """A gateway, and who pays guides by it; G1 buys as the member of the WeChat account o1."""

    gateway: TransferGateway
    ports: GuidePayPorts
    database: Database
    at: datetime = NOON

    async def earned(self, **fen: int) -> None:
        """Something became payable to guides, or was taken off."""
        count = await self.database["journals"].count_documents({})
        lines = [
            JournalLine(account=f"guide:{guide}:payable", amount=n) for guide, n in fen.items()
        ]
        lines.append(JournalLine(account="brand", amount=-sum(fen.values())))
        journal = Journal(
            id=JournalId(f"j{count}"), order_id=None, cause="test", at=NOON, lines=tuple(lines)
        )
        await post_journals(self.ports.ledger, an_act(), [journal])

    async def make(self, period: str = ROUND) -> transferring.TransferRound:
        return await transferring.make_transfers(self.ports, an_act(at=self.at), period)

    async def turn(self, ports: GuidePayPorts | None = None) -> None:
        """The clock comes by, a quarter of an hour later; then the gateway does its work."""
        self.at += timedelta(minutes=15)
        self.gateway.later(timedelta(minutes=15))
        with contextlib.suppress(ExceptionGroup):
            await transferring.go_on_transferring(ports or self.ports, an_act(at=self.at))
        self.gateway.settle()

    async def until(self, state: str, guide: str = "G1") -> GuideTransfer:
        """The clock comes by until the newest transfer of a guide is so."""
        for _ in range(12):
            found = await self.of(guide)
            if found.state == state:
                return found
            await self.turn()
        raise AssertionError(f"it is {found.state} and not {state}")

    async def of(self, guide: str = "G1") -> GuideTransfer:
        page = await transferring.transfers_seen(self.ports, an_act(), FIRST, guide_id=guide)
        return page.items[0]

    async def in_the_books(self) -> dict[str, int]:
        await finish_postings(self.ports.ledger, an_act(at=NOON + timedelta(days=9_999)))
        assert await faults_of_ledger(self.database) == []
        found = await balances(self.database)
        assert found == await sums_of_journals(self.database)
        return found


@pytest.fixture
async def paying(database: Database) -> AsyncIterator[Paying]:
    gateway = TransferGateway()
    guides = [
        Guide(id=f"G{n}", name="导购", store_id="S1", wecom_user_id=f"w{n}", member_id=member)
        for n, member in enumerate(["M1", "M2", None], 1)
    ]
    await MongoGuides(database).save_all(guides)
    members = MongoMembers(database)
    await members.join(Member(id="M1", joined_at=NOON, openid="o1"))
    await members.join(Member(id="M2", joined_at=NOON, openid="o2"))
    async with listening(gateway.app()) as url, httpx2.AsyncClient() as http:
        provider = WechatTransfers(http, an_account(gateway=url), now=lambda: datetime.now(UTC))
        ports = replace(guide_pay_ports(a_foundation(database)), provider=provider)
        yield Paying(gateway=gateway, ports=ports, database=database)


async def test_a_guide_confirms_and_has_what_was_payable_once(paying: Paying):
    await paying.earned(G1=12_345, G2=LEAST - 1, G3=500)
    made = await paying.make()
    assert (made.planned, made.not_reached) == (1, ("G3",))
    assert (await paying.make()).planned == 0
    waiting = await paying.until("WAIT_USER_CONFIRM")
    assert waiting.confirm
    assert await paying.in_the_books() == {
        "brand": -12_854,
        "guide:G2:payable": 9,
        "guide:G3:payable": 500,
        "paid_out": 12_345,
    }
    paying.gateway.confirm(waiting.confirm)
    paid = await paying.until("PAID")
    assert (paid.due, paid.confirm) == (None, "")
    assert paying.gateway.paid_to == {"o1": 12_345}
    # Asked for once, and once more for the package that no query tells.
    assert paying.gateway.asked[paid.number] == 2
    assert (await paying.make()).planned == 0


async def test_what_is_owed_is_made_up_for_first_and_what_is_too_much_goes_next(paying: Paying):
    await paying.earned(G1=-700, G2=MOST + 300)
    assert (await paying.make()).planned == 1
    await paying.until("WAIT_USER_CONFIRM", "G2")
    await paying.earned(G1=1_000)
    assert (await paying.make("2026-11-30")).planned == 2
    assert (await paying.of("G1")).amount == 300
    assert (await paying.of("G2")).amount == 300


async def test_what_nobody_confirms_in_a_day_is_the_guide_s_again_for_the_next_round(
    paying: Paying,
):
    await paying.earned(G1=5_000)
    await paying.make()
    await paying.until("WAIT_USER_CONFIRM")
    paying.gateway.later(timedelta(days=1))
    lapsed = await paying.until("FAILED")
    assert lapsed.said == "OVERDUE_CLOSE"
    assert await paying.in_the_books() == {"brand": -5_000, "guide:G1:payable": 5_000}
    assert (await paying.make()).planned == 0
    assert (await paying.make("2026-12")).planned == 1


async def test_what_is_refused_is_the_guide_s_again_and_too_low_a_balance_is_waited_for(
    paying: Paying,
):
    await paying.earned(G1=5_000, G2=700)
    paying.gateway.balance = 0
    paying.gateway.strangers.add("o2")
    await paying.make()
    refused = await paying.until("FAILED", "G2")
    assert "INVALID_REQUEST" in refused.said
    held_up = await paying.of("G1")
    assert (held_up.state, held_up.said.split()[0]) == ("ASKED", "NOT_ENOUGH")
    paying.gateway.balance = 9_999
    await paying.until("WAIT_USER_CONFIRM")
    assert (await paying.in_the_books())["guide:G2:payable"] == 700


async def test_what_got_no_answer_is_asked_about_before_it_is_asked_again(paying: Paying):
    await paying.earned(G1=5_000)
    await paying.make()
    paying.gateway.loses_answers = True
    await paying.turn()
    asked = await paying.of()
    assert (asked.state, paying.gateway.asked[asked.number]) == ("ASKED", 1)
    for _ in range(3):
        await paying.turn()
    paying.gateway.loses_answers = False
    waiting = await paying.until("WAIT_USER_CONFIRM")
    paying.gateway.confirm(waiting.confirm)
    await paying.until("PAID")
    assert paying.gateway.paid_to == {"o1": 5_000}


async def test_what_is_there_is_not_given_back_because_it_is_not_told_of_again(paying: Paying):
    await paying.earned(G1=5_000)
    await paying.make()
    await paying.turn()
    paying.gateway.strangers.add("o1")
    await paying.turn()
    assert await paying.in_the_books() == {"brand": -5_000, "paid_out": 5_000}
    paying.gateway.strangers.clear()
    waiting = await paying.until("WAIT_USER_CONFIRM")
    await paying.turn()
    waiting = await paying.of()
    paying.gateway.confirm(waiting.confirm)
    await paying.until("PAID")
    assert paying.gateway.paid_to == {"o1": 5_000}


async def leaves(paying: Paying, guide: str) -> None:
    guides = MongoGuides(paying.database)
    found = (await guides.by_ids([guide]))[guide]
    await guides.save_all([replace(found, active=False, version=found.version + 1)])


async def test_from_two_thousand_yuan_on_their_legal_name_goes_along_encrypted(paying: Paying):
    await paying.earned(G1=MOST_BY_NAME + 700, G2=300_000)
    known = GuidePayee(guide_id="G1", legal_name="林小溪", version=1)
    await paying.ports.payees.save(known, expected=0)
    paying.gateway.balance = 9_999_999
    assert (await paying.make()).planned == 2
    waiting = await paying.until("WAIT_USER_CONFIRM")
    # Of whom no name is known, what goes without it.
    assert (waiting.amount, (await paying.of("G2")).amount) == (MOST_BY_NAME, MOST)
    names = {one["openid"]: one.get("user_name") for one in paying.gateway.bills.values()}
    assert names == {"o1": "林小溪", "o2": None}
    paying.gateway.confirm(waiting.confirm)
    await paying.until("PAID")
    # Small sums need no name, and a wrong one costs the transfer and not the money.
    await paying.make("2026-12")
    assert (await paying.of()).legal_name == ""
    await paying.earned(G1=300_000)
    await paying.ports.payees.save(replace(known, legal_name="林晓溪", version=2), expected=1)
    paying.gateway.misnamed.add("林晓溪")
    await paying.until("WAIT_USER_CONFIRM")
    await paying.make("2027-01")
    waiting = await paying.until("WAIT_USER_CONFIRM")
    paying.gateway.confirm(waiting.confirm)
    failed = await paying.until("FAILED")
    assert (failed.legal_name, failed.said) == ("林晓溪", "NAME_NOT_CORRECT")
    assert (await paying.in_the_books())["guide:G1:payable"] == 300_000


async def test_who_is_not_reached_or_has_left_is_paid_by_a_file_once(paying: Paying):
    await paying.earned(G1=5_000, G2=7, G3=500)
    await leaves(paying, "G1")
    made = await paying.make()
    assert (made.planned, made.not_reached) == (0, ("G1", "G3"))
    no_provider = replace(paying.ports, provider=None)
    for _ in range(2):
        by_file = partial(transferring.make_transfers, no_provider, an_act(), ROUND)
        made = await by_file(way=TransferWay.FILE)
    assert (made.planned, made.not_reached) == (0, ())
    bank = BankAccount(holder="林小溪", bank="招商银行", number="6225000033334444")
    known = GuidePayee(guide_id="G1", legal_name="林小溪", bank=bank, version=1)
    await paying.ports.payees.save(known, expected=0)
    assert "6225" not in str(await paying.database["guide_payees"].find_one({"_id": "G1"}))
    await paying.turn(no_provider)
    file = await transfer_files.transfer_file(no_provider, an_act(), ROUND)
    assert file.splitlines() == [
        "transfer,guide,guide_name,store,legal_name,holder,bank,account,amount_yuan,memo",
        "transfer:G1:2026-11,G1,导购,S1,林小溪,林小溪,招商银行,6225000033334444,50.00,"
        "导购佣金 2026-11",
        "transfer:G2:2026-11,G2,导购,S1,,,,,0.07,导购佣金 2026-11",
        "transfer:G3:2026-11,G3,导购,S1,,,,,5.00,导购佣金 2026-11",
    ]
    assert await paying.in_the_books() == {"brand": -5_507, "paid_out": 5_507}
    await frozen(paying, of="G3")
    assert "G3" not in await transfer_files.transfer_file(no_provider, an_act(), ROUND)
    confirm = partial(transfer_files.confirm_transfer, paying.ports, an_act())
    fail = partial(transfer_files.fail_transfer, paying.ports, an_act())
    for _ in range(2):
        assert (await confirm("transfer:G1:2026-11", "B1")).state == "PAID"
        assert (await fail("transfer:G3:2026-11", "账号有误")).state == "FAILED"
    for refused, why in [
        (confirm("transfer:G3:2026-11", "B1"), WrongState),
        (confirm("transfer:G1:2026-11", "B2"), WrongState),
        (fail("transfer:G1:2026-11", "账号有误"), WrongState),
        (confirm("transfer:G9:2026-11", "B1"), NotFound),
    ]:
        with pytest.raises(why):
            await refused
    assert await paying.in_the_books() == {
        "brand": -5_507,
        "guide:G3:payable": 500,
        "paid_out": 5_007,
    }
    assert not paying.gateway.bills


async def test_what_was_begun_with_a_provider_that_is_gone_holds_up_nobody_s_by_a_file(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transferring, "TRANSFERRED_AT_ONCE", 1)
    await paying.earned(G1=5_000, G3=500)
    await paying.make()
    no_provider = replace(paying.ports, provider=None)
    await paying.turn(no_provider)
    await transferring.make_transfers(
        no_provider, an_act(at=paying.at + timedelta(minutes=1)), ROUND, way=TransferWay.FILE
    )
    await transferring.go_on_transferring(no_provider, an_act(at=paying.at + timedelta(minutes=2)))
    assert ((await paying.of()).state, (await paying.of("G3")).state) == ("ASKED", "BOOKED")
    await paying.until("WAIT_USER_CONFIRM")
    assert await paying.in_the_books() == {"brand": -5_500, "paid_out": 5_500}


async def test_a_failing_row_of_a_file_that_was_cut_short_is_ended_by_the_clock_once(
    paying: Paying,
):
    await paying.earned(G3=500)
    await transferring.make_transfers(paying.ports, an_act(), ROUND, way=TransferWay.FILE)
    await paying.until("BOOKED", "G3")
    transfers = Crashing(paying.ports.transfers, "save", after=False, spared=1)
    cut = replace(paying.ports, transfers=transfers)
    with pytest.raises(Crash):
        await transfer_files.fail_transfer(cut, an_act(at=paying.at), "transfer:G3:2026-11", "错")
    assert (await paying.of("G3")).state == "FAILING"
    await asyncio.gather(*(paying.turn() for _ in range(3)))
    assert (await paying.of("G3")).state == "FAILED"
    assert await paying.in_the_books() == {"brand": -500, "guide:G3:payable": 500}


async def test_who_has_left_is_paid_into_their_account_when_named_and_confirms_as_a_member(
    paying: Paying,
):
    await paying.earned(G1=5_000, G2=700)
    await leaves(paying, "G1")
    made = await transferring.make_transfers(paying.ports, an_act(), ROUND, guide_id="G1")
    assert (made.planned, made.not_reached) == (1, ())
    assert (await paying.make()).planned == 1
    await paying.until("WAIT_USER_CONFIRM")
    member = Viewer(id="M9", role=Role.MEMBER, also=("M1",))
    mine = replace(an_act(), viewer=member)
    [seen] = (await transferring.transfers_seen(paying.ports, mine, FIRST, guide_id="G1")).items
    paying.gateway.confirm(seen.confirm)
    await paying.until("PAID")
    assert paying.gateway.paid_to == {"o1": 5_000}
    for refused, why in [
        (transferring.transfers_seen(paying.ports, mine, FIRST, guide_id="G2"), Forbidden),
        (transferring.make_transfers(paying.ports, an_act(), ROUND, guide_id="G9"), NotFound),
        (transfer_files.confirm_transfer(paying.ports, an_act(), seen.id, "B1"), WrongState),
        (transfer_files.transfer_file(paying.ports, mine, ROUND), Forbidden),
    ]:
        with pytest.raises(why):
            await refused


async def test_where_a_guide_is_paid_they_and_finance_say_over_what_they_saw(paying: Paying):
    ports = guide_payee_ports(a_foundation(paying.database))
    mine = replace(an_act(), viewer=Viewer(id="G1", role=Role.GUIDE, store_id="S1"))
    later = an_act(Role.FINANCE, NOON + timedelta(hours=1))
    later = replace(later, new_id=lambda kind: f"{kind}_2")
    bank = BankAccount(holder="林小溪", bank="招商银行", number="6225 0000 3333 4444")

    def told(act=mine, guide="G1", expected=0, bank=bank, name=" 林小溪 "):
        return set_guide_payee(ports, act, guide, legal_name=name, bank=bank, expected=expected)

    # Longer than what can be encrypted for WeChat Pay, which the transfer would wait for in vain.
    longest = "林" * 71
    assert an_account(gateway="http://pay").platform.encrypt(longest)
    assert read_told_name(longest, least=1, field=()) == longest
    with pytest.raises(Invalid):
        await told(name="林" * 72)
    found = await told()
    assert (found.legal_name, found.bank.shown, found.version) == ("林小溪", "…4444", 1)
    assert await guide_payee_of(ports, an_act(Role.FINANCE), "G1") == found
    assert (await told(act=later, expected=1, name="林小溪水")).version == 2
    for refused, why in [
        (told(), Conflict),
        (told(guide="G2"), Forbidden),
        (guide_payee_of(ports, mine, "G2"), Forbidden),
        (told(act=an_act(), guide="G9"), NotFound),
        (told(expected=2, bank=replace(bank, number="6225")), Invalid),
    ]:
        with pytest.raises(why):
            await refused
    # Who said so is on record, and neither the name nor the number.
    seen = await ports.records.of_subject(Subject(kind="guide_payee", id="G1"), PageRequest())
    assert [(one.actor_role, one.after) for one in reversed(seen.items)] == [
        (Role.GUIDE, {"version": 1, "hasLegalName": True, "bank": "招商银行 …4444"}),
        (Role.FINANCE, {"version": 2}),
    ]
    assert "林小溪" not in str(seen.items)


@pytest.mark.parametrize("moments", [*range(1, 26), 30, 36])
async def test_whatever_moment_it_was_killed_at_it_leaves_once_or_is_the_guide_s(
    paying: Paying, moments: int
):
    await paying.earned(G1=5_000)
    whole, ledger, life = paying.ports, paying.ports.ledger, Mortal(moments)
    mortal = replace(
        whole,
        transfers=life.port(whole.transfers),
        provider=life.port(whole.provider),
        ledger=replace(ledger, journals=life.port(ledger.journals), lines=life.port(ledger.lines)),
    )
    with contextlib.suppress(KilledError):
        await transferring.make_transfers(mortal, an_act(), ROUND)
    await paying.make()
    for _ in range(4):
        with contextlib.suppress(KilledError):
            await paying.turn(mortal)
    assert (await paying.in_the_books()) == {"brand": -5_000, "paid_out": 5_000}
    waiting = await paying.until("WAIT_USER_CONFIRM")
    paying.gateway.confirm(waiting.confirm)
    await paying.until("PAID")
    assert await paying.in_the_books() == {"brand": -5_000, "paid_out": 5_000}
    assert paying.gateway.paid_to == {"o1": 5_000}
    assert paying.gateway.balance == 1_000_000 - 5_000


async def test_many_processes_transfer_once(paying: Paying):
    await paying.earned(G1=5_000)
    await asyncio.gather(*(paying.make() for _ in range(4)))
    await asyncio.gather(*(paying.turn() for _ in range(4)))
    waiting = await paying.until("WAIT_USER_CONFIRM")
    paying.gateway.confirm(waiting.confirm)
    await paying.until("PAID")
    assert paying.gateway.paid_to == {"o1": 5_000}
    assert await paying.in_the_books() == {"brand": -5_000, "paid_out": 5_000}


async def frozen(paying: Paying, kind: FrozenKind = FrozenKind.GUIDE, of: str = "G1"):
    return await freezes.freeze_earnings(paying.ports.freezing, an_act(), kind, of, "查")


async def test_who_is_frozen_is_not_paid_and_what_waits_for_them_is_called_off(paying: Paying):
    await paying.earned(G1=5_000, G2=700)
    await frozen(paying)
    before = await paying.in_the_books()
    assert (await paying.make()).planned == 1
    await frozen(paying, of="G2")
    await paying.until("VOID", "G2")
    assert await paying.in_the_books() == before
    for guide in ("G1", "G2"):
        await freezes.release_earnings(paying.ports.freezing, an_act(), f"guide:{guide}", "查清了")
    assert (await paying.make("2026-12")).planned == 2
    waiting = await paying.until("WAIT_USER_CONFIRM")
    await frozen(paying)
    called_off = await paying.until("FAILED")
    assert called_off.said == "CANCELLED"
    with pytest.raises(AssertionError):
        paying.gateway.confirm(waiting.confirm)
    assert (await paying.in_the_books())["guide:G1:payable"] == 5_000


async def test_who_is_frozen_after_a_booking_that_was_cut_short_has_it_again(paying: Paying):
    await paying.earned(G1=5_000)
    await paying.make()
    transfers = Crashing(paying.ports.transfers, "save", after=False)
    with pytest.raises(BaseExceptionGroup):
        await paying.turn(replace(paying.ports, transfers=transfers))
    assert (await balances(paying.database))["paid_out"] == 5_000
    await frozen(paying)
    await paying.until("FAILED")
    assert (await paying.in_the_books()) == {"brand": -5_000, "guide:G1:payable": 5_000}
    assert not paying.gateway.bills


async def test_freezing_is_written_down_with_why_and_seen_by_finance_alone(paying: Paying):
    found = await frozen(paying, FrozenKind.ORDER, "order_9")
    assert await frozen(paying, FrozenKind.ORDER, "order_9") == found
    ports = paying.ports.freezing
    released = await freezes.release_earnings(ports, an_act(), found.id, "查清了")
    assert await freezes.release_earnings(ports, an_act(), found.id, "又") == released
    assert [(one.after, one.reason) for one in released.steps] == [
        ("FROZEN", "查"),
        ("RELEASED", "查清了"),
    ]
    with pytest.raises(NotFound):
        await freezes.release_earnings(ports, an_act(), "guide:G9", "查清了")
    with pytest.raises(Invalid):
        await freezes.freeze_earnings(ports, an_act(), FrozenKind.GUIDE, "G1", " ")
    with pytest.raises(Forbidden):
        await freezes.freeze_earnings(ports, an_act(Role.FRANCHISEE), FrozenKind.GUIDE, "G1", "查")


async def test_a_guide_sees_their_own_transfers_and_finance_makes_them(paying: Paying):
    await paying.earned(G1=5_000)
    await paying.make()
    mine = replace(an_act(), viewer=Viewer(id="G1", role=Role.GUIDE, store_id="S1"))
    page = await transferring.transfers_seen(paying.ports, mine, FIRST, guide_id="G1")
    assert page.total == 1
    for refused, why in [
        (transferring.transfers_seen(paying.ports, mine, FIRST, guide_id="G2"), Forbidden),
        (transferring.transfers_seen(paying.ports, mine, FIRST, period=ROUND), Forbidden),
        (transferring.transfers_seen(paying.ports, an_act(), FIRST), Invalid),
        (transferring.make_transfers(paying.ports, mine, ROUND), Forbidden),
        (transferring.make_transfers(paying.ports, an_act(), "november"), Invalid),
        (
            transferring.make_transfers(replace(paying.ports, provider=None), an_act(), ROUND),
            WrongState,
        ),
    ]:
        with pytest.raises(why):
            await refused
