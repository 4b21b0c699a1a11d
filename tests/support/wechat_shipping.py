"""WeChat's management of shipping as its documents describe it, played by a server of our own."""

import json
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

EXPRESS, PICKUP = 1, 4
UNIFIED, SPLIT = 1, 2


class ShippingDesk:
    """Remembers what it was told of each payment, and refuses what the documents say it refuses."""

    def __init__(self) -> None:
        self.token = "token-1"
        self.payers: dict[str, str] = {}
        self.told: list[dict[str, Any]] = []
        self.finished: set[str] = set()
        self.again = 0
        self.asked = 0
        self.trouble: int | None = None
        self.loses_answers = False

    def app(self) -> Starlette:
        """The platform as a server."""
        return Starlette(
            routes=[
                Route("/cgi-bin/stable_token", self.stable_token, methods=["POST"]),
                Route("/wxa/sec/order/upload_shipping_info", self.upload, methods=["POST"]),
            ]
        )

    async def stable_token(self, request: Request) -> Response:
        return JSONResponse({"access_token": self.token, "expires_in": 7200})

    async def upload(self, request: Request) -> Response:
        self.asked += 1
        if request.query_params["access_token"] != self.token:
            return _error(40001)
        if self.trouble is not None:
            return _error(self.trouble)
        body = json.loads(await request.body())
        fault = self._fault(body)
        if fault == 0:
            self.told.append(body)
            if body.get("is_all_delivered", True):
                self.finished.add(body["order_key"]["transaction_id"])
        return Response(status_code=504) if self.loses_answers else _error(fault)

    def of(self, transaction: str) -> list[dict[str, Any]]:
        """What was taken of one payment."""
        return [one for one in self.told if one["order_key"]["transaction_id"] == transaction]

    def _fault(self, body: dict[str, Any]) -> int:
        key, parcels = body["order_key"], body["shipping_list"]
        if key["order_number_type"] != 2 or key["transaction_id"] not in self.payers:
            return 10060001
        if body["payer"]["openid"] != self.payers[key["transaction_id"]]:
            return 10060031
        if body["logistics_type"] not in {1, 2, 3, 4}:
            return 10060005
        if body["delivery_mode"] == SPLIT and body["logistics_type"] != EXPRESS:
            return 10060006
        if body["delivery_mode"] == SPLIT and "is_all_delivered" not in body:
            return 10060007
        if body["delivery_mode"] == UNIFIED and len(parcels) != 1:
            return 268485228
        faults = (_parcel_fault(one, body["logistics_type"]) for one in parcels)
        return next(filter(None, faults), 0) or self._repeat(body)

    def _repeat(self, body: dict[str, Any]) -> int:
        before = self.of(body["order_key"]["transaction_id"])
        if body in before:
            return 10060023
        moments = [datetime.fromisoformat(one["upload_time"]) for one in before]
        if moments and datetime.fromisoformat(body["upload_time"]) <= max(moments):
            return 10060023
        if body["order_key"]["transaction_id"] in self.finished:
            self.again += 1
            return 10060002 if self.again == 1 else 10060003
        return 0


def _parcel_fault(parcel: dict[str, Any], logistics: int) -> int:
    if not parcel.get("item_desc"):
        return 10060008
    if len(parcel["item_desc"]) > 120:
        return 10060009
    if logistics != EXPRESS:
        return 0
    if not parcel.get("tracking_no"):
        return 268485226
    if not parcel.get("express_company"):
        return 268485227
    phone = parcel.get("contact", {}).get("receiver_contact", "")
    return 47001 if parcel["express_company"] == "SF" and "****" not in phone else 0


def _error(code: int) -> Response:
    return JSONResponse({"errcode": code, "errmsg": "ok" if code == 0 else "说明"})
