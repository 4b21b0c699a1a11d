"""Sharing payments by WeChat Pay's API v3: receivers, shares, their end, and their coming back.

pay.weixin.qq.com/docs/merchant/products/profit-sharing/apilist.html
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx2

from domain.earnings.payees import MerchantAccount
from domain.earnings.payment_sharing import NotShared, PaymentShare, ShareOutcome, SharingAnswer
from domain.kernel.refusals import Invalid
from storage.outside.wechat_pay_gateway import (
    NOT_THERE,
    WechatPayAccount,
    WechatPayFault,
    WechatPayGateway,
)

ROOT = "/v3/profitsharing"
# Our own account or its rights are at fault; the same request goes through once that is mended.
OURS = frozenset({"SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH"})
OUTCOMES = {
    "SUCCESS": ShareOutcome.DONE,
    "PENDING": ShareOutcome.WAITING,
    "PROCESSING": ShareOutcome.WAITING,
    "CLOSED": ShareOutcome.FAILED,
    "FAILED": ShareOutcome.FAILED,
}


class WechatSharing:
    """See `domain.earnings.payment_sharing.SharingProvider`, and `payees.Receivers`."""

    def __init__(
        self, http: httpx2.AsyncClient, account: WechatPayAccount, *, now: Callable[[], datetime]
    ) -> None:
        self._gateway = WechatPayGateway(http, account, now=now)
        self._account = account

    async def add(self, merchant: MerchantAccount) -> None:
        """Let a merchant have shares; Invalid with what the provider has against it.

        The name goes encrypted; whoever is there already may be added again.
        """
        asked = {
            **self._receiver(merchant.id),
            "name": self._account.platform.encrypt(merchant.name),
            "relation_type": "STORE",
        }
        try:
            await self._gateway.call("POST", f"{ROOT}/receivers/add", asked)
        except WechatPayFault as fault:
            if fault.code in OURS:
                raise
            raise Invalid(
                f"WeChat Pay does not take this merchant: {fault.said}.",
                field=["input", "merchant"],
            ) from None

    async def remove(self, merchant_id: str) -> None:
        """Let a merchant have no more shares."""
        await self._gateway.call("POST", f"{ROOT}/receivers/delete", self._receiver(merchant_id))

    async def share(
        self, number: str, transaction_id: str, shares: Sequence[PaymentShare]
    ) -> SharingAnswer:
        """Share a payment and end its sharing; NotShared where that is refused."""
        receivers = [
            {
                "type": "MERCHANT_ID",
                "account": one.merchant_id,
                "amount": one.amount,
                "description": f"订单{number}分账"[:80],
            }
            for one in shares
        ]
        asked = {
            "appid": self._account.app_id,
            "transaction_id": transaction_id,
            "out_order_no": number,
            "receivers": receivers,
            "unfreeze_unsplit": True,
        }
        return _answer(await self._asked("POST", f"{ROOT}/orders", asked))

    async def end(self, number: str, transaction_id: str) -> SharingAnswer:
        """End the sharing of a payment without any; NotShared where that is refused."""
        asked = {
            "transaction_id": transaction_id,
            "out_order_no": number,
            "description": "解冻全部剩余资金",
        }
        return _answer(await self._asked("POST", f"{ROOT}/orders/unfreeze", asked))

    async def standing(self, number: str, transaction_id: str) -> SharingAnswer | None:
        """What became of a request under a number; None where there was none."""
        target = f"{ROOT}/orders/{quote(number)}?transaction_id={quote(transaction_id)}"
        found = await self._found(target)
        return _answer(found) if found else None

    async def ask_back(
        self, number: str, back_number: str, share: PaymentShare
    ) -> tuple[ShareOutcome, str]:
        """Ask a merchant's share back, or a part of it; the same number again is the same."""
        asked = {
            "out_order_no": number,
            "out_return_no": back_number,
            "return_mchid": share.merchant_id,
            "amount": share.amount,
            "description": "订单退款",
        }
        try:
            return _back(await self._asked("POST", f"{ROOT}/return-orders", asked))
        except NotShared as fault:
            return ShareOutcome.FAILED, str(fault)

    async def back_standing(self, number: str, back_number: str) -> tuple[ShareOutcome, str] | None:
        """What became of asking back under a number; None where there was none."""
        target = f"{ROOT}/return-orders/{quote(back_number)}?out_order_no={quote(number)}"
        found = await self._found(target)
        return _back(found) if found else None

    def _receiver(self, merchant_id: str) -> dict[str, Any]:
        return {"appid": self._account.app_id, "type": "MERCHANT_ID", "account": merchant_id}

    async def _asked(self, method: str, target: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await self._gateway.call(method, target, asked)
        except WechatPayFault as fault:
            if fault.code in OURS:
                raise
            raise NotShared(fault.said) from None

    async def _found(self, target: str) -> dict[str, Any] | None:
        try:
            return await self._gateway.call("GET", target)
        except WechatPayFault as fault:
            if fault.code in NOT_THERE:
                return None
            raise


def _answer(said: Mapping[str, Any]) -> SharingAnswer:
    if said["state"] != "FINISHED":
        return SharingAnswer(results=None)
    return SharingAnswer(
        results={
            one["account"]: (OUTCOMES[one["result"]], str(one.get("fail_reason") or ""))
            for one in said.get("receivers") or ()
        }
    )


def _back(said: Mapping[str, Any]) -> tuple[ShareOutcome, str]:
    return OUTCOMES[said["result"]], str(said.get("fail_reason") or "")
