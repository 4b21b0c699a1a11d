"""Channels: the ways on which a message can go to a member, and what each of them allows.

Allowances are counted: a subscribe message for each time that the member said yes to its template,
so many customer-service messages while a window is open, so many group sends in a time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.contact.rules import ContactRules, SendPeriod
from domain.kernel.days import beijing_day, day_ends, month_ends, month_of
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.people.accounts import GuideId

AllowanceId = NewType("AllowanceId", str)

# Who wrote to the official account may be answered so long, and so often, and who came by a menu,
# a code or by following it; developers.weixin.qq.com/doc/offiaccount/Customer_Service.
CHAT_WINDOW, CHAT_MOST = timedelta(hours=48), 5
TAP_WINDOW, TAP_MOST = timedelta(minutes=1), 3
# A member says yes to at most three templates at once; more than so many are never kept.
MOST_PERMITS = 100
MOST_AT_A_PROMPT = 3


class MessageChannel(StrEnum):
    """A way on which a message goes."""

    SUBSCRIBE_MESSAGE = "SUBSCRIBE_MESSAGE"
    OFFICIAL_ACCOUNT = "OFFICIAL_ACCOUNT"
    SMS = "SMS"
    GUIDE = "GUIDE"


class NotReachable(StrEnum):
    """Why a channel does not reach a member now."""

    NO_CONSENT = "NO_CONSENT"
    NO_ADDRESS = "NO_ADDRESS"
    NO_TEMPLATE = "NO_TEMPLATE"
    NO_PERMIT = "NO_PERMIT"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    NO_FRIEND = "NO_FRIEND"
    MONTH_USED_UP = "MONTH_USED_UP"
    NOT_CONNECTED = "NOT_CONNECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAllowance:
    """How many messages may still go until when; `member_id` is whose yes it is, if a member's."""

    id: AllowanceId
    left: int
    until: datetime = NEVER
    member_id: PersonId | None = None

    def may(self, now: datetime) -> bool:
        """Whether one more may go."""
        return self.left > 0 and now < self.until


class MessageAllowances(Protocol):
    """What channels allow; each taking and giving counts once for what it is for."""

    async def by_ids(self, ids: Collection[AllowanceId]) -> Sequence[MessageAllowance]:
        """Those of the ids that there are."""

    async def take(self, id: AllowanceId, source: str, now: datetime) -> bool:
        """Take one for a send, if one is left and it is not over; again, it is the same one."""

    async def begin(self, allowance: MessageAllowance) -> None:
        """Keep a new one; one that is there stays."""

    async def give_back(self, id: AllowanceId, source: str) -> None:
        """Give back what a send took and did not use; again, it changes nothing."""

    async def give(self, allowance: MessageAllowance, source: str, most: int) -> None:
        """Add what an allowance has left, unless that would be more than `most` by then."""

    async def open(self, allowance: MessageAllowance) -> None:
        """Begin an allowance anew, unless a later one has begun; it is told apart by its end.

        Of two with one end, it is the one in which nothing is left.
        """

    async def use_up(self, id: AllowanceId) -> None:
        """Let none be left: the platform says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whether a channel reaches a member now, and why not.

    `left` messages may go until `until`. By a guide's hand it is `guide_id` who would send it;
    `sure` is False where the customer may have chatted with another of the company's people since,
    whom WeCom would then take.
    """

    channel: MessageChannel
    reason: NotReachable | None = None
    left: int | None = None
    until: datetime | None = None
    to: str = ""
    allowance_id: AllowanceId | None = None
    guide_id: GuideId | None = None
    user_id: str | None = None
    sure: bool = True

    @property
    def reached(self) -> bool:
        """Whether it does."""
        return self.reason is None


def permit_id(openid: str, wechat_template: str) -> AllowanceId:
    """What a WeChat account said yes to."""
    return AllowanceId(f"permit:{openid}:{wechat_template}")


def chat_id(openid: str) -> AllowanceId:
    """The window that a follower of the official account opens by writing."""
    return AllowanceId(f"chat:{openid}")


def tap_id(openid: str) -> AllowanceId:
    """The window that they open by following, by a code or by a menu."""
    return AllowanceId(f"tap:{openid}")


def sends_to_friend(external_id: str, rules: ContactRules, now: datetime) -> MessageAllowance:
    """The group sends that a customer may have in the time that is now, before any has gone.

    A day, a week from Monday on or a month, of Beijing's; document/path/92135.
    """
    day = beijing_day(now)
    match rules.sends_per:
        case SendPeriod.DAY:
            named, ends, usual = f"day:{external_id}:{day}", day_ends(day), 1
        case SendPeriod.WEEK:
            monday = day - timedelta(days=day.weekday())
            named, ends = f"week:{external_id}:{monday}", day_ends(monday + timedelta(days=6))
            usual = 7
        case SendPeriod.MONTH:
            month = month_of(now)
            named, ends = f"month:{external_id}:{month}", month_ends(month)
            usual = (ends - timedelta(days=1)).day
    return MessageAllowance(id=AllowanceId(named), left=rules.sends_most or usual, until=ends)
