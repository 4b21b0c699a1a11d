"""WeChat Pay's transfers to persons as its documents describe them, played by our own gateway."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.wechat_pay import Gateway, deciphered, refusal

ROOT = "/v3/fund-app/mch-transfer/transfer-bills"
SHOWN = ("out_bill_no", "transfer_bill_no", "state", "fail_reason")


class TransferGateway(Gateway):
    """Takes transfers of commission, locks the money in `settle`, and has each confirmed.

    Nobody of `strangers` can be transferred to, and no account has a name of `misnamed`; `balance`
    is what the merchant has. `asked` counts the requests for each number, `paid_to` what people
    have by now. A transfer that nobody has confirmed for a day lapses in `settle`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bills: dict[str, dict[str, Any]] = {}
        self.strangers: set[str] = set()
        self.misnamed: set[str] = set()
        self.balance = 1_000_000
        self.asked: Counter[str] = Counter()
        self.paid_to: Counter[str] = Counter()

    def app(self) -> Starlette:
        """The gateway as a server."""
        app = super().app()
        by_number = f"{ROOT}/out-bill-no/{{id}}"
        app.routes.extend(
            [
                Route(ROOT, self.transfer, methods=["POST"]),
                Route(by_number, self.query_transfer),
                Route(f"{by_number}/cancel", self.cancel, methods=["POST"]),
            ]
        )
        return app

    def settle(self) -> None:
        """Do what is being processed, and let lapse what was not confirmed in time."""
        for bill in self.bills.values():
            if bill["state"] in ("ACCEPTED", "PROCESSING"):
                bill["state"] = "WAIT_USER_CONFIRM"
            elif bill["state"] == "TRANSFERING":
                # The name is held to that of the account once it is to be paid into.
                if bill.get("user_name", "") in self.misnamed:
                    bill |= {"state": "FAIL", "fail_reason": "NAME_NOT_CORRECT"}
                    continue
                bill["state"] = "SUCCESS"
                self.paid_to[bill["openid"]] += bill["transfer_amount"]
            elif bill["state"] == "CANCELING":
                bill["state"] = "CANCELLED"
            elif bill["state"] == "WAIT_USER_CONFIRM" and self.now - bill["at"] > timedelta(days=1):
                bill |= {"state": "FAIL", "fail_reason": "OVERDUE_CLOSE"}

    def confirm(self, package: str) -> None:
        """Take the money, as somebody does whose mini-program opens the package."""
        [bill] = (one for one in self.bills.values() if _package(one) == package)
        assert bill["state"] == "WAIT_USER_CONFIRM"
        bill["state"] = "TRANSFERING"

    async def transfer(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        number, amount = asked["out_bill_no"], asked["transfer_amount"]
        told = {one["info_type"] for one in asked["transfer_scene_report_infos"]}
        well = re.fullmatch(r"[0-9A-Za-z]{1,32}", number) and len(asked["transfer_remark"]) <= 32
        if not well or asked["transfer_scene_id"] != "1005" or told != {"岗位类型", "报酬说明"}:
            return refusal(400, "PARAM_ERROR")
        if amount < 10 or (amount >= 200_000 and not asked.get("user_name")):
            return refusal(400, "PARAM_ERROR")
        if amount > 2_000_000:
            return refusal(403, "QUOTA_EXCEEDED")
        self.asked[number] += 1
        known = self.bills.get(number)
        if known is None:
            if asked["openid"] in self.strangers:
                return refusal(400, "INVALID_REQUEST")
            if amount > self.balance:
                return refusal(403, "NOT_ENOUGH")
            self.balance -= amount
            known = {**asked, "transfer_bill_no": f"1330{len(self.bills)}", "at": self.now}
            known["state"] = "ACCEPTED"
            if name := asked.get("user_name"):
                known["user_name"] = deciphered(name)
            self.bills[number] = known
        elif asked["openid"] in self.strangers or (known["transfer_amount"], known["openid"]) != (
            amount,
            asked["openid"],
        ):
            return refusal(400, "INVALID_REQUEST")
        if self.loses_answers:
            return Response(status_code=504)
        # The package is told to whoever asks for the transfer, and never by a query.
        waits = known["state"] == "WAIT_USER_CONFIRM"
        return self._answer(_shown(known) | ({"package_info": _package(known)} if waits else {}))

    async def query_transfer(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        found = self.bills.get(request.path_params["id"])
        return self._answer(_shown(found)) if found else refusal(404, "NOT_FOUND")

    async def cancel(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        bill = self.bills[request.path_params["id"]]
        if bill["state"] not in ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM", "CANCELING"):
            return refusal(400, "INVALID_REQUEST")
        bill["state"] = "CANCELING"
        return Response(status_code=504) if self.loses_answers else self._answer(_shown(bill))


def _shown(bill: dict[str, Any]) -> dict[str, Any]:
    return {key: bill[key] for key in SHOWN if key in bill}


def _package(bill: dict[str, Any]) -> str:
    return f"affffddafdfafddffda=={bill['transfer_bill_no']}"
