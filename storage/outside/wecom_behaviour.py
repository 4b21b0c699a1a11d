"""What WeCom counts of its people's contact; developer.work.weixin.qq.com/document/path/92132.

Of several people it tells the sum alone, so that each is asked for by themselves.
"""

from datetime import date

from domain.guiding.contact_behaviour import BehaviourDay
from domain.kernel.days import day_begins
from domain.kernel.refusals import Unavailable
from storage.outside.wechat_token import WecomToken
from storage.outside.wecom import NOT_SERVING

# Not one of the company's, or nobody whom the app may see.
NOBODY = NOT_SERVING | {40003, 84061}


class WecomBehaviour:
    """See `domain.guiding.contact_behaviour.BehaviourSource`."""

    def __init__(self, wecom: WecomToken) -> None:
        self._wecom = wecom

    async def of(self, user_id: str, day: date) -> BehaviourDay | None:
        """Of one person on a day; None for who serves nobody there."""
        begins = int(day_begins(day).timestamp())
        wanted = {"userid": [user_id], "start_time": begins, "end_time": begins}
        answer = await self._wecom.ask("/cgi-bin/externalcontact/get_user_behavior_data", wanted)
        if answer.get("errcode") in NOBODY:
            return None
        if answer.get("errcode"):
            raise Unavailable(
                f"WeCom tells no figures just now (code {answer['errcode']}); try again later."
            )
        for one in answer.get("behavior_data", ()):
            if one["stat_time"] == begins:
                return BehaviourDay(
                    chats=one.get("chat_cnt", 0),
                    written=one.get("message_cnt", 0),
                    replied_percent=one.get("reply_percentage"),
                    requests=one.get("new_apply_cnt", 0),
                    taken=one.get("new_contact_cnt", 0),
                )
        return None
