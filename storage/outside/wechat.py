"""Sign-in at WeChat and WeCom."""

import time
from typing import Any

import httpx2

from domain.kernel.refusals import Unauthenticated, Unavailable
from domain.people.sign_in import WechatUser
from storage.outside.wechat_token import WECHAT

WECOM = "https://qyapi.weixin.qq.com"
# code2Session: bad code, code used before, user at high risk. WeCom's jscode2session: bad code.
BAD_CODES = frozenset({40029, 40163, 40226})
# WeCom: invalid or expired access token.
STALE_TOKEN = frozenset({40014, 42001})
RENEW_EARLY_S = 300


async def _get(client: httpx2.AsyncClient, url: str, **query: str) -> dict[str, Any]:
    """Ask a platform; what it does not answer in JSON, or at all, is Unavailable."""
    try:
        response = await client.get(url, params=query)
        answer: dict[str, Any] = response.raise_for_status().json()
    except (httpx2.HTTPError, ValueError):
        raise Unavailable("WeChat does not answer just now; try again in a moment.") from None
    return answer


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    code = answer.get("errcode", 0)
    if code in BAD_CODES:
        raise Unauthenticated(
            "WeChat does not accept this code; call wx.login again.", field=["code"]
        )
    if code:
        raise Unavailable(f"WeChat can't sign you in just now (code {code}); try again.")
    return answer


class WechatCode2Session:
    """WeChat's `sns/jscode2session`; the session key is not kept and never leaves this call."""

    def __init__(
        self, client: httpx2.AsyncClient, app_id: str, secret: str, *, base_url: str = WECHAT
    ) -> None:
        self._client = client
        self._url = f"{base_url}/sns/jscode2session"
        self._credentials = {"appid": app_id, "secret": secret}

    async def user(self, code: str) -> WechatUser:
        """Who stands behind the code that the mini-program got."""
        query = {**self._credentials, "js_code": code, "grant_type": "authorization_code"}
        answer = _checked(await _get(self._client, self._url, **query))
        return WechatUser(openid=answer["openid"], unionid=answer.get("unionid"))


class WecomCode2Session:
    """WeCom's `miniprogram/jscode2session`, with its access token renewed five minutes early."""

    def __init__(
        self, client: httpx2.AsyncClient, corp_id: str, secret: str, *, base_url: str = WECOM
    ) -> None:
        self._client = client
        self._url = f"{base_url}/cgi-bin"
        self._credentials = {"corpid": corp_id, "corpsecret": secret}
        self._token = ""
        self._renew_at = 0.0

    async def user_id(self, code: str) -> str:
        """The WeCom user id behind the code."""
        answer = await self._session(code)
        if answer.get("errcode") in STALE_TOKEN:
            self._renew_at = 0.0
            answer = await self._session(code)
        return str(_checked(answer)["userid"])

    async def _session(self, code: str) -> dict[str, Any]:
        return await _get(
            self._client,
            f"{self._url}/miniprogram/jscode2session",
            access_token=await self._access_token(),
            js_code=code,
            grant_type="authorization_code",
        )

    async def _access_token(self) -> str:
        if time.monotonic() >= self._renew_at:
            answer = _checked(
                await _get(self._client, f"{self._url}/gettoken", **self._credentials)
            )
            self._token = answer["access_token"]
            self._renew_at = time.monotonic() + answer["expires_in"] - RENEW_EARLY_S
        return self._token
