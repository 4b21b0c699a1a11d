"""WeCom's tasks for guides; the addresses below are of developer.work.weixin.qq.com/document/path.

92135 for group messages, 93338 for what came of them, 95094 and 93333 for moments, 90236 for what
the app tells its own people.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.kernel.refusals import Unavailable
from domain.messaging.errands import AskedOfWecom, ErrandKind, HandResult, WecomTaskId
from domain.messaging.notices import REPEATS_DROPPED, ToldGuides
from domain.messaging.templates import MessageContent
from storage.outside.wechat_token import WecomToken

BUSY = frozenset({-1, 45009, 45033})
RESULTS = {
    0: HandResult.UNSENT,
    1: HandResult.SENT,
    2: HandResult.NO_FRIEND,
    3: HandResult.OTHER_FIRST,
}
SINGLE, GROUP = "single", "group"
MOST_RESULTS, MOST_LISTED = 1_000, 100
PUBLISHED = 1
# What is known by its moment, and not by the job that was to make it.
MADE = "moment:"
# How much our clock and WeCom's may differ, in seconds.
SKEW_S = 60


class WecomHands:
    """See `domain.messaging.errands.WecomErrands`."""

    def __init__(self, wecom: WecomToken) -> None:
        self._wecom = wecom

    async def ask(
        self, kind: ErrandKind, user_id: str, to: Sequence[str], content: MessageContent
    ) -> AskedOfWecom:
        """Have a guide asked to send something; without a token WeCom was not even asked."""
        try:
            await self._wecom.current()
        except Unavailable:
            return AskedOfWecom(task_id=None, busy=True)
        said = _said(content)
        if kind is ErrandKind.MOMENT:
            wanted = {**said, "visible_range": {"sender_list": {"user_list": [user_id]}}}
            answer = await self._wecom.ask("/cgi-bin/externalcontact/add_moment_task", wanted)
            return _asked(answer, answer.get("jobid"))
        whom = "chat_id_list" if kind is ErrandKind.GROUPS else "external_userid"
        wanted = {**said, "chat_type": _type(kind), whom: list(to), "sender": user_id}
        answer = await self._wecom.ask("/cgi-bin/externalcontact/add_msg_template", wanted)
        return _asked(answer, answer.get("msgid"))

    async def results(
        self, kind: ErrandKind, task_id: WecomTaskId, user_id: str
    ) -> Mapping[str, HandResult]:
        """What came of it by now, by friend or group; of a moment, by the guide."""
        if kind is ErrandKind.MOMENT:
            return await self._moment(task_id)
        key = "chat_id" if kind is ErrandKind.GROUPS else "external_userid"
        wanted = {"msgid": task_id, "userid": user_id, "limit": MOST_RESULTS}
        path = "/cgi-bin/externalcontact/get_groupmsg_send_result"
        rows = await self._all(path, wanted, "send_list")
        return {one[key]: RESULTS.get(one["status"], HandResult.UNSENT) for one in rows}

    async def asked_since(
        self, kind: ErrandKind, user_id: str, content: MessageContent, since: datetime
    ) -> Sequence[WecomTaskId]:
        """The tasks of a guide's with this text since a moment."""
        begin = int(since.timestamp())
        if kind is ErrandKind.MOMENT:
            return await self._moments_since(begin, user_id, content.text)
        wanted = {
            "chat_type": _type(kind),
            "start_time": begin - SKEW_S,
            "end_time": begin + 3_600,
            "limit": MOST_LISTED,
        }
        listed = await self._all(
            "/cgi-bin/externalcontact/get_groupmsg_list_v2", wanted, "group_msg_list"
        )
        found = []
        for one in listed:
            if one.get("text", {}).get("content") == content.text:
                path = "/cgi-bin/externalcontact/get_groupmsg_task"
                tasks = await self._all(path, {"msgid": one["msgid"]}, "task_list")
                if user_id in {each["userid"] for each in tasks}:
                    found.append(WecomTaskId(one["msgid"]))
        return found

    async def _moments_since(self, begin: int, user_id: str, text: str) -> list[WecomTaskId]:
        """The moments of this text that somebody was asked for; they are named by what was made."""
        wanted = {"start_time": begin - SKEW_S, "end_time": begin + 3_600, "limit": MOST_LISTED}
        path = "/cgi-bin/externalcontact/get_moment_list"
        found = []
        for one in await self._all(path, wanted, "moment_list"):
            if one.get("text", {}).get("content") == text:
                name = WecomTaskId(f"{MADE}{one['moment_id']}")
                if user_id in await self._asked_for(one["moment_id"]):
                    found.append(name)
        return found

    async def _asked_for(self, moment_id: str) -> Mapping[str, int]:
        """Whether each who was asked for a moment has published it."""
        path = "/cgi-bin/externalcontact/get_moment_task"
        wanted = {"moment_id": moment_id, "limit": MOST_RESULTS}
        tasks = await self._all(path, wanted, "task_list")
        return {one["userid"]: one["publish_status"] for one in tasks}

    async def _moment(self, job: WecomTaskId) -> Mapping[str, HandResult]:
        """Who has published a moment; a job takes a while to make one."""
        moment_id: str | None = job.removeprefix(MADE)
        if not job.startswith(MADE):
            path = "/cgi-bin/externalcontact/get_moment_task_result"
            made = _checked(await self._wecom.ask(path, jobid=job)).get("result") or {}
            moment_id = made.get("moment_id")
        if not moment_id:
            return {}
        asked = await self._asked_for(moment_id)
        return {
            user: HandResult.SENT if status == PUBLISHED else HandResult.UNSENT
            for user, status in asked.items()
        }

    async def _all(self, path: str, wanted: dict[str, Any], rows: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = _checked(await self._wecom.ask(path, {**wanted, "cursor": cursor}))
            found += answer.get(rows) or []
            cursor = answer.get("next_cursor") or ""
            if not cursor:
                return found


class WecomApp:
    """See `domain.messaging.notices.GuideTeller`; `agent_id` is the app's; document/path/90236."""

    def __init__(self, wecom: WecomToken, agent_id: str) -> None:
        self._wecom = wecom
        self._agent_id = agent_id

    async def tell(self, user_ids: Sequence[str], text: str) -> ToldGuides:
        """Tell at most 1,000 people; told again within half an hour, it is dropped."""
        wanted = {
            "touser": "|".join(user_ids),
            "msgtype": "text",
            "agentid": int(self._agent_id),
            "text": {"content": text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": int(REPEATS_DROPPED.total_seconds()),
        }
        answer = await self._wecom.ask("/cgi-bin/message/send", wanted)
        code = answer.get("errcode", 0)
        left_out = (answer.get("invaliduser") or "").split("|")
        return ToldGuides(left_out=left_out, code=code, busy=code in BUSY)


def _said(content: MessageContent) -> dict[str, Any]:
    said: dict[str, Any] = {"text": {"content": content.text}}
    if content.url:
        page = {"title": content.title, "url": content.url}
        said["attachments"] = [{"msgtype": "link", "link": page}]
    return said


def _type(kind: ErrandKind) -> str:
    return GROUP if kind is ErrandKind.GROUPS else SINGLE


def _asked(answer: dict[str, Any], task_id: str | None) -> AskedOfWecom:
    code = answer.get("errcode", 0)
    if code:
        return AskedOfWecom(task_id=None, code=code, busy=code in BUSY)
    left_out = tuple(answer.get("fail_list") or ())
    return AskedOfWecom(task_id=WecomTaskId(str(task_id)), left_out=left_out)


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("errcode"):
        raise Unavailable(f"WeCom can't tell just now (code {answer['errcode']}); look later.")
    return answer
