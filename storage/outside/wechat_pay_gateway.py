"""Signed requests to WeChat Pay's API v3, and what it has against them."""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from domain.kernel.refusals import Unavailable
from storage.outside.wechat_pay_signing import MerchantKey, NotFromWechat, PlatformKeys

logger = logging.getLogger(__name__)

# Too many at once, or the system is busy: it passes.
PASSING = frozenset(
    {"FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED", "SYSTEM_ERROR"}
)
NOT_THERE = frozenset({"NOT_FOUND", "ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})


class WechatPayFault(Exception):
    """The gateway does not take a request as we make it: a setting or this client is wrong."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"WeChat Pay answered {status} {code}: {message}")
        self.code = code
        self.said = f"{code} {message}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatPayAccount:
    """Who we are at WeChat Pay, where it listens, and the keys; `api_key` has 32 bytes.

    With `shares`, payments are held until they are shared or their sharing is ended.
    """

    gateway: str
    app_id: str
    merchant: MerchantKey
    platform: PlatformKeys
    api_key: bytes
    notify_url: str
    shares: bool = False


class WechatPayGateway:
    """Sends what a merchant asks, signed, and believes what the platform has signed."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        account: WechatPayAccount,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._account = account
        self._now = now

    async def call(
        self, method: str, target: str, asked: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send a signed request and check the answer's signature.

        The bytes that are signed are the bytes that are sent.
        """
        body = b"" if asked is None else json.dumps(asked, ensure_ascii=False).encode()
        response = await self._sent(method, target, body)
        try:
            self._account.platform.check(response.headers, response.content, now=self._now())
        except NotFromWechat as fault:
            logger.warning("an answer of WeChat Pay was not believed: %s", fault)
            raise busy() from None
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer

    async def download(self, target: str) -> bytes:
        """A file that an answer told of; it is not signed, its digest was in that answer."""
        content: bytes = (await self._sent("GET", target, b"")).content
        return content

    async def _sent(self, method: str, target: str, body: bytes) -> httpx2.Response:
        headers = {
            "Authorization": self._account.merchant.authorization(
                method,
                target,
                body,
                timestamp=int(self._now().timestamp()),
                nonce=secrets.token_hex(16),
            ),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "qianmian",
            "Wechatpay-Serial": self._account.platform.asked_for,
        }
        try:
            response = await self._http.request(
                method, self._account.gateway + target, content=body, headers=headers
            )
        except httpx2.HTTPError:
            raise busy() from None
        if not response.is_success:
            raise _fault(response)
        return response


def busy() -> Unavailable:
    """What is said where nobody knows what became of a request."""
    return Unavailable("WeChat Pay does not answer just now; try again in a moment.")


def _fault(response: httpx2.Response) -> Exception:
    try:
        said = response.json()
        code, message = str(said.get("code", "")), str(said.get("message", ""))
    except (ValueError, AttributeError):
        code, message = "", response.text[:200]
    if response.status_code >= 500 or response.status_code == 429 or code in PASSING:
        return busy()
    return WechatPayFault(response.status_code, code, message)
