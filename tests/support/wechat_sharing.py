"""WeChat Pay's sharing of payments as its documents describe it, played by our own gateway."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.wechat_pay import Gateway, deciphered, refusal

ROOT = "/v3/profitsharing"


class SharingGateway(Gateway):
    """Holds payments, shares at most 30 % of each, and lets merchants give shares back.

    Shares are PROCESSING until `settle`. `broken` merchants get none, `poor` ones give none back.
    `asked` counts what was asked under each number.
    """

    def __init__(self) -> None:
        super().__init__()
        self.receivers: dict[str, str] = {}
        self.held: dict[str, tuple[int, datetime]] = {}
        self.ended: set[str] = set()
        self.sharings: dict[str, dict[str, Any]] = {}
        self.backs: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()
        self.poor: set[str] = set()
        self.asked: Counter[str] = Counter()

    def app(self) -> Starlette:
        """The gateway as a server."""
        app = super().app()
        app.routes.extend(
            [
                Route(f"{ROOT}/receivers/add", self.add_receiver, methods=["POST"]),
                Route(f"{ROOT}/receivers/delete", self.remove_receiver, methods=["POST"]),
                Route(f"{ROOT}/orders", self.share, methods=["POST"]),
                Route(f"{ROOT}/orders/unfreeze", self.unfreeze, methods=["POST"]),
                Route(f"{ROOT}/orders/{{id}}", self.query_sharing),
                Route(f"{ROOT}/return-orders", self.ask_back, methods=["POST"]),
                Route(f"{ROOT}/return-orders/{{id}}", self.query_back),
            ]
        )
        return app

    def hold(self, transaction_id: str, total: int) -> None:
        """Take a payment that is to be shared."""
        self.held[transaction_id] = (total, self.now)

    def settle(self) -> None:
        """Do what is being processed."""
        for sharing in self.sharings.values():
            sharing["state"] = "FINISHED"
            for one in sharing["receivers"]:
                broken = one["account"] in self.broken
                one["result"] = "CLOSED" if broken else "SUCCESS"
                if broken:
                    one["fail_reason"] = "ACCOUNT_ABNORMAL"

    async def add_receiver(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        if asked["type"] != "MERCHANT_ID" or asked["relation_type"] != "STORE":
            return refusal(400, "PARAM_ERROR")
        name = deciphered(asked["name"])
        if asked["account"] in self.broken:
            return refusal(400, "INVALID_REQUEST")
        self.receivers[asked["account"]] = name
        return self._answer({key: asked[key] for key in ("type", "account", "relation_type")})

    async def remove_receiver(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        self.receivers.pop(asked["account"], None)
        return self._answer({key: asked[key] for key in ("type", "account")})

    async def share(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        number, receivers = asked["out_order_no"], asked["receivers"]
        self.asked[number] += 1
        known = self.sharings.get(number)
        if known is None:
            code = self._refusal(asked)
            if code:
                return refusal(400, code)
            rows = [{**one, "result": "PENDING"} for one in receivers]
            known = self._keep(number, asked["transaction_id"], rows)
        elif [one["amount"] for one in known["receivers"]] != [one["amount"] for one in receivers]:
            return refusal(400, "INVALID_REQUEST")
        return Response(status_code=504) if self.loses_answers else self._answer(known)

    def _refusal(self, asked: dict[str, Any]) -> str:
        """What is against a request for shares, if anything is."""
        transaction, receivers = asked["transaction_id"], asked["receivers"]
        if transaction not in self.held or transaction in self.ended:
            return "INVALID_REQUEST"
        total, paid_at = self.held[transaction]
        if not timedelta(minutes=1) <= self.now - paid_at <= timedelta(days=30):
            return "INVALID_REQUEST"
        if not 1 <= len(receivers) <= 50 or any(one["amount"] < 1 for one in receivers):
            return "PARAM_ERROR"
        if any(one["account"] not in self.receivers for one in receivers):
            return "INVALID_REQUEST"
        return "RULE_LIMIT" if sum(one["amount"] for one in receivers) > total * 30 // 100 else ""

    async def unfreeze(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        number, transaction = asked["out_order_no"], asked["transaction_id"]
        self.asked[number] += 1
        known = self.sharings.get(number)
        if known is None:
            if transaction not in self.held or transaction in self.ended:
                return refusal(400, "INVALID_REQUEST")
            known = self._keep(number, transaction, [])
        return Response(status_code=504) if self.loses_answers else self._answer(known)

    def _keep(self, number: str, transaction: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        self.ended.add(transaction)
        self.sharings[number] = {
            "transaction_id": transaction,
            "out_order_no": number,
            "order_id": f"3008{len(self.sharings)}",
            "state": "PROCESSING",
            "receivers": rows,
        }
        return self.sharings[number]

    async def query_sharing(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        found = self.sharings.get(request.path_params["id"])
        if found is None or request.query_params["transaction_id"] != found["transaction_id"]:
            return refusal(404, "RESOURCE_NOT_EXISTS")
        return self._answer(found)

    async def ask_back(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        number, merchant = asked["out_return_no"], asked["return_mchid"]
        self.asked[number] += 1
        if number not in self.backs:
            shared = self.sharings.get(asked["out_order_no"], {"receivers": []})["receivers"]
            had = sum(one["amount"] for one in shared if one["account"] == merchant)
            back = sum(
                one["amount"]
                for one in self.backs.values()
                if one["result"] != "FAILED" and one["return_mchid"] == merchant
            )
            if back + asked["amount"] > had:
                return refusal(400, "INVALID_REQUEST")
            poor = merchant in self.poor
            self.backs[number] = {**asked, "result": "FAILED" if poor else "SUCCESS"}
            if poor:
                self.backs[number]["fail_reason"] = "PAYER_ACCOUNT_ABNORMAL"
        lost = Response(status_code=504)
        return lost if self.loses_answers else self._answer(self.backs[number])

    async def query_back(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        found = self.backs.get(request.path_params["id"])
        return self._answer(found) if found else refusal(404, "RESOURCE_NOT_EXISTS")
