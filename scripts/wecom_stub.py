"""WeCom's customer contact as its documents describe it, played by a server of our own.

It knows who is whose friend, gives out welcome codes that work once and lapse, hands customers
over with delays and refusals, and refuses what is over a limit. What happens in it can be had as
the signed and encrypted calls that the platform makes; whoever plays with it sends, loses or
shuffles them.
"""

import base64
import hashlib
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.wecom_groups_stub import GroupsStub
from scripts.wecom_hands_stub import HandsStub

COMPANY, SECRET = "ww-demo", "demo-secret"
# Those of the documents' own examples.
CALLBACK_TOKEN = "QDG6eK"
CALLBACK_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
AT_ONCE, A_MINUTE = 100, 10_000
WELCOME_S, DAY_S = 20, 86_400
DONE, WAITING, REFUSED, FULL = 1, 2, 3, 4


@dataclass(kw_only=True)
class Moving:
    """A customer on the way from one person to another."""

    from_user: str
    to_user: str
    external: str
    due: float
    status: int = WAITING
    at: int = 0


@dataclass
class WecomStub:
    """The platform. `now` is its clock; people `refusing` and `full` decide about hand-overs."""

    now: Callable[[], float] = time.time
    token: str = "token-1"
    users: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    friends: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    ways: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, float] = field(default_factory=dict)
    welcomes: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    moving: dict[tuple[str, str], Moving] = field(default_factory=dict)
    refusing: set[str] = field(default_factory=set)
    full: set[str] = field(default_factory=set)
    has_links: bool = True
    hands: HandsStub = field(default_factory=HandsStub)
    groups: GroupsStub = field(default_factory=GroupsStub)
    counted: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    trouble: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    asked: Counter[str] = field(default_factory=Counter)
    minutes: Counter[tuple[str, int]] = field(default_factory=Counter)

    def app(self) -> Starlette:
        """The platform as a server."""
        contact = "/cgi-bin/externalcontact"
        moves = [
            (f"{base}/{name}", answer, ["POST"])
            for base in (contact, f"{contact}/resigned")
            for name, answer in (
                ("transfer_customer", self._transfer),
                ("transfer_result", self._transferred),
            )
        ]
        calls = [
            (f"{contact}/add_contact_way", self._add_way, ["POST"]),
            (f"{contact}/customer_acquisition/create_link", self._add_link, ["POST"]),
            (f"{contact}/update_contact_way", self._change_way, ["POST"]),
            (f"{contact}/send_welcome_msg", self._welcome, ["POST"]),
            (f"{contact}/batch/get_by_user", self._list, ["POST"]),
            (f"{contact}/get", self._get, ["GET"]),
            (f"{contact}/get_user_behavior_data", self._behaviour, ["POST"]),
            *self.hands.calls(contact),
            *self.groups.calls(contact),
            ("/cgi-bin/get_jsapi_ticket", self._ticket, ["GET"]),
            ("/cgi-bin/ticket/get", self._ticket, ["GET"]),
            ("/cgi-bin/media/upload", self._media, ["POST"]),
            ("/cgi-bin/auth/getuserinfo", self._who, ["GET"]),
            ("/cgi-bin/miniprogram/jscode2session", self._who, ["GET"]),
            *moves,
        ]
        return Starlette(
            routes=[
                Route("/cgi-bin/gettoken", self._gettoken, methods=["GET"]),
                *(Route(path, self._limited(answer), methods=how) for path, answer, how in calls),
            ]
        )

    def add(self, user: str, external: str, state: str = "") -> dict[str, str]:
        """A customer becomes somebody's friend; what the platform tells of it."""
        at, code = int(self.now()), secrets.token_hex(8)
        self.contacts.setdefault(external, {"name": external, "unionid": ""})
        self._befriend(user, external, at, state)
        self.codes[code] = at + WELCOME_S
        said = {"State": state} if state else {}
        return self._event("add_external_contact", user, external, WelcomeCode=code, **said)

    def part(self, user: str, external: str, *, by_customer: bool = True) -> dict[str, str]:
        """They are friends no more; what the platform tells of it."""
        self._part(user, external)
        if by_customer:
            return self._event("del_follow_user", user, external)
        return self._event("del_external_contact", user, external)

    def told_of_group(self, chat_id: str, change: str = "update") -> dict[str, str]:
        """What the platform tells of a group: that it has changed, and not to what."""
        return {
            "ToUserName": COMPANY,
            "FromUserName": "sys",
            "CreateTime": str(int(self.now())),
            "MsgType": "event",
            "Event": "change_external_chat",
            "ChatId": chat_id,
            "ChangeType": change,
        }

    def call(self, event: dict[str, str]) -> tuple[dict[str, str], bytes]:
        """An event as the platform sends it: the query of the address, and the body."""
        inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in event.items())
        closed = encrypted(f"<xml>{inner}</xml>")
        body = f"<xml><ToUserName><![CDATA[{COMPANY}]]></ToUserName>"
        body += f"<Encrypt><![CDATA[{closed}]]></Encrypt></xml>"
        return signed(closed), body.encode()

    def settle(self) -> None:
        """Let hand-overs come to their end that have waited for a day."""
        for one in self.moving.values():
            if one.status != WAITING or one.due > self.now():
                continue
            if one.external in self.refusing:
                one.status = REFUSED
            elif one.to_user in self.full:
                one.status = FULL
            else:
                one.status, one.at = DONE, int(self.now())
                self._part(one.from_user, one.external)
                self._befriend(one.to_user, one.external, one.at)

    def _befriend(self, user: str, external: str, at: int, state: str = "") -> None:
        self.friends[user, external] = {"createtime": at, "state": state}
        self.lists[user].add(external)

    def _part(self, user: str, external: str) -> None:
        self.friends.pop((user, external), None)
        self.lists[user].discard(external)

    def _event(self, change: str, user: str, external: str, **more: str) -> dict[str, str]:
        return {
            "ToUserName": COMPANY,
            "FromUserName": "sys",
            "CreateTime": str(int(self.now())),
            "MsgType": "event",
            "Event": "change_external_contact",
            "ChangeType": change,
            "UserID": user,
            "ExternalUserID": external,
            **more,
        }

    def _limited(self, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def limited(request: Request) -> Response:
            path = request.url.path
            self.asked[path] += 1
            minute = int(self.now() // 60)
            self.minutes[path, minute] += 1
            if request.query_params.get("access_token") != self.token:
                return error(42001)
            if self.minutes[path, minute] > A_MINUTE:
                return error(45009)
            if self.trouble[path]:
                return error(self.trouble[path].pop(0))
            found: Response = await answer(request)
            return found

        return limited

    async def _behaviour(self, request: Request) -> Response:
        """What was counted of people by the day, all of them together."""
        body = await request.json()
        if set(body["userid"]) - self.users:
            return error(60111)
        days: dict[int, dict[str, float]] = defaultdict(dict)
        for (user, day), figures in self.counted.items():
            if user in body["userid"] and body["start_time"] <= day <= body["end_time"]:
                for name, count in figures.items():
                    days[day][name] = days[day].get(name, 0) + count
        rows = [{"stat_time": day, **figures} for day, figures in sorted(days.items())]
        return fine(behavior_data=rows)

    async def _gettoken(self, request: Request) -> Response:
        query = request.query_params
        if (query.get("corpid"), query.get("corpsecret")) != (COMPANY, SECRET):
            return error(40001)
        return fine(access_token=self.token, expires_in=7200)

    async def _add_way(self, request: Request) -> Response:
        body = await request.json()
        if len(body.get("state", "")) > 30 or len(body.get("remark", "")) > 30:
            return error(40058)
        if not 1 <= len(body["user"]) <= 100 or (body["type"] == 1 and len(body["user"]) > 1):
            return error(40058)
        if set(body["user"]) - self.users:
            return error(41054)
        config = secrets.token_hex(16)
        self.ways[config] = body
        return fine(config_id=config, qr_code=f"https://wework.qpic.cn/{config}")

    async def _add_link(self, request: Request) -> Response:
        body = await request.json()
        if not self.has_links:
            return error(48002)
        if set(body["range"]["user_list"]) - self.users:
            return error(41054)
        link = f"ca{secrets.token_hex(8)}"
        url = f"https://work.weixin.qq.com/ca/{link}"
        return fine(link={"link_id": link, "link_name": body["link_name"], "url": url})

    async def _change_way(self, request: Request) -> Response:
        body = await request.json()
        if body["config_id"] not in self.ways:
            return error(41054)
        if set(body["user"]) - self.users:
            return error(41054)
        self.ways[body["config_id"]]["user"] = body["user"]
        return fine()

    async def _welcome(self, request: Request) -> Response:
        body = await request.json()
        code = body["welcome_code"]
        if len(body.get("text", {}).get("content", "").encode()) > 4_000:
            return error(40058)
        if code in self.welcomes:
            return error(41051)
        if self.codes.get(code, 0) < self.now():
            return error(41050)
        self.welcomes[code] = body
        return fine()

    async def _list(self, request: Request) -> Response:
        body = await request.json()
        if len(body["userid_list"]) > AT_ONCE or body.get("limit", 50) > AT_ONCE:
            return error(40058)
        [user] = body["userid_list"]
        mine = sorted(self.lists[user])
        if not mine:
            return error(84061)
        begin = int(body.get("cursor") or 0)
        some = mine[begin : begin + body.get("limit", 50)]
        listed = [
            {
                "external_contact": self._contact(one),
                "follow_info": {"userid": user, **self.friends[user, one]},
            }
            for one in some
        ]
        end = begin + len(some)
        return fine(external_contact_list=listed, next_cursor=str(end) if end < len(mine) else "")

    async def _get(self, request: Request) -> Response:
        external = request.query_params["external_userid"]
        if not any(one == external for _, one in self.friends):
            return error(84061)
        return fine(external_contact=self._contact(external), follow_user=[])

    async def _transfer(self, request: Request) -> Response:
        body = await request.json()
        from_user, to_user = body["handover_userid"], body["takeover_userid"]
        gone = "/resigned/" in request.url.path
        if len(body["external_userid"]) > AT_ONCE:
            return error(40058)
        if to_user not in self.users or (from_user in self.left) != gone:
            return error(40100)
        answers = []
        for external in body["external_userid"]:
            code = 0 if (from_user, external) in self.friends else 40096
            if code == 0:
                self.moving[from_user, external] = Moving(
                    from_user=from_user,
                    to_user=to_user,
                    external=external,
                    due=self.now() + DAY_S,
                )
            answers.append({"external_userid": external, "errcode": code})
        return fine(customer=answers)

    async def _transferred(self, request: Request) -> Response:
        body = await request.json()
        self.settle()
        pair = body["handover_userid"], body["takeover_userid"]
        found = [one for one in self.moving.values() if (one.from_user, one.to_user) == pair]
        begin = int(body.get("cursor") or 0)
        some = found[begin : begin + 1_000]
        end = begin + len(some)
        rows = [
            {"external_userid": one.external, "status": one.status, "takeover_time": one.at}
            for one in some
        ]
        return fine(customer=rows, next_cursor=str(end) if end < len(found) else "")

    async def _ticket(self, request: Request) -> Response:
        kind = request.query_params.get("type", "company")
        return fine(ticket=f"ticket-{kind}", expires_in=7200)

    async def _media(self, request: Request) -> Response:
        async with request.form() as form:
            media = form.get("media")
            if request.query_params.get("type") != "image" or not isinstance(media, UploadFile):
                return error(40004)
            media_id = f"media-{len(self.media) + 1}"
            self.media[media_id] = await media.read()
        return fine(type="image", media_id=media_id, created_at=str(int(self.now())))

    async def _who(self, request: Request) -> Response:
        code = request.query_params.get("code") or request.query_params.get("js_code", "")
        if code not in self.users:
            return error(40029)
        return fine(userid=code)

    def _contact(self, external: str) -> dict[str, Any]:
        known = self.contacts[external]
        named = {"unionid": known["unionid"]} if known["unionid"] else {}
        return {"external_userid": external, "name": known["name"], "type": 1, **named}


def encrypted(message: str, company: str = COMPANY) -> str:
    """A message as the platform closes it."""
    key = base64.b64decode(CALLBACK_KEY + "=")
    text = secrets.token_bytes(16) + len(message.encode()).to_bytes(4) + message.encode()
    text += company.encode()
    fill = 32 - len(text) % 32
    closer = Cipher(AES256(key), CBC(key[:16])).encryptor()
    return base64.b64encode(closer.update(text + bytes([fill]) * fill) + closer.finalize()).decode()


def signed(closed: str) -> dict[str, str]:
    """The query of an address that is called with something closed."""
    stamp, nonce = str(int(time.time())), secrets.token_hex(4)
    text = "".join(sorted((CALLBACK_TOKEN, stamp, nonce, closed)))
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return {"msg_signature": digest, "timestamp": stamp, "nonce": nonce}


def fine(**answer: Any) -> Response:
    """An answer that all is well."""
    return JSONResponse({"errcode": 0, "errmsg": "ok", **answer})


def error(code: int) -> Response:
    """An answer that something is not."""
    return JSONResponse({"errcode": code, "errmsg": f"hint: [{code}]"})
