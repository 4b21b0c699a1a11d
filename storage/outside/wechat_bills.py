"""The bill of each day by WeChat Pay's API v3: what was paid, given back and taken as fees.

pay.weixin.qq.com/doc/v3/merchant/4012791839; amounts are in yuan, with up to five decimals.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from urllib.parse import urlsplit

import httpx2

from domain.earnings.bills import BillRow
from domain.kernel.money import Fen
from storage.outside.wechat_pay_gateway import (
    WechatPayAccount,
    WechatPayFault,
    WechatPayGateway,
    busy,
)

NOTHING_HAPPENED = "NO_STATEMENT_EXIST"
NOT_THERE_YET = "STATEMENT_CREATING"
ORDER, STATE, PAID, GIVEN_BACK, FEE = (
    "商户订单号",
    "交易状态",
    "订单金额",
    "申请退款金额",
    "手续费",
)


class WechatBills:
    """See `domain.earnings.bills.BillSource`."""

    def __init__(
        self, http: httpx2.AsyncClient, account: WechatPayAccount, *, now: Callable[[], datetime]
    ) -> None:
        self._gateway = WechatPayGateway(http, account, now=now)

    async def of_day(self, day: date) -> Sequence[BillRow]:
        """All rows of the bill of a day in China; Unavailable while it is not there yet."""
        try:
            target = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL"
            where = await self._gateway.call("GET", target)
        except WechatPayFault as fault:
            if fault.code == NOTHING_HAPPENED:
                return ()
            if fault.code == NOT_THERE_YET:
                raise busy() from None
            raise
        address = urlsplit(where["download_url"])
        data = await self._gateway.download(f"{address.path}?{address.query}")
        if hashlib.sha1(data).hexdigest() != where["hash_value"].lower():  # noqa: S324 - theirs
            raise busy()
        return read_bill(data.decode("utf-8-sig"))


def read_bill(text: str) -> Sequence[BillRow]:
    """The rows of a bill, whose cells each begin with a backtick; after them come the sums."""
    lines = csv.reader(io.StringIO(text))
    names = next(lines)
    place = {name: names.index(name) for name in (ORDER, STATE, PAID, GIVEN_BACK, FEE)}
    found = []
    for cells in lines:
        if len(cells) < len(names):
            break
        told = {name: cells[n].lstrip("`").strip() for name, n in place.items()}
        back = told[STATE] == "REFUND"
        amount = _fen(told[GIVEN_BACK if back else PAID])
        found.append(
            BillRow(
                order_id=told[ORDER],
                amount=Fen(-amount if back else amount),
                fee=_fen(told[FEE]),
            )
        )
    return found


def _fen(text: str) -> Fen:
    try:
        return Fen(int((Decimal(text) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)))
    except InvalidOperation:
        raise ValueError(f"{text!r} on a bill is no amount") from None
