"""WeCom as customer contact needs it: codes, friends, welcomes, handing over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.people.limits import Limit

# WeCom's own bounds; document/path/96348, 92137, 92994, 92125.
LONGEST_STATE = 30
MOST_IN_A_WAY = 100
LONGEST_WELCOME_BYTES = 4_000
MOST_IN_A_CALL = 100
MOST_FRIENDS = 5_000
# Of 10,000 calls of one API a minute lists are read by half at most; document/path/90454.
LISTS_READ = Limit(name="lists of friends", most=5_000, window=timedelta(minutes=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedWay:
    """A code that WeCom has made: what it is called there, and where its picture is."""

    config_id: str
    qr_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The first message of a guide to a new friend: a text, and a page where there is one."""

    text: str
    title: str | None = None
    url: str | None = None


class Welcomed(StrEnum):
    """What became of a welcome."""

    SENT = "SENT"
    SENT_BEFORE = "SENT_BEFORE"
    TOO_LATE = "TOO_LATE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer as WeCom knows them; the unionid only of who uses WeChat."""

    external_id: str
    name: str
    unionid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFriend:
    """One customer in a person's list of friends: since when, and by which code."""

    contact: Contact
    since: datetime
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendList:
    """A part of a list; `cursor` leads to the next, None at its end."""

    friends: Sequence[ListedFriend]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGroupMember:
    """Somebody in a group: a customer, or one of the company's people; by which code they came."""

    id: str
    joined_at: datetime
    customer: bool
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGroup:
    """A customer group as WeCom shows it now."""

    name: str
    owner: str
    members: tuple[ListedGroupMember, ...]


class HandOverStatus(StrEnum):
    """How WeCom says that one customer's hand-over stands."""

    DONE = "DONE"
    WAITING = "WAITING"
    REFUSED = "REFUSED"
    FULL = "FULL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """How one customer's hand-over stands, and since when they are the other's."""

    external_id: str
    status: HandOverStatus
    at: datetime | None = None


class Ticket(StrEnum):
    """What signs a page for WeCom's SDK: as the company's, or as the app's."""

    COMPANY = "COMPANY"
    APP = "APP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture for a chat; `format` is jpeg or png."""

    name: str
    data: bytes
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPicture:
    """WeCom's id of a picture that it has taken in, and until when it can be sent by it."""

    media_id: str
    until: datetime


class Wecom(Protocol):
    """WeCom's server; every call raises Unavailable where it does not answer or is too busy."""

    async def open_way(self, user_ids: Sequence[str], state: str, remark: str) -> OpenedWay:
        """Make a permanent code through which customers add one of these people.

        Invalid where WeCom lets one of them have none.
        """

    async def open_link(self, user_id: str, name: str) -> str | None:
        """Make a link that leads to a chat of somebody's; None where the company has none."""

    async def lead_way_to(self, config_id: str, user_ids: Sequence[str]) -> None:
        """Let a code lead to these people from here on; Invalid as `open_way`."""

    async def welcome(self, code: str, message: Welcome) -> Welcomed:
        """Send the welcome that an event's code stands for; a code works once.

        Unavailable while another app is sending it.
        """

    async def friends_of(self, user_id: str, cursor: str | None) -> FriendList:
        """A part of a person's list of friends; empty for one who has none."""

    async def contact(self, external_id: str) -> Contact | None:
        """One customer; None for nobody's friend."""

    async def hand_over(
        self, from_user: str, to_user: str, external_ids: Sequence[str], *, left: bool
    ) -> Mapping[str, int]:
        """Ask to make at most 100 customers another's; the code for each, 0 where it began.

        `left` says that whoever has them is no longer with the company.
        """

    async def handed_over(
        self, from_user: str, to_user: str, *, left: bool
    ) -> Sequence[HandedOver]:
        """How all hand-overs from one to another stand."""

    async def groups_of(self, user_ids: Sequence[str]) -> Sequence[str]:
        """The ids of the groups that at most 100 people own."""

    async def group(self, group_id: str) -> ListedGroup | None:
        """A customer group; None once it is dissolved."""

    async def hand_group_over(self, group_id: str, to_user: str, *, left: bool) -> int:
        """Make a group another's; WeCom's code, 0 where it did. Again, it changes nothing."""

    async def open_group_way(self, group_ids: Sequence[str], state: str, remark: str) -> OpenedWay:
        """Make a permanent code by which customers join one of at most five groups.

        Invalid where WeCom makes none for these.
        """

    async def lead_group_way_to(self, config_id: str, group_ids: Sequence[str]) -> None:
        """Let a code lead to these groups from here on; Invalid as `open_group_way`."""

    async def ticket(self, kind: Ticket) -> str:
        """What a page's signature is made with; good for two hours."""

    async def take_in(self, picture: Picture) -> TakenPicture:
        """Hand a picture of at most 10 MB in, to be sent by its id within three days."""
