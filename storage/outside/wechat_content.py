"""WeChat's check of what consumers write."""

import logging
import time
from typing import Any

import httpx2

from domain.content.seeding.content_check import ContentVerdict
from storage.outside.wechat import RENEW_EARLY_S, WECHAT

logger = logging.getLogger(__name__)

# invalid or expired access token
STALE_TOKEN = frozenset({40001, 40014, 42001})
# `scene` of msg_sec_check: 1 profile, 2 comment, 3 forum, 4 social log.
SOCIAL_LOG = 4
VERDICTS = {
    "pass": ContentVerdict.PASS,
    "review": ContentVerdict.REVIEW,
    "risky": ContentVerdict.RISKY,
}


class WechatContentCheck:
    """WeChat's `wxa/msg_sec_check`, version 2, with a stable token renewed five minutes early.

    It judges only consumers who were active in the last two hours. Whatever it does not judge, for
    that or for any other reason, is left to people.
    """

    def __init__(
        self, client: httpx2.AsyncClient, app_id: str, secret: str, *, base_url: str = WECHAT
    ) -> None:
        self._client = client
        self._url = base_url
        self._credentials = {"appid": app_id, "secret": secret}
        self._token = ""
        self._renew_at = 0.0

    async def judge(self, text: str, *, openid: str) -> ContentVerdict:
        """What WeChat suggests; REVIEW where it does not answer."""
        try:
            answer = await self._asked(text, openid)
            if answer.get("errcode") in STALE_TOKEN:
                self._renew_at = 0.0
                answer = await self._asked(text, openid)
            if answer.get("errcode"):
                logger.warning("msg_sec_check answers %s", answer["errcode"])
                return ContentVerdict.REVIEW
            return VERDICTS.get(answer["result"]["suggest"], ContentVerdict.REVIEW)
        except (httpx2.HTTPError, ValueError, KeyError):
            logger.warning("msg_sec_check does not answer")
            return ContentVerdict.REVIEW

    async def _asked(self, text: str, openid: str) -> dict[str, Any]:
        return await self._post(
            f"/wxa/msg_sec_check?access_token={await self._access_token()}",
            {"version": 2, "openid": openid, "scene": SOCIAL_LOG, "content": text},
        )

    async def _access_token(self) -> str:
        if time.monotonic() >= self._renew_at:
            asked = {"grant_type": "client_credential", **self._credentials}
            answer = await self._post("/cgi-bin/stable_token", asked)
            self._token = answer["access_token"]
            self._renew_at = time.monotonic() + answer["expires_in"] - RENEW_EARLY_S
        return self._token

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._client.post(f"{self._url}{path}", json=body)
        answer: dict[str, Any] = response.raise_for_status().json()
        return answer
