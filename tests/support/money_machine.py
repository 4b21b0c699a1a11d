"""A small brand whose money goes every way it can, and what must be true of it in the end."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from domain.earnings import bookkeeping, freezes, paying_out, settling, sharing_out, transferring
from domain.earnings.bookkeeping import BookkeepingPorts
from domain.earnings.freezes import FreezeState
from domain.earnings.journals import finish_postings
from domain.earnings.payees import MerchantAccount, Payee
from domain.earnings.paying_out import PayoutPorts
from domain.earnings.shares_back_first import SharesBackFirst
from domain.earnings.sharing_out import SharingOutPorts
from domain.earnings.statements import entries_of, hash_of
from domain.earnings.transfer_files import confirm_transfer
from domain.earnings.transferring import GuidePayPorts
from domain.earnings.transfers import TransferWay
from domain.kernel.days import month_of
from domain.kernel.facts import Batch, Fact
from domain.kernel.moments import BEGINNING
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Refusal
from domain.network.directory import Directory
from domain.network.stores import Owner, OwnerId, OwnerKind, StoreId
from domain.people.accounts import Guide, Member
from domain.people.act import Act, by_the_clock
from domain.people.successions import Succession
from domain.people.viewer import Role, Viewer
from qianmian.wiring.earnings import (
    bookkeeping_ports,
    guide_pay_ports,
    payout_ports,
    sharing_out_ports,
)
from scripts.ledger import faults_of_ledger, recount
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides, MongoMembers
from storage.mongo.people.successions import MongoSuccessions
from storage.mongo.sharing.touches import MongoTouches
from storage.outside.wechat_sharing import WechatSharing
from storage.outside.wechat_transfers import WechatTransfers
from tests.domain.earnings.test_order_books import a_payment, a_refund, an_order, sent
from tests.storage.sharing.test_sharing import a_touch
from tests.support.builders import NOON, a_store
from tests.support.crashing import Mortal, a_life, dying
from tests.support.foundations import a_foundation
from tests.support.stub import listening
from tests.support.wechat_pay import an_account
from tests.support.wechat_sharing import SharingGateway
from tests.support.wechat_transfers import TransferGateway

# What a process may die at: the ports that write, and those that ask others.
WRITES = frozenset(
    "books ledger journals lines counts sharings payouts transfers settlements closing statements "
    "settling provider".split()
)
MERCHANT = MerchantAccount(id="1900000999", name="山屿苏州加盟有限公司")
ALL = PageRequest(first=100)
LEFT_OVER = (
    "order_books journals journal_lines ledger_accounts earned earned_counts payment_sharings "
    "payouts guide_transfers settlement_runs statements statement_parts successions touches "
    "freezes guides members payees"
).split()


class Directories:
    """Two franchisees with a shop each; the third shop is the brand's."""

    def directory(self) -> Directory:
        owners = [
            Owner(id=OwnerId(name), name=name, kind=OwnerKind.FRANCHISEE) for name in ("O1", "O2")
        ]
        stores = [a_store(id=StoreId(f"S{n}"), owner_id=OwnerId(f"O{n}")) for n in (1, 2)]
        return Directory(
            owners={one.id: one for one in owners}, stores={one.id: one for one in stores}
        )


class MoneyGateway(SharingGateway, TransferGateway):
    """WeChat Pay with all that the brand uses of it."""

    def settle(self) -> None:
        SharingGateway.settle(self)
        TransferGateway.settle(self)


@dataclass
class Sold:
    """An order as its buyer knows it."""

    paid: int
    store: str
    guide: str | None
    sent: bool = False
    refunded: int = 0


@dataclass
class Brand:
    """The ports of one process, the facts that were said, and how far they were followed."""

    database: Database
    gateway: MoneyGateway
    books: BookkeepingPorts
    sharing: SharingOutPorts
    payouts: PayoutPorts
    transfers: GuidePayPorts
    touches: MongoTouches
    successions: MongoSuccessions
    at: datetime = NOON
    orders: dict[str, Sold] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    followed: Counter[str] = field(default_factory=Counter)

    def act(self) -> Act:
        office = Viewer(id="office", role=Role.HEAD_OFFICE)
        return replace(by_the_clock(self.at, lambda kind: kind), viewer=office)

    def say(self, order: str, *facts: Fact) -> None:
        """Say facts of an order, as of now, in the stream that is followed."""
        for one in facts:
            data = {**one.data, "orderId": order}
            self.facts.append(replace(one, at=self.at, data=data, n=len(self.facts) + 1))

    async def sell(self, store: str, fen: int) -> None:
        """The customer of the first guide buys, by whoever's they are by now."""
        order = f"order_{len(self.orders) + 1}"
        credit = await self.touches.last_credit(["may"], since=BEGINNING)
        guide = credit.guide_id if credit else None
        self.orders[order] = Sold(paid=fen, store=store, guide=guide)
        self.gateway.hold(f"T{order}", fen)
        payment = a_payment(fen)
        payment = replace(payment, data={**payment.data, "cause": f"T{order}"})
        self.say(order, an_order(("A", 1, fen), guide=guide, store=store, buyer="may"), payment)

    def send(self, order: str) -> None:
        """The goods leave."""
        sold = self.orders[order]
        if not sold.sent and sold.refunded < sold.paid:
            sold.sent = True
            self.say(order, sent(sold.store, A=1))

    async def refund(self, order: str, fen: int) -> None:
        """Give so much back, or what is left; it waits for shares that have to come back first."""
        sold = self.orders[order]
        after = min(sold.paid, sold.refunded + fen)
        if after == sold.refunded:
            return
        first, asked = SharesBackFirst(sharing=self.sharing), self.at
        while not await first.may_go(self.act(), order, after, requested_at=asked):
            await self.clock()
        sold.refunded = after
        self.say(order, a_refund(sold.paid, after))

    async def follow(self, moments: int = 0) -> None:
        """Both followers go on from where they were, as far as they live."""
        life = a_life(moments)
        books, sharing = mortal(self.books, life), mortal(self.sharing, life)
        with dying():
            for name, react, kinds in (
                ("books", lambda batch: bookkeeping.book_facts(books, self.act(), batch), None),
                (
                    "sharing",
                    lambda batch: sharing_out.note_payments(sharing, self.act(), batch),
                    sharing_out.SHARED_FACTS,
                ),
            ):
                new = self.facts[self.followed[name] :]
                wanted = tuple(one for one in new if kinds is None or one.kind in kinds)
                if wanted:
                    await react(Batch(facts=wanted, upto=len(self.facts)))
                self.followed[name] = len(self.facts)

    async def clock(self, moments: int = 0, *, passed: timedelta = timedelta(minutes=1)) -> None:
        """Every job has its turn, as far as the process lives; then the gateway does its work."""
        self.at += passed
        self.gateway.now = self.at
        life, act = a_life(moments), self.act()
        books, payouts = mortal(self.books, life), mortal(self.payouts, life)
        for job in (
            lambda: finish_postings(books.ledger, act),
            lambda: bookkeeping.release_matured(books, act),
            lambda: sharing_out.go_on_sharing(mortal(self.sharing, life), act),
            lambda: settling.go_on_settling(payouts.settling, act),
            lambda: paying_out.go_on_paying(payouts, act),
            lambda: transferring.go_on_transferring(mortal(self.transfers, life), act),
        ):
            await _alive(job)
        self.gateway.settle()

    async def two_clocks(self, moments: int) -> None:
        """Two processes have their turns at once, of which one may die."""
        nothing = timedelta()
        await asyncio.gather(self.clock(moments, passed=nothing), self.clock(passed=nothing))

    async def hand_over(self, *, done: bool) -> None:
        """The first guide leaves, and all that would be theirs is the second's once it is done."""
        known = (await self.successions.known()).get("G1")
        if known is None or (done and known.done_at is None):
            after = known or Succession(
                id="G1", successor_id="G2", begun_at=self.at, begun_by="office"
            )
            after = replace(after, done_at=self.at if done else None, version=after.version + 1)
            await self.successions.save(after, expected=after.version - 1)

    async def to_the_end(self) -> None:
        """Everything that was begun is finished, by processes that live."""
        freezing, act = self.sharing.freezing, self.act()
        for one in (await freezes.freezes_seen(freezing, act, FreezeState.FROZEN, ALL)).items:
            await freezes.release_earnings(freezing, act, one.id, "seen to")
        for _ in range(40):
            await self.follow()
            # Whatever a process that died has left in flight is finished an hour later.
            await self.clock(passed=timedelta(hours=1))
            await self.conclude()
            if not await self.under_way():
                return
        raise AssertionError(f"still under way: {await self.under_way()}")

    async def conclude(self) -> None:
        """Guides take what waits for them, and what stands in files is paid."""
        for bill in list(self.gateway.bills.values()):
            if bill["state"] == "WAIT_USER_CONFIRM":
                bill["state"] = "TRANSFERING"
        async for one in self.database["guide_transfers"].find({"way": "FILE", "state": "BOOKED"}):
            await confirm_transfer(self.transfers, self.act(), one["_id"], "B1")
        async for one in self.database["payouts"].find({"state": "BOOKED"}):
            await paying_out.confirm_payout(self.payouts, self.act(), one["_id"], "B1")

    async def under_way(self) -> list[str]:
        """What is not at its end."""
        waiting = []
        for name, ends in (
            ("payment_sharings", ["DONE", "HELD"]),
            ("payouts", ["PAID", "VOID", "FAILED"]),
            ("guide_transfers", ["PAID", "VOID", "FAILED"]),
        ):
            async for one in self.database[name].find({}):
                busy = name == "payment_sharings" and one["state"] == "DONE" and one.get("due")
                if one["state"] not in ends or busy:
                    waiting.append(f"{one['_id']}: {one['state']}")
        runs = self.database["settlement_runs"].find({"done_at": None})
        return waiting + [f"{one['period']}: being settled" for one in await runs.to_list(None)]

    async def check(self) -> None:
        """The ledger is sound, and what left is what others say that they have."""
        assert await faults_of_ledger(self.database) == []
        await self.database["earned"].delete_many({})
        await self.database["earned_counts"].delete_many({})
        await recount(a_foundation(self.database))
        assert await faults_of_ledger(self.database) == []
        balances = await self.balances()
        assert sum(balances.values()) == 0
        paid = await self.paid()
        assert balances.get("paid_out", 0) == sum(paid.values())
        kept = sum(one.paid - one.refunded for one in self.orders.values())
        assert balances.get("provider", 0) == -kept
        await self.check_statements()

    async def check_zero(self) -> None:
        """All was given back: everybody has nothing, and owes exactly what they were paid."""
        balances, paid = await self.balances(), await self.paid()
        owed = {f"{name}:payable": -fen for name, fen in paid.items() if fen}
        left = {name: fen for name, fen in balances.items() if fen and name != "paid_out"}
        assert left == owed

    async def balances(self) -> dict[str, int]:
        found = await self.database["ledger_accounts"].find({}).to_list(None)
        return {one["_id"]: one.get("fen", 0) for one in found}

    async def paid(self) -> Counter[str]:
        """What has reached whom, as those say who move the money."""
        found: Counter[str] = Counter()
        for sharing in self.gateway.sharings.values():
            for one in sharing["receivers"]:
                found["owner:O1"] += one["amount"] if one["result"] == "SUCCESS" else 0
        for back in self.gateway.backs.values():
            found["owner:O1"] -= back["amount"] if back["result"] == "SUCCESS" else 0
        for openid, fen in self.gateway.paid_to.items():
            found[f"guide:G{openid[1:]}"] += fen
        for name, whose in (("payouts", "owner"), ("guide_transfers", "guide")):
            wanted = {"state": "PAID"} | ({"way": "FILE"} if whose == "guide" else {})
            async for one in self.database[name].find(wanted):
                found[f"{whose}:{one[f'{whose}_id']}"] += one["amount"]
        return found

    async def check_statements(self) -> None:
        """No line is in two statements, each proves what it says and goes on from the last."""
        ports, seen = self.payouts.settling, Counter[tuple[str, str]]()
        for owner in ("O1", "O2"):
            page = await ports.closing.statements.of_owner(owner, ALL)
            before, closing = "", 0
            for one in reversed(page.items):
                entries = await entries_of(ports.closing, self.act(), one)
                seen.update((owner, entry.id) for entry in entries)
                assert (one.before, one.opening) == (before, closing)
                assert one.hash == hash_of(one.id, one.opening, before, entries)
                before, closing = one.hash, one.closing
        assert not [key for key, n in seen.items() if n > 1]

    async def settle(self) -> None:
        """Finance settles the month that is over, if there is one that is not settled."""
        first = self.at.replace(day=1)
        with contextlib.suppress(Refusal):
            period = month_of(first - timedelta(days=2))
            await settling.run_settlement(self.payouts.settling, self.act(), period)

    async def pay_owners(self, moments: int) -> None:
        """Finance pays what was settled last."""
        newest = await self.payouts.settling.settlements.newest_run()
        if newest is None or newest.done_at is None:
            return
        ports = mortal(self.payouts, a_life(moments))
        await _alive(
            lambda: paying_out.make_payouts(ports, self.act(), newest.period, holdback_permille=50)
        )

    async def pay_guides(self, way: TransferWay, moments: int) -> None:
        """Finance makes the round of today."""
        ports = mortal(self.transfers, a_life(moments))
        day = f"{self.at:%Y-%m-%d}"
        await _alive(lambda: transferring.make_transfers(ports, self.act(), day, way=way))

    async def freeze(self, kind: freezes.FrozenKind, of: str) -> None:
        """Freeze somebody, or let them be paid again who are frozen."""
        freezing, id_ = self.sharing.freezing, f"{kind.lower()}:{of}"
        before = await freezing.freezes.by_id(id_)
        if before is not None and before.state is FreezeState.FROZEN:
            await freezes.release_earnings(freezing, self.act(), id_, "seen to")
        else:
            await freezes.freeze_earnings(freezing, self.act(), kind, of, "looked at")


async def _alive(job: Callable[[], Awaitable[Any]]) -> None:
    with dying(), contextlib.suppress(Refusal):
        await job()


def mortal(bundle: Any, life: Mortal) -> Any:
    """A bundle of ports as a process has it that may die."""
    made = {}
    for one in fields(bundle):
        port = getattr(bundle, one.name)
        if one.name in WRITES and port is not None:
            inner = hasattr(port, "__dataclass_fields__")
            made[one.name] = mortal(port, life) if inner else life.port(port)
    return replace(bundle, **made)


@contextlib.asynccontextmanager
async def a_brand(database: Database):
    """Two franchisees, one with a merchant; two guides, of whom the first has a customer."""
    for name in LEFT_OVER:
        await database[name].delete_many({})
    gateway = MoneyGateway()
    gateway.balance, gateway.now = 10**9, NOON
    base = a_foundation(database)
    async with listening(gateway.app()) as url, httpx2.AsyncClient() as http:
        account = an_account(gateway=url)
        clock = lambda: datetime.now(UTC)  # noqa: E731
        sharing = WechatSharing(http, account, now=clock)
        touches = MongoTouches(database)
        brand = Brand(
            database=database,
            gateway=gateway,
            books=replace(bookkeeping_ports(base), directory=Directories()),
            sharing=replace(sharing_out_ports(base), provider=sharing),
            payouts=replace(payout_ports(base), directory=Directories()),
            transfers=replace(
                guide_pay_ports(base), provider=WechatTransfers(http, account, now=clock)
            ),
            touches=touches,
            successions=touches.heirs,
        )
        gateway.receivers[MERCHANT.id] = MERCHANT.name
        payee = Payee(owner_id="O1", merchant=MERCHANT, version=1)
        await brand.sharing.payees.save(payee, expected=0)
        await MongoGuides(database).save_all(
            [
                Guide(id=f"G{n}", name="导购", store_id="S1", wecom_user_id=f"w{n}", member_id=m)
                for n, m in ((1, "M1"), (2, "M2"))
            ]
        )
        for n in (1, 2):
            await MongoMembers(database).join(Member(id=f"M{n}", joined_at=NOON, openid=f"o{n}"))
        await touches.add(a_touch("may", after=timedelta(hours=-1), guide_id="G1", code="c1"))
        yield brand
