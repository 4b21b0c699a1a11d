"""Phone numbers that people share in the mini-program: WeChat's wxa/business/getuserphonenumber."""

from functools import partial
from typing import Any

import httpx2

from domain.kernel.refusals import Unauthenticated, Unavailable
from storage.outside.wechat_token import WECHAT, StableToken, json_of, post

BAD_CODE = 40029


class WechatPhoneNumbers:
    """Asks WeChat for the number behind a code; a code works once."""

    def __init__(
        self, client: httpx2.AsyncClient, token: StableToken, *, base_url: str = WECHAT
    ) -> None:
        self._client = client
        self._token = token
        self._url = f"{base_url}/wxa/business/getuserphonenumber"

    async def number(self, code: str) -> str:
        """The phone number that the person agreed to share, without a country code."""
        answer = await self._token.used(partial(self._ask, code))
        if answer.get("errcode") == BAD_CODE:
            raise Unauthenticated(
                "WeChat does not accept this code; ask for the number again.", field=["phoneCode"]
            )
        if answer.get("errcode"):
            raise Unavailable(f"WeChat tells no number just now (code {answer['errcode']}).")
        return str(answer["phone_info"]["purePhoneNumber"])

    async def _ask(self, code: str, token: str) -> dict[str, Any]:
        url = f"{self._url}?access_token={token}"
        return json_of(await post(self._client, url, {"code": code}))
