"""WeChat's management of shipping: `wxa/sec/order/upload_shipping_info`.

developers.weixin.qq.com/miniprogram/dev/platform-capabilities/business-capabilities/order-shipping
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from domain.kernel.refusals import Invalid, Unavailable
from domain.mall.fulfilment.shipping_reports import Parcel, Shipment
from domain.network.hours import CHINA
from storage.outside.wechat_token import StableToken

CARRIERS = Path(__file__).parent.parent / "data" / "wechat_carriers.csv"
CODE = re.compile(r"[A-Z][A-Z0-9]+")
BY_CARRIER, BY_BUYER = 1, 4
UNIFIED, SPLIT = 1, 2
BY_TRANSACTION = 2
MOST_CONTENT = 120
# The one carrier that wants to know the buyer's number, of which the middle is hidden.
WANTS_PHONE = "SF"
# It was told, in full, once more than may be, or with nothing new: WeChat knows it.
KNOWN = frozenset({0, 10060002, 10060003, 10060023})
# The report can't be taken as it is: its form, type, content or payer is wrong.
WRONG = frozenset(
    {40097, 47001, *range(10060005, 10060010), 10060031, 268485226, 268485227, 268485228}
)


class WechatShipping:
    """See `ShipmentReporter` in the domain; the access token is the mini-program's."""

    def __init__(self, wechat: StableToken) -> None:
        self._wechat = wechat

    async def report(self, shipment: Shipment) -> None:
        """Tell of a shipment; one that WeChat knows already is no error."""
        answer = await self._wechat.ask("/wxa/sec/order/upload_shipping_info", _told(shipment))
        code = answer.get("errcode")
        if code in KNOWN:
            return
        said = f"{code} {answer.get('errmsg', '')}".strip()
        raise Invalid(said) if code in WRONG else Unavailable(said)


@cache
def carrier_codes(file: Path = CARRIERS) -> Mapping[str, str]:
    """WeChat's codes of carriers by their names, folded; the table has a row for each code."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {
            _folded(name): row["code"]
            for row in csv.DictReader(lines)
            for name in row["names"].split()
        }


def carrier_code(carrier: str) -> str:
    """WeChat's code of a carrier that a store has named, which may be the code itself."""
    name = _folded(carrier)
    code = carrier_codes().get(name) or (name.upper() if CODE.fullmatch(name.upper()) else None)
    if code is None:
        raise Invalid(
            f"WeChat's code of the carrier {carrier} is not known here; look it up in WeChat's "
            "list of carriers and give it to shippingReportRetry."
        )
    return code


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _told(shipment: Shipment) -> dict[str, Any]:
    """The report as WeChat wants it."""
    told: dict[str, Any] = {
        "order_key": {
            "order_number_type": BY_TRANSACTION,
            "transaction_id": shipment.transaction_id,
        },
        "logistics_type": BY_BUYER if shipment.pickup else BY_CARRIER,
        "delivery_mode": SPLIT if shipment.split else UNIFIED,
        "shipping_list": [_parcel(shipment, one) for one in shipment.parcels],
        "upload_time": shipment.at.astimezone(CHINA).isoformat(timespec="milliseconds"),
        "payer": {"openid": shipment.payer},
    }
    return {**told, "is_all_delivered": shipment.last} if shipment.split else told


def _parcel(shipment: Shipment, parcel: Parcel) -> dict[str, Any]:
    content = {"item_desc": parcel.content[:MOST_CONTENT]}
    if shipment.pickup:
        return content
    code = shipment.carrier_code or carrier_code(parcel.carrier)
    sent = {**content, "tracking_no": parcel.number, "express_company": code}
    if code == WANTS_PHONE:
        return {**sent, "contact": {"receiver_contact": _masked(parcel.phone)}}
    return sent


def _masked(phone: str) -> str:
    """A number of which the last four digits are told, as WeChat wants it."""
    digits = "".join(one for one in phone if one.isdecimal())
    return f"{digits[:3] if len(digits) >= 11 else ''}****{digits[-4:]}"
