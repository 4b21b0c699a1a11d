"""What WeCom asks people to confirm, played: messages to friends and groups, moments, app messages.

People confirm what they are asked by `confirm`; whoever plays with it says for whom it does not go.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MOST_FRIENDS, MOST_GROUPS, MOST_BYTES = 10_000, 2_000, 4_000
UNSENT, SENT, NO_FRIEND, OTHER_FIRST = 0, 1, 2, 3


@dataclass(kw_only=True)
class Asked:
    """What somebody was asked to send, to whom, and what came of it for each."""

    id: str
    user: str
    kind: str
    text: str
    links: tuple[str, ...]
    results: dict[str, int]
    at: int


@dataclass
class HandsStub:
    """`gone` are customers who are nobody's friends any more, `lost` how many answers get lost."""

    now: Callable[[], float] = time.time
    asked: dict[str, Asked] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    other_first: set[str] = field(default_factory=set)
    lost: int = 0

    def calls(self, contact: str) -> Sequence[tuple[str, Callable[[Request], Any], list[str]]]:
        """The addresses that it answers."""
        return [
            (f"{contact}/add_msg_template", self._add, ["POST"]),
            (f"{contact}/get_groupmsg_send_result", self._results, ["POST"]),
            (f"{contact}/get_groupmsg_list_v2", self._list, ["POST"]),
            (f"{contact}/get_groupmsg_task", self._tasks, ["POST"]),
            (f"{contact}/add_moment_task", self._moment, ["POST"]),
            (f"{contact}/get_moment_task_result", self._moment_made, ["GET"]),
            (f"{contact}/get_moment_task", self._moment_tasks, ["POST"]),
            (f"{contact}/get_moment_list", self._moments, ["POST"]),
            ("/cgi-bin/message/send", self._tell, ["POST"]),
        ]

    def confirm(self, user: str) -> None:
        """Somebody sends all that they were asked to."""
        for one in self.asked.values():
            if one.user == user:
                for to, result in one.results.items():
                    if result == UNSENT:
                        one.results[to] = self._went(to)

    def _went(self, to: str) -> int:
        if to in self.gone:
            return NO_FRIEND
        return OTHER_FIRST if to in self.other_first else SENT

    async def _add(self, request: Request) -> Response:
        body = await request.json()
        kind = body.get("chat_type", "single")
        to = body.get("external_userid" if kind == "single" else "chat_id_list", [])
        most = MOST_FRIENDS if kind == "single" else MOST_GROUPS
        if len(to) > most or len(body["text"]["content"].encode()) > MOST_BYTES:
            return _answer(40058)
        if not to and "sender" not in body:  # a sender alone is one with all of their customers
            return _answer(41048)
        return self._kept(kind, body["sender"], to, body)

    async def _moment(self, request: Request) -> Response:
        body = await request.json()
        [user] = body["visible_range"]["sender_list"]["user_list"]
        return self._kept("moment", user, [user], body)

    def _kept(self, kind: str, user: str, to: Sequence[str], body: dict[str, Any]) -> Response:
        name = f"msg{len(self.asked) + 1}"
        self.asked[name] = Asked(
            id=name,
            user=user,
            kind=kind,
            text=body["text"]["content"],
            links=tuple(one["link"]["url"] for one in body.get("attachments", [])),
            results=dict.fromkeys(to, UNSENT),
            at=int(self.now()),
        )
        if self.lost:
            self.lost -= 1
            return Response(status_code=502)
        return _answer(0, msgid=name, jobid=name, fail_list=[])

    async def _results(self, request: Request) -> Response:
        body = await request.json()
        one = self.asked[body["msgid"]]
        key = "external_userid" if one.kind == "single" else "chat_id"
        rows = [{key: to, "userid": one.user, "status": how} for to, how in one.results.items()]
        begin = int(body.get("cursor") or 0)
        end = begin + body["limit"]
        cursor = str(end) if end < len(rows) else ""
        return _answer(0, send_list=rows[begin:end], next_cursor=cursor)

    async def _list(self, request: Request) -> Response:
        body = await request.json()
        since, until = body["start_time"], body["end_time"]
        found = [
            {"msgid": one.id, "create_time": one.at, "text": {"content": one.text}}
            for one in self.asked.values()
            if one.kind == body["chat_type"] and since <= one.at <= until
        ]
        return _answer(0, group_msg_list=found, next_cursor="")

    async def _tasks(self, request: Request) -> Response:
        one = self.asked[(await request.json())["msgid"]]
        return _answer(0, task_list=[{"userid": one.user, "status": 0}], next_cursor="")

    async def _moment_made(self, request: Request) -> Response:
        job = request.query_params["jobid"]
        return _answer(0, status=3, result={"errcode": 0, "moment_id": job})

    async def _moment_tasks(self, request: Request) -> Response:
        one = self.asked[(await request.json())["moment_id"]]
        tasks = [{"userid": one.user, "publish_status": one.results[one.user]}]
        return _answer(0, task_list=tasks, next_cursor="")

    async def _moments(self, request: Request) -> Response:
        body = await request.json()
        found = [
            {"moment_id": one.id, "create_time": one.at, "text": {"content": one.text}}
            for one in self.asked.values()
            if one.kind == "moment" and body["start_time"] <= one.at <= body["end_time"]
        ]
        return _answer(0, moment_list=found, next_cursor="")

    async def _tell(self, request: Request) -> Response:
        self.told.append(await request.json())
        return _answer(0, msgid=f"app{len(self.told)}", invaliduser="")


def _answer(code: int, **more: Any) -> Response:
    return JSONResponse({"errcode": code, "errmsg": "ok" if code == 0 else f"[{code}]", **more})
