"""Sign-in at WeChat and WeCom."""

from typing import Any

import httpx2

from domain.kernel.refusals import Unauthenticated, Unavailable
from domain.people.sign_in import WechatUser
from storage.outside.wechat_token import WECHAT, WecomToken

# code2Session: bad code, code used before, user at high risk. WeCom's jscode2session: bad code.
BAD_CODES = frozenset({40029, 40163, 40226})


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
    """WeCom's `miniprogram/jscode2session`."""

    def __init__(self, wecom: WecomToken) -> None:
        self._wecom = wecom

    async def user_id(self, code: str) -> str:
        """The WeCom user id behind the code that the mini-program got."""
        answer = await self._wecom.ask(
            "/cgi-bin/miniprogram/jscode2session", js_code=code, grant_type="authorization_code"
        )
        return str(_checked(answer)["userid"])


class WecomPageSignIn:
    """WeCom's `auth/getuserinfo`, for pages that WeCom opens, such as the sidebar."""

    def __init__(self, wecom: WecomToken) -> None:
        self._wecom = wecom

    async def user_id(self, code: str) -> str:
        """The WeCom user id behind the code that came with the page; none for who is no member."""
        answer = _checked(await self._wecom.ask("/cgi-bin/auth/getuserinfo", code=code))
        return str(answer.get("userid", ""))
