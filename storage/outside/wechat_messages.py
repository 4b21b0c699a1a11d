"""WeChat's messages: subscribe messages of the mini-program, the official account's service.

developers.weixin.qq.com: miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message and
doc/offiaccount/Message_Management/Service_Center_messages.
"""

import html
from collections.abc import Mapping
from typing import Any

from domain.kernel.refusals import Unavailable
from domain.messaging.carriers import Carried, CarryAnswer
from domain.messaging.sends import SendId
from domain.messaging.templates import MessageContent
from storage.outside.wechat_token import StableToken

# The member has no yes left, or has said no since; the window is over, or as much was sent as may.
NO_PERMIT, WINDOW_OVER, WINDOW_USED = 43101, 45015, 45047
NO_FOLLOWER = frozenset({40003, 46004})
BUSY = frozenset({-1, 45009, 45011})
# How long a field of each kind may be.
LONGEST: Mapping[str, int] = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "name": 10,
    "phrase": 5,
}


class WechatSubscribeMessages:
    """See `domain.messaging.carriers.MessageCarrier`; each goes by one yes of the member's."""

    def __init__(self, wechat: StableToken) -> None:
        self._wechat = wechat

    async def carry(self, id: SendId, to: str, content: MessageContent) -> CarryAnswer:
        """Send a message; Unavailable where nobody knows what became of it."""
        assert content.form is not None, "a template for this channel has a form"
        wanted: dict[str, Any] = {
            "touser": to,
            "template_id": content.form.wechat_template,
            "data": {
                name: {"value": _cut(name, said)} for name, said in content.form.fields.items()
            },
        }
        if content.url:
            wanted["page"] = content.url
        return await _asked(self._wechat, "/cgi-bin/message/subscribe/send", wanted)

    async def look_up(self, id: SendId) -> CarryAnswer | None:
        """WeChat does not tell."""
        return None


class WechatServiceMessages:
    """See `domain.messaging.carriers.MessageCarrier`; they go while a follower's window is open."""

    def __init__(self, wechat: StableToken) -> None:
        self._wechat = wechat

    async def carry(self, id: SendId, to: str, content: MessageContent) -> CarryAnswer:
        """Send a message; Unavailable where nobody knows what became of it."""
        text = content.text
        if content.url and content.title:
            text += f'\n<a href="{html.escape(content.url)}">{html.escape(content.title)}</a>'
        wanted = {"touser": to, "msgtype": "text", "text": {"content": text}}
        return await _asked(self._wechat, "/cgi-bin/message/custom/send", wanted)

    async def look_up(self, id: SendId) -> CarryAnswer | None:
        """WeChat does not tell."""
        return None


class WechatOfficialAccount:
    """See `domain.messaging.hearing_followers.OfficialAccount`; `cgi-bin/user/info`."""

    def __init__(self, wechat: StableToken) -> None:
        self._wechat = wechat

    async def unionid(self, openid: str) -> str | None:
        """Who a follower is to all of the brand's apps; None for who follows no more."""
        answer = await self._wechat.ask("/cgi-bin/user/info", openid=openid, lang="zh_CN")
        code = answer.get("errcode", 0)
        if code and code not in NO_FOLLOWER:
            raise Unavailable(f"WeChat can't tell who a follower is just now (code {code}).")
        return answer.get("unionid") or None


async def _asked(wechat: StableToken, path: str, wanted: dict[str, Any]) -> CarryAnswer:
    """What WeChat says of a message; without a token it was not even asked."""
    try:
        await wechat.current()
    except Unavailable:
        return CarryAnswer(carried=Carried.BUSY)
    code = (await wechat.ask(path, wanted)).get("errcode", 0)
    if code == 0:
        return CarryAnswer(carried=Carried.SENT)
    if code in (NO_PERMIT, WINDOW_OVER, WINDOW_USED):
        return CarryAnswer(carried=Carried.USED_UP, code=code)
    return CarryAnswer(carried=Carried.BUSY if code in BUSY else Carried.REFUSED, code=code)


def _cut(name: str, said: str) -> str:
    """A field's text within what WeChat takes of its kind."""
    most = LONGEST.get(name.rstrip("0123456789"))
    return said if most is None or len(said) <= most else f"{said[: most - 1]}…"
