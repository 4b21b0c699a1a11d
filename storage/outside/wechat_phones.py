"""Phone numbers that people share in the mini-program: WeChat's wxa/business/getuserphonenumber."""

from typing import Any

import httpx2

from domain.kernel.refusals import Unauthenticated, Unavailable
from storage.outside.mini_program_codes import BAD_TOKEN, WECHAT, StableToken

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
        token = await self._token.current()
        answer = await self._ask(token, code)
        if answer.get("errcode") in BAD_TOKEN:
            answer = await self._ask(await self._token.instead_of(token), code)
        if answer.get("errcode") == BAD_CODE:
            raise Unauthenticated(
                "WeChat does not accept this code; ask for the number again.", field=["phoneCode"]
            )
        if answer.get("errcode"):
            raise Unavailable(f"WeChat tells no number just now (code {answer['errcode']}).")
        return str(answer["phone_info"]["purePhoneNumber"])

    async def _ask(self, token: str, code: str) -> dict[str, Any]:
        try:
            response = await self._client.post(
                f"{self._url}?access_token={token}", json={"code": code}
            )
            answer: dict[str, Any] = response.raise_for_status().json()
        except (httpx2.HTTPError, ValueError):
            raise Unavailable("WeChat does not answer just now; try again.") from None
        return answer
