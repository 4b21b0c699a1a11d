"""Phone numbers that people share in the mini-program: WeChat's wxa/business/getuserphonenumber."""

from domain.kernel.refusals import Unauthenticated, Unavailable
from storage.outside.wechat_token import StableToken

BAD_CODE = 40029


class WechatPhoneNumbers:
    """Asks WeChat for the number behind a code; a code works once."""

    def __init__(self, wechat: StableToken) -> None:
        self._wechat = wechat

    async def number(self, code: str) -> str:
        """The phone number that the person agreed to share, with its country's code."""
        answer = await self._wechat.ask("/wxa/business/getuserphonenumber", {"code": code})
        if answer.get("errcode") == BAD_CODE:
            raise Unauthenticated(
                "WeChat does not accept this code; ask for the number again.", field=["phoneCode"]
            )
        if answer.get("errcode"):
            raise Unavailable(f"WeChat tells no number just now (code {answer['errcode']}).")
        info = answer["phone_info"]
        return f"+{info['countryCode']}{info['purePhoneNumber']}"
