"""The provider's bill of each day, held against the ledger."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.earnings import bills
from domain.earnings.bills import BillPorts
from domain.earnings.journals import Journal, JournalId, JournalLine, post_journals
from domain.kernel.days import BEIJING
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, Unavailable, WrongState
from domain.people.viewer import Role
from qianmian.wiring.earnings import bill_ports
from scripts.ledger import faults_of_ledger
from storage.mongo.kernel.database import Database
from storage.outside.wechat_bills import WechatBills
from tests.storage.earnings.test_bookkeeping import an_act, balances
from tests.support.crashing import Crash, Crashing
from tests.support.foundations import a_foundation
from tests.support.stub import listening
from tests.support.wechat_pay import Gateway, an_account, refusal

pytestmark = pytest.mark.anyio

DAY = date(2026, 10, 31)
MIDNIGHT = datetime(2026, 11, 1, tzinfo=BEIJING)
MORNING = MIDNIGHT + timedelta(hours=10)
HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,"
    "商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


def a_row(order: str, *, paid: str = "0.00", back: str = "0.00", fee: str = "0.00000") -> str:
    state, number = ("REFUND", f"{order}-r1") if back != "0.00" else ("SUCCESS", "0")
    cells = [
        *("2026-10-31 10:00:05", "wx8888888888888888", "1900000109", "0", "", "42000", order),
        *("oUpF8", "JSAPI", state, "OTHERS", "CNY", paid, "0.00", "0", number, back, "0.00"),
        *("ORIGINAL", "SUCCESS", "羽绒服，长款", "", fee, "0.60%", paid, back, ""),
    ]
    return ",".join(f"`{one}" for one in cells)


class BillGateway(Gateway):
    """Has bills of days, which it tells the address and the digest of."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[str]] = {}
        self.refuses: str = ""
        self.url = ""

    def app(self) -> Starlette:
        app = super().app()
        app.routes.append(Route("/v3/bill/tradebill", self.bill))
        app.routes.append(Route("/v3/billdownload/file", self.file))
        return app

    def text(self, day: str) -> bytes:
        rows = self.rows[day]
        sums = ",".join(["`" + str(len(rows)), *["`0.00"] * 6])
        return "\r\n".join(["\ufeff" + HEAD, *rows, SUMS, sums, ""]).encode()

    async def bill(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        day = request.query_params["bill_date"]
        if self.refuses or day not in self.rows:
            return refusal(400, self.refuses or "NO_STATEMENT_EXIST")
        digest = hashlib.sha1(self.text(day)).hexdigest()
        url = f"{self.url}/v3/billdownload/file?token={day}"
        return self._answer({"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    async def file(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        return Response(self.text(request.query_params["token"]))


@dataclass
class Reconciling:
    gateway: BillGateway
    ports: BillPorts
    database: Database
    booked: int = field(default=0)

    async def book(self, order: str, fen: int, at: datetime) -> None:
        """A payment of an order, or below 0 what was given back of it."""
        self.booked += 1
        lines = (
            JournalLine(account="provider", amount=-fen),
            JournalLine(account="brand", amount=fen),
        )
        journal = Journal(
            id=JournalId(f"j{self.booked}"), order_id=order, cause="test", at=at, lines=lines
        )
        await post_journals(self.ports.ledger, an_act(), [journal])

    async def day(self, day: date = DAY) -> bills.BillDay:
        return await bills.reconcile_day(
            self.ports, an_act(at=MORNING + (day - DAY)), day.isoformat()
        )

    async def differences(self, state: str = "OPEN") -> list[tuple[str, int, int]]:
        page = await bills.bill_differences(
            self.ports, an_act(), bills.DifferenceState(state), PageRequest(first=20)
        )
        return [(one.id, one.billed, one.booked) for one in page.items]


@pytest.fixture
async def reconciling(database: Database) -> AsyncIterator[Reconciling]:
    gateway = BillGateway()
    async with listening(gateway.app()) as url, httpx2.AsyncClient() as http:
        gateway.url = url
        source = WechatBills(http, an_account(gateway=url), now=lambda: datetime.now(UTC))
        ports = replace(bill_ports(a_foundation(database)), source=source)
        yield Reconciling(gateway=gateway, ports=ports, database=database)


NOON = MIDNIGHT - timedelta(hours=12)


async def test_what_agrees_makes_no_row_and_the_fees_are_booked_once(reconciling: Reconciling):
    await reconciling.book("order_1", 10_000, NOON)
    await reconciling.book("order_1", -2_500, NOON)
    reconciling.gateway.rows["2026-10-31"] = [
        a_row("order_1", paid="100.00", fee="0.60000"),
        a_row("order_1", back="25.00", fee="-0.15000"),
    ]
    found = await asyncio.gather(*(reconciling.day() for _ in range(3)))
    assert {(one.rows, one.total, one.booked, one.fees, one.differences) for one in found} == {
        (2, 7_500, 7_500, 45, 0)
    }
    assert await reconciling.differences() == []
    assert await balances(reconciling.database) == {
        "provider": -7_455,
        "brand": 7_500,
        "fee": -45,
    }
    assert await faults_of_ledger(reconciling.database) == []


async def test_each_way_to_differ_is_a_row_that_somebody_settles(reconciling: Reconciling):
    await reconciling.book("other_amount", 10_000, NOON)
    await reconciling.book("not_billed", 700, NOON)
    reconciling.gateway.rows["2026-10-31"] = [
        a_row("other_amount", paid="99.99"),
        a_row("stray", paid="5.00"),
    ]
    assert (await reconciling.day()).differences == 3
    assert await reconciling.differences() == [
        ("2026-10-31|not_billed", 0, 700),
        ("2026-10-31|other_amount", 9_999, 10_000),
        ("2026-10-31|stray", 500, 0),
    ]
    settle = bills.settle_difference
    done = await settle(reconciling.ports, an_act(), "2026-10-31|stray", "已退回")
    assert await settle(reconciling.ports, an_act(), "2026-10-31|stray", "已退回") == done
    assert await reconciling.differences("SETTLED") == [("2026-10-31|stray", 500, 0)]
    for asked, why in [
        (settle(reconciling.ports, an_act(), "2026-10-31|stray", "别的"), WrongState),
        (settle(reconciling.ports, an_act(), "2026-10-31|none", "已退回"), NotFound),
        (settle(reconciling.ports, an_act(), "2026-10-31|not_billed", " "), Invalid),
        (settle(reconciling.ports, an_act(Role.STORE_MANAGER), "x", "已退回"), Forbidden),
    ]:
        with pytest.raises(why):
            await asked


async def test_what_is_on_two_sides_of_midnight_evens_out(reconciling: Reconciling):
    await reconciling.book("late", 10_000, MIDNIGHT)
    reconciling.gateway.rows["2026-10-31"] = [a_row("late", paid="100.00")]
    await reconciling.day()
    assert await reconciling.differences() == [("2026-10-31|late", 10_000, 0)]
    reconciling.gateway.rows["2026-11-01"] = [a_row("order_2", paid="1.00")]
    await reconciling.day(DAY + timedelta(days=1))
    assert await reconciling.differences() == [("2026-11-01|order_2", 100, 0)]
    assert [one[0] for one in await reconciling.differences("SETTLED")] == [
        "2026-10-31|late",
        "2026-11-01|late",
    ]


async def test_what_evens_out_does_so_though_it_was_cut_short(reconciling: Reconciling):
    await reconciling.book("late", 10_000, MIDNIGHT)
    reconciling.gateway.rows["2026-10-31"] = [a_row("late", paid="100.00")]
    await reconciling.day()
    whole = reconciling.ports
    crashing = Crashing(whole.bills, "save", after=True)
    reconciling.ports = replace(whole, bills=crashing)  # type: ignore[arg-type]
    with pytest.raises(Crash):
        await reconciling.day(DAY + timedelta(days=1))
    reconciling.ports = whole
    assert len(await reconciling.differences()) == 1
    await reconciling.day(DAY + timedelta(days=1))
    assert await reconciling.differences() == []


async def test_the_clock_looks_at_each_day_once_it_is_there(reconciling: Reconciling):
    reconciling.gateway.rows["2026-10-31"] = [a_row("order_1", paid="100.00")]
    early = an_act(at=MORNING - timedelta(seconds=1))
    await bills.reconcile_by_the_clock(reconciling.ports, early)
    assert await reconciling.ports.bills.day("2026-10-31") is None
    # Of days without any payment there is no bill.
    assert (await reconciling.ports.bills.day("2026-10-30")).rows == 0
    with pytest.raises(Invalid):
        await bills.reconcile_day(reconciling.ports, early, "2026-10-31")
    reconciling.gateway.refuses = "STATEMENT_CREATING"
    with pytest.raises(ExceptionGroup):
        await bills.reconcile_by_the_clock(reconciling.ports, an_act(at=MORNING))
    with pytest.raises(Unavailable):
        await reconciling.day()
    reconciling.gateway.refuses = ""
    await bills.reconcile_by_the_clock(reconciling.ports, an_act(at=MORNING))
    assert (await reconciling.ports.bills.day("2026-10-31")).rows == 1
    alone = replace(reconciling.ports, source=None)
    with pytest.raises(WrongState):
        await bills.reconcile_day(alone, an_act(at=MORNING), "2026-10-01")


async def test_a_bill_that_is_not_what_was_told_of_is_not_believed(reconciling: Reconciling):
    reconciling.gateway.rows["2026-10-31"] = [a_row("order_1", paid="100.00")]
    whole = reconciling.gateway.text

    def torn(day: str) -> bytes:
        reconciling.gateway.text = lambda _: whole(day)[:-9]
        return whole(day)

    reconciling.gateway.text = torn
    with pytest.raises(Unavailable):
        await reconciling.day()
    assert await reconciling.ports.bills.day("2026-10-31") is None
