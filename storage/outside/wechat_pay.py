"""WeChat Pay for mini-programs, by its API v3."""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2

from domain.kernel.money import Fen
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.mall.fulfilment.payments import (
    Bill,
    Paid,
    RefundAnswer,
    RefundId,
    RefundNews,
    RefundState,
    Standing,
    ToPay,
    WechatCall,
)
from domain.mall.fulfilment.stray_payments import StrayKind, StrayPayment
from domain.network.hours import CHINA
from storage.outside.wechat_pay_gateway import (
    NOT_THERE,
    WechatPayAccount,
    WechatPayFault,
    WechatPayGateway,
)
from storage.outside.wechat_pay_signing import NotFromWechat, decrypt

logger = logging.getLogger(__name__)

TRANSACTIONS = "/v3/pay/transactions"
REFUNDS = "/v3/refund/domestic/refunds"
MOST_REASON_BYTES = 80

PAID_STATES = frozenset({"SUCCESS", "REFUND"})
CLOSED_STATES = frozenset({"CLOSED", "REVOKED"})
ALREADY_SETTLED = frozenset({"ORDERPAID", "ORDER_PAID", "ORDERCLOSED", "ORDER_CLOSED"})
# The balance is too low, or the account is not set up: a refund goes on, under its number, once
# people have put that right.
HELD_UP = frozenset({"NOT_ENOUGH", "SIGN_ERROR", "NO_AUTH"})
# WeChat Pay wants a minute between partial refunds: pay.weixin.qq.com 4013071200. Some seconds more
# are for what a request may be late by.
REFUNDS_APART = timedelta(seconds=65)
REFUND_STATES = {
    "SUCCESS": RefundState.DONE,
    "PROCESSING": RefundState.PROCESSING,
    "ABNORMAL": RefundState.FAILED,
    "CLOSED": RefundState.FAILED,
}


class WechatPay:
    """The payment provider of a mini-program; see `PaymentProvider` in the domain."""

    refunds_apart = REFUNDS_APART

    def __init__(
        self,
        http: httpx2.AsyncClient,
        account: WechatPayAccount,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._gateway = WechatPayGateway(http, account, now=now)
        self._account = account
        self._now = now

    async def create(self, bill: Bill) -> ToPay:
        """Ask for a payment; the same id with the same amount is the same payment."""
        if bill.payer is None:
            raise Invalid("WeChat Pay needs a member; sign in with memberSignIn first.")
        account = self._account
        asked: dict[str, Any] = {
            "appid": account.app_id,
            "mchid": account.merchant.merchant_id,
            "description": bill.description,
            "out_trade_no": bill.payment_id,
            "time_expire": bill.expires_at.astimezone(CHINA).isoformat(timespec="seconds"),
            "notify_url": account.notify_url,
            "amount": {"total": bill.amount, "currency": "CNY"},
            "payer": {"openid": bill.payer},
        }
        if account.shares:
            asked["settle_info"] = {"profit_sharing": True}
        try:
            answer = await self._gateway.call("POST", f"{TRANSACTIONS}/jsapi", asked)
        except WechatPayFault as fault:
            if fault.code in ALREADY_SETTLED:
                raise WrongState("This payment is made or closed already.") from None
            raise
        return ToPay(wechat=self._pay_call(answer["prepay_id"]))

    async def query(self, payment_id: str) -> Paid | StrayPayment | Standing:
        """Ask how a payment stands."""
        target = f"{TRANSACTIONS}/out-trade-no/{payment_id}"
        target += f"?mchid={self._account.merchant.merchant_id}"
        try:
            answer = await self._gateway.call("GET", target)
        except WechatPayFault as fault:
            if fault.code in NOT_THERE:
                return Standing.UNKNOWN
            raise
        return self._standing(answer)

    async def close(self, payment_id: str) -> None:
        """Take no payment for this any more; one that has arrived already is no error."""
        target = f"{TRANSACTIONS}/out-trade-no/{payment_id}/close"
        try:
            await self._gateway.call("POST", target, {"mchid": self._account.merchant.merchant_id})
        except WechatPayFault as fault:
            if fault.code not in ALREADY_SETTLED | NOT_THERE:
                raise

    async def refund(
        self, payment_id: str, refund_id: RefundId, amount: Fen, *, of: Fen, reason: str
    ) -> RefundAnswer:
        """Give back an amount; the same id again gives back nothing more."""
        asked = {
            "out_trade_no": payment_id,
            "out_refund_no": refund_id,
            "notify_url": self._account.notify_url,
            "amount": {"refund": amount, "total": of, "currency": "CNY"},
        }
        said = reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
        try:
            answer = await self._gateway.call(
                "POST", REFUNDS, {**asked, **({"reason": said} if said else {})}
            )
        except WechatPayFault as fault:
            logger.warning("refund %s was turned down: %s", refund_id, fault)
            held_up = fault.code in HELD_UP
            state = RefundState.REQUESTED if held_up else RefundState.FAILED
            return RefundAnswer(state=state, said=fault.said)
        return _answer(answer["status"])

    async def query_refund(self, refund_id: RefundId) -> RefundAnswer:
        """Ask how a refund stands; NotFound if it was never taken."""
        try:
            answer = await self._gateway.call("GET", f"{REFUNDS}/{refund_id}")
        except WechatPayFault as fault:
            if fault.code in NOT_THERE:
                raise NotFound(f"WeChat Pay has no refund {refund_id}.") from None
            raise
        return _answer(answer["status"])

    def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Paid | StrayPayment | RefundNews | None:
        """What a notification says, once it is sure who says it; None for news of no interest."""
        try:
            self._account.platform.check(headers, body, now=now)
            notice = json.loads(body)
            news = json.loads(decrypt(notice["resource"], self._account.api_key))
            return self._news(str(notice["event_type"]), news)
        except (NotFromWechat, ValueError, KeyError, TypeError) as fault:
            raise Forbidden(f"This is no notification of WeChat Pay for us: {fault}.") from None

    def _news(self, kind: str, news: Mapping[str, Any]) -> Paid | StrayPayment | RefundNews | None:
        if news["mchid"] != self._account.merchant.merchant_id:
            # Somebody else's money: there is nothing to look after, and nothing to be told again.
            logger.error(
                "a notice about %s of order %s is meant for merchant %s, not for us",
                news.get("transaction_id"),
                news.get("out_trade_no"),
                news["mchid"],
            )
            return None
        if kind.startswith("TRANSACTION."):
            standing = self._standing(news)
            return None if isinstance(standing, Standing) else standing
        if kind.startswith("REFUND."):
            return RefundNews(
                payment_id=_text(news["out_trade_no"]),
                refund_id=RefundId(_text(news["out_refund_no"])),
                amount=_fen(news["amount"]["refund"]),
                answer=_answer(news["refund_status"]),
            )
        return None

    def _standing(self, transaction: Mapping[str, Any]) -> Paid | StrayPayment | Standing:
        state = transaction["trade_state"]
        if state not in PAID_STATES:
            return Standing.CLOSED if state in CLOSED_STATES else Standing.OPEN
        total = _fen(transaction["amount"]["total"])
        currency = str(transaction["amount"].get("currency", "CNY"))
        if transaction["appid"] != self._account.app_id or currency != "CNY":
            other_app = transaction["appid"] != self._account.app_id
            return StrayPayment(
                id=_text(transaction["transaction_id"]),
                order_id=_text(transaction["out_trade_no"]),
                kind=StrayKind.OTHER_APP if other_app else StrayKind.OTHER_CURRENCY,
                amount=total,
                currency=currency,
                heard_at=self._now(),
            )
        return Paid(
            payment_id=_text(transaction["out_trade_no"]),
            amount=total,
            transaction_id=_text(transaction["transaction_id"]),
            paid_at=datetime.fromisoformat(transaction["success_time"]),
            payer=(transaction.get("payer") or {}).get("openid"),
        )

    def _pay_call(self, prepay_id: str) -> WechatCall:
        timestamp, nonce = int(self._now().timestamp()), secrets.token_hex(16)
        app_id = self._account.app_id
        return WechatCall(
            app_id=app_id,
            time_stamp=str(timestamp),
            nonce_str=nonce,
            package=f"prepay_id={prepay_id}",
            sign_type="RSA",
            pay_sign=self._account.merchant.pay_sign(
                app_id, prepay_id, timestamp=timestamp, nonce=nonce
            ),
        )


def _text(value: object) -> str:
    """An id of the platform's; ValueError if it is none."""
    if not isinstance(value, str) or not value:
        raise ValueError("an id is missing")
    return value


def _fen(value: object) -> Fen:
    """An amount of the platform's; ValueError if it is none."""
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError("an amount is missing, or beyond what there can be")
    return Fen(value)


def _answer(status: str) -> RefundAnswer:
    state = REFUND_STATES[status]
    return RefundAnswer(state=state, said=status if state is RefundState.FAILED else "")
