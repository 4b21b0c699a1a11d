"""WeChat's check of what consumers write: wxa/msg_sec_check, version 2, in its server API."""

import logging

from domain.content.seeding.content_check import ContentVerdict
from domain.kernel.refusals import Unavailable
from storage.outside.wechat_token import StableToken

logger = logging.getLogger(__name__)

# `scene` of msg_sec_check: 1 profile, 2 comment, 3 forum, 4 social log.
SOCIAL_LOG = 4
VERDICTS = {
    "pass": ContentVerdict.PASS,
    "review": ContentVerdict.REVIEW,
    "risky": ContentVerdict.RISKY,
}


class WechatContentCheck:
    """Asks WeChat what it suggests.

    It judges only consumers who were active in the last two hours. Whatever it does not judge, for
    that or for any other reason, is left to people.
    """

    def __init__(self, wechat: StableToken) -> None:
        self._wechat = wechat

    async def judge(self, text: str, *, openid: str) -> ContentVerdict:
        """What WeChat suggests; REVIEW where it does not answer."""
        asked = {"version": 2, "openid": openid, "scene": SOCIAL_LOG, "content": text}
        try:
            answer = await self._wechat.ask("/wxa/msg_sec_check", asked)
        except Unavailable:
            logger.warning("msg_sec_check does not answer")
            return ContentVerdict.REVIEW
        if answer.get("errcode"):
            logger.warning("msg_sec_check answers %s", answer["errcode"])
            return ContentVerdict.REVIEW
        result = answer.get("result")
        suggested = result.get("suggest") if isinstance(result, dict) else None
        return VERDICTS.get(str(suggested), ContentVerdict.REVIEW)
