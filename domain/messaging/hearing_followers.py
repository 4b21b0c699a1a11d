"""Hearing the official account's followers: what opens a window in which they may be answered.

What they write is not kept, only that they wrote. Who a follower is follows from WeChat's unionid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.contact.inbox import Call, Callbacks, Inbox, told
from domain.kernel.facts import Batch
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Forbidden
from domain.members.identifying import claim
from domain.members.identities import IdentityKind, Naming, Proof
from domain.messaging.channels import (
    CHAT_MOST,
    CHAT_WINDOW,
    TAP_MOST,
    TAP_WINDOW,
    MessageAllowance,
    chat_id,
    tap_id,
)
from domain.messaging.follower_facts import FOLLOWER_HEARD, follower_heard
from domain.messaging.ports import MessagingPorts
from domain.people.act import Act

FOLLOWER_FACTS = frozenset({FOLLOWER_HEARD})
KEPT = frozenset({"FromUserName", "CreateTime", "MsgType", "Event", "MsgId"})
TAPS = frozenset({"subscribe", "SCAN", "CLICK"})
GONE = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerInboxPorts(Ports):
    """What hearing the official account needs."""

    callbacks: Callbacks
    inbox: Inbox


class OfficialAccount(Protocol):
    """WeChat's server, for the official account."""

    async def unionid(self, openid: str) -> str | None:
        """Who a follower is to all of the brand's apps; None for who follows no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerPorts(Ports):
    """What the windows and names of followers need."""

    messaging: MessagingPorts
    account: OfficialAccount


async def prove_follower_address(ports: FollowerInboxPorts, act: Act, call: Call) -> str:
    """What WeChat wants to see before it tells this address anything."""
    return ports.callbacks.echo(call)


async def hear_follower(ports: FollowerInboxPorts, act: Act, call: Call) -> None:
    """Keep that a follower did something; told again, it is the same. Forbidden if unsigned."""
    event = ports.callbacks.event(call)
    if event.get("FromUserName"):
        kept = told({name: event[name] for name in sorted(KEPT & event.keys())}, act.at)
        await ports.inbox.keep(kept, [follower_heard(kept)])


async def open_windows(ports: FollowerPorts, act: Act, batch: Batch) -> None:
    """Let followers be answered as long and as often as WeChat does; again, it is the same."""
    allowances = ports.messaging.allowances
    for fact in batch.facts:
        openid, at = fact.data["openid"], datetime.fromisoformat(fact.data["at"])
        for window in _windows(openid, at, fact.data):
            await allowances.open(window)


async def name_followers(ports: FollowerPorts, act: Act, batch: Batch) -> None:
    """Find out which members followers are; one who is none yet is looked up when they write."""
    members, app = ports.messaging.members.members, ports.messaging.official_app
    for openid in dict.fromkeys(one.data["openid"] for one in batch.facts):
        naming = Naming(kind=IdentityKind.OPENID, scope=app or "", value=openid)
        if naming.id in await members.identities.by_ids([naming.id]):
            continue
        unionid = await ports.account.unionid(openid)
        if unionid is None:
            continue
        union = Naming(kind=IdentityKind.UNIONID, value=unionid)
        owner = (await members.identities.by_ids([union.id])).get(union.id)
        if owner and owner.held:
            try:
                await claim(members, act, naming, owner.member_id, Proof.WECHAT)
            except (Conflict, Forbidden):  # another's meanwhile, or a test's
                continue


def _windows(openid: str, at: datetime, told_of: Mapping[str, Any]) -> list[MessageAllowance]:
    """What opens; who leaves has both, with nothing in them, until they write or come again.

    So what is told again, or late, changes nothing: of one window it is the later that counts.
    """
    if told_of["event"] == GONE:
        return [
            MessageAllowance(id=chat_id(openid), left=0, until=at + CHAT_WINDOW),
            MessageAllowance(id=tap_id(openid), left=0, until=at + TAP_WINDOW),
        ]
    if told_of["event"] is None:
        return [MessageAllowance(id=chat_id(openid), left=CHAT_MOST, until=at + CHAT_WINDOW)]
    if told_of["event"] in TAPS:
        return [MessageAllowance(id=tap_id(openid), left=TAP_MOST, until=at + TAP_WINDOW)]
    return []
