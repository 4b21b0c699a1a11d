"""Transfers to persons by WeChat Pay's API v3, who confirm each in the mini-program.

pay.weixin.qq.com/doc/v3/merchant/4014399293
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx2

from domain.earnings.transfers import (
    GuideTransfer,
    GuideTransferState,
    HeldUp,
    NotTransferred,
    TransferAnswer,
)
from storage.outside.wechat_pay_gateway import (
    NOT_THERE,
    WechatPayAccount,
    WechatPayFault,
    WechatPayGateway,
)

ROOT = "/v3/fund-app/mch-transfer/transfer-bills"
# Commission, for which the platform wants to be told what the work is and what it is paid for.
SCENE, WORK = "1005", "导购"
# Our balance, our account or its rights are at fault; the same request goes through once that is
# mended. The day's limits are over tomorrow.
HELD_UP = frozenset({"NOT_ENOUGH", "SIGN_ERROR", "NO_AUTH", "QUOTA_EXCEEDED"})
STATES = {
    "ACCEPTED": GuideTransferState.ASKED,
    "PROCESSING": GuideTransferState.ASKED,
    "WAIT_USER_CONFIRM": GuideTransferState.WAIT_USER_CONFIRM,
    "TRANSFERING": GuideTransferState.TRANSFERRING,
    "SUCCESS": GuideTransferState.PAID,
    "FAIL": GuideTransferState.FAILING,
    "CANCELING": GuideTransferState.CANCELLING,
    "CANCELLED": GuideTransferState.FAILING,
}


class WechatTransfers:
    """See `domain.earnings.transfers.TransferProvider`."""

    def __init__(
        self, http: httpx2.AsyncClient, account: WechatPayAccount, *, now: Callable[[], datetime]
    ) -> None:
        self._gateway = WechatPayGateway(http, account, now=now)
        self._account = account

    async def transfer(self, transfer: GuideTransfer) -> TransferAnswer:
        """Transfer it; asked again under its number, it is the same one."""
        memo = f"导购佣金 {transfer.period}"
        asked = {
            "appid": self._account.app_id,
            "out_bill_no": transfer.number,
            "transfer_scene_id": SCENE,
            "openid": transfer.openid,
            "transfer_amount": transfer.amount,
            "transfer_remark": memo,
            "transfer_scene_report_infos": [
                {"info_type": "岗位类型", "info_content": WORK},
                {"info_type": "报酬说明", "info_content": memo},
            ],
        }
        if transfer.legal_name:
            asked["user_name"] = self._account.platform.encrypt(transfer.legal_name)
        try:
            return _answer(await self._gateway.call("POST", ROOT, asked))
        except WechatPayFault as fault:
            kind = HeldUp if fault.code in HELD_UP else NotTransferred
            raise kind(fault.said) from None

    async def standing(self, number: str) -> TransferAnswer | None:
        """What became of the transfer of a number; None where there was none."""
        try:
            return _answer(await self._gateway.call("GET", f"{ROOT}/out-bill-no/{number}"))
        except WechatPayFault as fault:
            if fault.code in NOT_THERE:
                return None
            raise

    async def cancel(self, number: str) -> None:
        """Ask for one that nobody has confirmed to be called off; what comes of it is asked."""
        await self._gateway.call("POST", f"{ROOT}/out-bill-no/{number}/cancel", {})


def _answer(said: Mapping[str, Any]) -> TransferAnswer:
    state = str(said["state"])
    return TransferAnswer(
        state=STATES[state],
        confirm=str(said.get("package_info") or ""),
        said=str(said.get("fail_reason") or (state if state == "CANCELLED" else "")),
    )
