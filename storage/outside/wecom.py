"""WeCom's customer contact; the addresses below are of developer.work.weixin.qq.com/document/path.

92572 for codes, 92137 for welcomes, 92994 and 92114 for friends, 92125 and 94081 for handing over,
97297 for links to chats, 92120 and 92122 for groups, 92229 for codes to them, 92127 and 95703 for
handing them over, 90506 and 90526 for tickets, 90253 for pictures to send.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.contact.wecom import (
    LONGEST_STATE,
    MOST_IN_A_CALL,
    Contact,
    FriendList,
    HandedOver,
    HandOverStatus,
    ListedFriend,
    ListedGroup,
    ListedGroupMember,
    OpenedWay,
    Picture,
    TakenPicture,
    Ticket,
    Welcome,
    Welcomed,
)
from domain.kernel.refusals import Invalid, Unavailable
from storage.outside.wechat_token import Attachment, WecomToken

BUSY = frozenset({-1, 45009, 45033})
NO_CONTACT = frozenset({84061, 40096})
# Not on the list of those whom the app may see, or not active, or not signed in with a real name.
NOT_SERVING = frozenset({40031, 41054, 60011, 60111, 84074})
# Nobody, or not at work, or not gone yet: who gives customers away, or who takes them.
NOT_MOVING = NOT_SERVING | {40003, 40100}
STATUSES = {
    1: HandOverStatus.DONE,
    2: HandOverStatus.WAITING,
    3: HandOverStatus.REFUSED,
    4: HandOverStatus.FULL,
}
# No such group, or dissolved.
NO_GROUP = frozenset({86003, 49008})
GROUP_CHAT = "/cgi-bin/externalcontact/groupchat"
MOST_GROUPS, CUSTOMER = 1_000, 2
LEFT = "/cgi-bin/externalcontact/resigned"
AT_WORK = "/cgi-bin/externalcontact"
ONE, MANY, BY_CODE = 1, 2, 2
LONGEST_REMARK = 30
MEDIA_KEPT = timedelta(days=3)
TICKETS: Mapping[Ticket, tuple[str, dict[str, str]]] = {
    Ticket.COMPANY: ("/cgi-bin/get_jsapi_ticket", {}),
    Ticket.APP: ("/cgi-bin/ticket/get", {"type": "agent_config"}),
}


class WecomContact:
    """See `domain.contact.wecom.Wecom`."""

    def __init__(self, wecom: WecomToken) -> None:
        self._wecom = wecom

    async def open_way(self, user_ids: Sequence[str], state: str, remark: str) -> OpenedWay:
        """Make a permanent code through which customers add one of these people."""
        wanted = {
            "type": ONE if len(user_ids) == 1 else MANY,
            "scene": BY_CODE,
            "remark": remark[:LONGEST_REMARK],
            "skip_verify": True,
            "state": state[:LONGEST_STATE],
            "user": list(user_ids),
        }
        answer = await self._wecom.ask("/cgi-bin/externalcontact/add_contact_way", wanted)
        _served(answer, user_ids)
        return OpenedWay(config_id=answer["config_id"], qr_url=answer["qr_code"])

    async def open_link(self, user_id: str, name: str) -> str | None:
        """Make a link that leads to a chat of somebody's; None where the company has none."""
        wanted = {
            "link_name": name[:LONGEST_REMARK],
            "range": {"user_list": [user_id]},
            "skip_verify": True,
        }
        path = "/cgi-bin/externalcontact/customer_acquisition/create_link"
        answer = await self._wecom.ask(path, wanted)
        if answer.get("errcode") in BUSY:
            _checked(answer)
        return answer["link"]["url"] if not answer.get("errcode") else None

    async def lead_way_to(self, config_id: str, user_ids: Sequence[str]) -> None:
        """Let a code lead to these people from here on."""
        wanted = {"config_id": config_id, "user": list(user_ids)}
        answer = await self._wecom.ask("/cgi-bin/externalcontact/update_contact_way", wanted)
        _served(answer, user_ids)

    async def welcome(self, code: str, message: Welcome) -> Welcomed:
        """Send the welcome that an event's code stands for; a code works once."""
        wanted: dict[str, Any] = {"welcome_code": code, "text": {"content": message.text}}
        if message.url:
            page = {"title": message.title, "url": message.url}
            wanted["attachments"] = [{"msgtype": "link", "link": page}]
        answer = await self._wecom.ask("/cgi-bin/externalcontact/send_welcome_msg", wanted)
        match answer.get("errcode", 0):
            case 0:
                return Welcomed.SENT
            case 41051:
                return Welcomed.SENT_BEFORE
            case 41050:
                return Welcomed.TOO_LATE
            case code if code == 41096 or code in BUSY:
                raise Unavailable(f"WeCom sends no welcome just now (code {code}).")
        return Welcomed.REFUSED

    async def friends_of(self, user_id: str, cursor: str | None) -> FriendList:
        """A part of a person's list of friends; empty for one who has none."""
        wanted = {"userid_list": [user_id], "cursor": cursor or "", "limit": MOST_IN_A_CALL}
        answer = await self._wecom.ask("/cgi-bin/externalcontact/batch/get_by_user", wanted)
        if answer.get("errcode") in NO_CONTACT | NOT_SERVING:
            return FriendList(friends=())
        _checked(answer)
        friends = [
            ListedFriend(
                contact=_contact(one["external_contact"]),
                since=_moment(one["follow_info"]["createtime"]),
                state=one["follow_info"].get("state") or None,
            )
            for one in answer["external_contact_list"]
        ]
        return FriendList(friends=friends, cursor=answer.get("next_cursor") or None)

    async def contact(self, external_id: str) -> Contact | None:
        """One customer; None for nobody's friend."""
        answer = await self._wecom.ask("/cgi-bin/externalcontact/get", external_userid=external_id)
        if answer.get("errcode") in NO_CONTACT:
            return None
        return _contact(_checked(answer)["external_contact"])

    async def hand_over(
        self, from_user: str, to_user: str, external_ids: Sequence[str], *, left: bool
    ) -> Mapping[str, int]:
        """Ask to make at most 100 customers another's; the code for each, 0 where it began."""
        wanted = {
            "handover_userid": from_user,
            "takeover_userid": to_user,
            "external_userid": list(external_ids),
        }
        path = f"{LEFT if left else AT_WORK}/transfer_customer"
        answer = await self._wecom.ask(path, wanted)
        if answer.get("errcode") in NOT_MOVING:
            return dict.fromkeys(external_ids, answer["errcode"])
        found = _checked(answer)["customer"]
        return {one["external_userid"]: one["errcode"] for one in found}

    async def handed_over(
        self, from_user: str, to_user: str, *, left: bool
    ) -> Sequence[HandedOver]:
        """How all hand-overs from one to another stand."""
        path, cursor = f"{LEFT if left else AT_WORK}/transfer_result", ""
        found: list[HandedOver] = []
        while True:
            wanted = {"handover_userid": from_user, "takeover_userid": to_user, "cursor": cursor}
            answer = _checked(await self._wecom.ask(path, wanted))
            for one in answer["customer"]:
                at = one.get("takeover_time")
                found.append(
                    HandedOver(
                        external_id=one["external_userid"],
                        status=STATUSES.get(one["status"], HandOverStatus.UNKNOWN),
                        at=_moment(at) if at else None,
                    )
                )
            cursor = answer.get("next_cursor") or ""
            if not cursor:
                return found

    async def groups_of(self, user_ids: Sequence[str]) -> Sequence[str]:
        """The ids of the groups that at most 100 people own."""
        found: list[str] = []
        cursor = ""
        while True:
            wanted = {
                "status_filter": 0,
                "owner_filter": {"userid_list": list(user_ids)},
                "cursor": cursor,
                "limit": MOST_GROUPS,
            }
            answer = _checked(await self._wecom.ask(f"{GROUP_CHAT}/list", wanted))
            found += [one["chat_id"] for one in answer["group_chat_list"]]
            cursor = answer.get("next_cursor") or ""
            if not cursor:
                return found

    async def group(self, group_id: str) -> ListedGroup | None:
        """A customer group; None once it is dissolved."""
        wanted = {"chat_id": group_id, "need_name": 1}
        answer = await self._wecom.ask(f"{GROUP_CHAT}/get", wanted)
        if answer.get("errcode") in NO_GROUP:
            return None
        found = _checked(answer)["group_chat"]
        members = tuple(
            ListedGroupMember(
                id=one["userid"],
                joined_at=_moment(one["join_time"]),
                customer=one["type"] == CUSTOMER,
                state=one.get("state") or None,
            )
            for one in found["member_list"]
        )
        return ListedGroup(name=found.get("name", ""), owner=found["owner"], members=members)

    async def hand_group_over(self, group_id: str, to_user: str, *, left: bool) -> int:
        """Make a group another's; WeCom's code, 0 where it did."""
        path = f"{GROUP_CHAT}/{'transfer' if left else 'onjob_transfer'}"
        wanted = {"chat_id_list": [group_id], "new_owner": to_user}
        answer = await self._wecom.ask(path, wanted)
        if answer.get("errcode") in NOT_MOVING:
            return int(answer["errcode"])
        failed = _checked(answer).get("failed_chat_list") or ()
        return next((int(one["errcode"]) for one in failed), 0)

    async def open_group_way(self, group_ids: Sequence[str], state: str, remark: str) -> OpenedWay:
        """Make a permanent code by which customers join one of at most five groups."""
        wanted = {
            "scene": BY_CODE,
            "remark": remark[:LONGEST_REMARK],
            "auto_create_room": 1,
            "chat_id_list": list(group_ids),
            "state": state[:LONGEST_STATE],
        }
        answer = await self._wecom.ask(f"{GROUP_CHAT}/add_join_way", wanted)
        _joined(answer)
        made = {"config_id": answer["config_id"]}
        shown = _checked(await self._wecom.ask(f"{GROUP_CHAT}/get_join_way", made))
        return OpenedWay(config_id=answer["config_id"], qr_url=shown["join_way"]["qr_code"])

    async def lead_group_way_to(self, config_id: str, group_ids: Sequence[str]) -> None:
        """Let a code lead to these groups from here on."""
        wanted = {
            "config_id": config_id,
            "scene": BY_CODE,
            "auto_create_room": 1,
            "chat_id_list": list(group_ids),
        }
        _joined(await self._wecom.ask(f"{GROUP_CHAT}/update_join_way", wanted))

    async def ticket(self, kind: Ticket) -> str:
        """What a page's signature is made with; good for two hours."""
        path, query = TICKETS[kind]
        return await self._wecom.ticket(path, **query)

    async def take_in(self, picture: Picture) -> TakenPicture:
        """Hand a picture in, to be sent by its id within three days."""
        file = Attachment(
            name=picture.name, data=picture.data, content_type=f"image/{picture.format}"
        )
        answer = _checked(await self._wecom.ask("/cgi-bin/media/upload", file, type="image"))
        return TakenPicture(
            media_id=answer["media_id"], until=_moment(int(answer["created_at"])) + MEDIA_KEPT
        )


class NotConnected(WecomToken):
    """Stands where no company is named: nothing can be asked of WeCom."""

    def __init__(self) -> None:
        pass

    async def ask(
        self, path: str, body: dict[str, Any] | Attachment | None = None, **query: str
    ) -> dict[str, Any]:
        """Say that there is nobody to ask."""
        raise Unavailable("WeCom is not connected here; set WECOM_CORP_ID and WECOM_SECRET.")

    async def ticket(self, path: str, **query: str) -> str:
        """Say the same."""
        return str(await self.ask(path, None, **query))


def _served(answer: dict[str, Any], user_ids: Sequence[str]) -> None:
    """Refuse a code for who may have none."""
    if answer.get("errcode") in NOT_SERVING:
        raise Invalid(
            f"WeCom lets {', '.join(user_ids)} have no code (code {answer['errcode']}): they must "
            "have signed in there and be allowed customer contact."
        )
    _checked(answer)


def _joined(answer: dict[str, Any]) -> None:
    """Refuse a code to groups that WeCom makes none for."""
    if answer.get("errcode") in NO_GROUP:
        raise Invalid("WeCom makes no code to these groups; name groups that stand.")
    _checked(answer)


def _contact(found: Mapping[str, Any]) -> Contact:
    return Contact(
        external_id=found["external_userid"],
        name=found.get("name", ""),
        unionid=found.get("unionid") or None,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, or Unavailable: it is WeCom's trouble, or the app's rights there."""
    if answer.get("errcode"):
        raise Unavailable(
            f"WeCom can't do this just now (code {answer['errcode']}: "
            f"{answer.get('errmsg', '')[:100]}); try again in a minute."
        )
    return answer
