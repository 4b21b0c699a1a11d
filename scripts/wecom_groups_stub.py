"""WeCom's customer groups, played: whose they are, who is in them, codes to them, handing over."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MOST_OWNERS, MOST_IN_A_WAY, LONGEST_STATE = 100, 5, 30
STAFF, CUSTOMER = 1, 2
NO_GROUP, NOT_AT_WORK, TOO_MANY = 49008, 40003, 40058


@dataclass(kw_only=True)
class PlayedGroup:
    """A group: its owner, and since when who is in it, each with the code they came by."""

    name: str
    owner: str
    members: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class GroupsStub:
    """All groups by id; `away` are people to whom nothing can be handed over."""

    now: Callable[[], float] = time.time
    groups: dict[str, PlayedGroup] = field(default_factory=dict)
    ways: dict[str, dict[str, Any]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    handed: list[tuple[str, str]] = field(default_factory=list)

    def calls(self, contact: str) -> Sequence[tuple[str, Callable[[Request], Any], list[str]]]:
        """The addresses that it answers."""
        chat = f"{contact}/groupchat"
        return [
            (f"{chat}/list", self._list, ["POST"]),
            (f"{chat}/get", self._get, ["POST"]),
            (f"{chat}/transfer", self._transfer, ["POST"]),
            (f"{chat}/onjob_transfer", self._transfer, ["POST"]),
            (f"{chat}/add_join_way", self._add_way, ["POST"]),
            (f"{chat}/get_join_way", self._get_way, ["POST"]),
            (f"{chat}/update_join_way", self._update_way, ["POST"]),
        ]

    def open(self, chat_id: str, owner: str, *customers: str, name: str = "福利群") -> None:
        """Somebody opens a group."""
        self.groups[chat_id] = PlayedGroup(name=name, owner=owner)
        self.join(chat_id, owner, kind=STAFF)
        for one in customers:
            self.join(chat_id, one)

    def join(self, chat_id: str, who: str, *, kind: int = CUSTOMER, state: str = "") -> None:
        """Somebody joins a group."""
        joined = {"userid": who, "type": kind, "join_time": int(self.now()), "join_scene": 3}
        self.groups[chat_id].members[who] = {**joined, **({"state": state} if state else {})}

    async def _list(self, request: Request) -> Response:
        body = await request.json()
        owners = body["owner_filter"]["userid_list"]
        if len(owners) > MOST_OWNERS:
            return _answer(TOO_MANY)
        found = sorted(one for one, group in self.groups.items() if group.owner in owners)
        begin = int(body.get("cursor") or 0)
        end = begin + body["limit"]
        rows = [{"chat_id": one, "status": 0} for one in found[begin:end]]
        return _answer(0, group_chat_list=rows, next_cursor=str(end) if end < len(found) else "")

    async def _get(self, request: Request) -> Response:
        chat_id = (await request.json())["chat_id"]
        group = self.groups.get(chat_id)
        if group is None:
            return _answer(NO_GROUP)
        told = {"chat_id": chat_id, "name": group.name, "owner": group.owner}
        return _answer(0, group_chat={**told, "member_list": list(group.members.values())})

    async def _transfer(self, request: Request) -> Response:
        body = await request.json()
        failed = []
        for chat_id in body["chat_id_list"]:
            if body["new_owner"] in self.away or chat_id not in self.groups:
                failed.append({"chat_id": chat_id, "errcode": NOT_AT_WORK, "errmsg": "away"})
            else:
                self.groups[chat_id].owner = body["new_owner"]
                self.handed.append((chat_id, body["new_owner"]))
        return _answer(0, failed_chat_list=failed)

    async def _add_way(self, request: Request) -> Response:
        body = await request.json()
        if len(body["chat_id_list"]) > MOST_IN_A_WAY or len(body["state"]) > LONGEST_STATE:
            return _answer(TOO_MANY)
        if set(body["chat_id_list"]) - set(self.groups):
            return _answer(NO_GROUP)
        config = secrets.token_hex(16)
        self.ways[config] = body
        return _answer(0, config_id=config)

    async def _get_way(self, request: Request) -> Response:
        config = (await request.json())["config_id"]
        shown = {**self.ways[config], "qr_code": f"https://wework.qpic.cn/{config}"}
        return _answer(0, join_way=shown)

    async def _update_way(self, request: Request) -> Response:
        body = await request.json()
        if set(body["chat_id_list"]) - set(self.groups):
            return _answer(NO_GROUP)
        self.ways[body["config_id"]]["chat_id_list"] = body["chat_id_list"]
        return _answer(0)


def _answer(code: int, **more: Any) -> Response:
    return JSONResponse({"errcode": code, "errmsg": "ok" if code == 0 else f"[{code}]", **more})
