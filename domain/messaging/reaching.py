"""Who can be reached, by what, and why not: seen before anything is sent, and again just before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.contact.bonds import Bond
from domain.contact.rules import ContactRules
from domain.kernel.ids import PersonId
from domain.members.consent import Purpose
from domain.members.identities import IdentityKind
from domain.members.telling import known, phone_of
from domain.messaging.channels import (
    AllowanceId,
    MessageAllowance,
    MessageChannel,
    NotReachable,
    Reach,
    chat_id,
    permit_id,
    sends_to_friend,
    tap_id,
)
from domain.messaging.ports import MessagingPorts
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A member as channels see them: where they can be written to, and what they allow."""

    member_id: PersonId
    allows: bool
    openid: str | None
    followers: tuple[str, ...]
    phone: str | None
    friends: tuple[Bond, ...]
    allowances: Mapping[AllowanceId, MessageAllowance]


async def may_reach(
    ports: MessagingPorts,
    act: Act,
    member_id: str,
    purpose: Purpose,
    wechat_template: str | None = None,
) -> Sequence[Reach]:
    """Which channels reach a member for a purpose now, and why the others do not.

    Without WeChat's template no subscribe message can go. NotFound where there is no such member.
    """
    receiver = await receiver_of(ports, act, member_id, purpose, wechat_template)
    return [_reach(ports, act, receiver, one, wechat_template) for one in MessageChannel]


async def see_reach(
    ports: MessagingPorts,
    act: Act,
    member_id: str,
    purpose: Purpose,
    wechat_template: str | None,
) -> Sequence[Reach]:
    """What `may_reach` answers, to somebody who looks."""
    act.viewer.require("message.see")
    act.viewer.require("message.see", person=PersonId(member_id))
    return await may_reach(ports, act, member_id, purpose, wechat_template)


def first_reach(
    ports: MessagingPorts,
    act: Act,
    receiver: Receiver,
    channels: Sequence[MessageChannel],
    wechat_template: str | None,
) -> tuple[Reach | None, Mapping[str, NotReachable]]:
    """The first of some channels that reaches a member, and why those before it do not."""
    reasons: dict[str, NotReachable] = {}
    for channel in channels:
        found = _reach(ports, act, receiver, channel, wechat_template)
        if found.reason is None:
            return found, reasons
        reasons[channel] = found.reason
    return None, reasons


async def receiver_of(
    ports: MessagingPorts,
    act: Act,
    member_id: str,
    purpose: Purpose,
    wechat_template: str | None,
) -> Receiver:
    """A member as channels see them now."""
    person = await known(ports.members, act, PersonId(member_id))
    openids = [one for one in person.identities if one.kind is IdentityKind.OPENID]
    followers = tuple(one.id.split(":", 2)[2] for one in openids if one.scope == ports.official_app)
    bonds = await ports.bonds.of_members(person.ids)
    friends = tuple(sorted((one for one in bonds if one.standing), key=_added_last))
    rules = ports.rules.now()
    ids = [sends_to_friend(one.external_id, rules, act.at).id for one in friends]
    ids += [of(one) for one in followers for of in (chat_id, tap_id)]
    if person.member.openid and wechat_template:
        ids.append(permit_id(person.member.openid, wechat_template))
    return Receiver(
        member_id=person.member.id,
        allows=person.profile.allows(purpose),
        openid=person.member.openid,
        followers=followers,
        phone=phone_of(ports.members, act, person.identities),
        friends=friends,
        allowances={one.id: one for one in await ports.allowances.by_ids(ids)},
    )


def _reach(
    ports: MessagingPorts,
    act: Act,
    receiver: Receiver,
    channel: MessageChannel,
    wechat_template: str | None,
) -> Reach:
    """Whether one channel reaches a member now."""
    connected = ports.by_guides if channel is MessageChannel.GUIDE else channel in ports.carriers
    if not connected:
        return Reach(channel=channel, reason=NotReachable.NOT_CONNECTED)
    if not receiver.allows:
        return Reach(channel=channel, reason=NotReachable.NO_CONSENT)
    match channel:
        case MessageChannel.SUBSCRIBE_MESSAGE:
            return _by_permit(receiver, wechat_template, act.at)
        case MessageChannel.OFFICIAL_ACCOUNT:
            return _by_window(receiver, act.at)
        case MessageChannel.SMS:
            reason = None if receiver.phone else NotReachable.NO_ADDRESS
            return Reach(channel=channel, reason=reason, to=receiver.phone or "")
        case MessageChannel.GUIDE:
            return _by_guide(receiver, ports.rules.now(), act.at)


def _by_permit(receiver: Receiver, wechat_template: str | None, now: datetime) -> Reach:
    channel = MessageChannel.SUBSCRIBE_MESSAGE
    if wechat_template is None:
        return Reach(channel=channel, reason=NotReachable.NO_TEMPLATE)
    if receiver.openid is None:
        return Reach(channel=channel, reason=NotReachable.NO_ADDRESS)
    permit = receiver.allowances.get(permit_id(receiver.openid, wechat_template))
    if permit is None or not permit.may(now):
        return Reach(channel=channel, reason=NotReachable.NO_PERMIT, left=0)
    return Reach(channel=channel, left=permit.left, to=receiver.openid, allowance_id=permit.id)


def _by_window(receiver: Receiver, now: datetime) -> Reach:
    channel = MessageChannel.OFFICIAL_ACCOUNT
    if not receiver.followers:
        return Reach(channel=channel, reason=NotReachable.NO_ADDRESS)
    for openid in receiver.followers:
        for window_id in (chat_id(openid), tap_id(openid)):
            window = receiver.allowances.get(window_id)
            if window and window.may(now):
                return Reach(
                    channel=channel,
                    left=window.left,
                    until=window.until,
                    to=openid,
                    allowance_id=window_id,
                )
    return Reach(channel=channel, reason=NotReachable.WINDOW_CLOSED, left=0)


def _by_guide(receiver: Receiver, rules: ContactRules, now: datetime) -> Reach:
    """By the hand of whoever the customer was a friend of last.

    WeCom takes whoever chatted with them last; it tells nobody who that was, and where they have
    one friend only, it is that one.
    """
    channel = MessageChannel.GUIDE
    if not receiver.friends:
        return Reach(channel=channel, reason=NotReachable.NO_FRIEND)
    bond = receiver.friends[-1]
    sends = sends_to_friend(bond.external_id, rules, now)
    sends = receiver.allowances.get(sends.id, sends)
    used_up = None if sends.may(now) else NotReachable.MONTH_USED_UP
    return Reach(
        channel=channel,
        reason=used_up,
        left=sends.left,
        until=sends.until,
        to=bond.external_id,
        allowance_id=sends.id,
        guide_id=bond.guide_id,
        user_id=bond.user_id,
        sure=len(receiver.friends) == 1,
    )


def _added_last(bond: Bond) -> tuple[datetime, str]:
    assert bond.added_at is not None, "who was never added is nobody's friend"
    return bond.added_at, bond.id
