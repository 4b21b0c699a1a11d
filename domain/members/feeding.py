"""Members whom tills and other channels bring, again and again: each is one, by what names them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.kernel.codes import plain_id
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.refusals import Conflict, Invalid, Refusal, TooMany
from domain.kernel.versions import risen
from domain.members import profile_facts
from domain.members.conflicts import ConflictKind
from domain.members.identifying import claim, dispute, join, phone_naming
from domain.members.identities import (
    SINGLE,
    Identity,
    IdentityId,
    IdentityKind,
    Naming,
    Proof,
    Side,
    require_unblocked,
)
from domain.members.merging import ATTEMPTS, MemberPorts, side_of
from domain.members.profiles import LONGEST_NAME, Birthday, MemberProfile
from domain.members.telling import TellingPorts
from domain.people.accounts import Member
from domain.people.act import Act

MOST_AT_ONCE = 200
LONGEST_CHANNEL = 20
LONGEST_VALUE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidMember:
    """What a channel says of one of its members; `id` is its own id of them."""

    id: str
    phone: str | None = None
    member_code: str | None = None
    unionid: str | None = None
    name: str | None = None
    store_id: str | None = None
    joined_at: datetime | None = None
    birthday: Birthday | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FedMember:
    """What became of one: the member, or why it could not be taken.

    `disputed` where another member has one of the names: people are asked whether they are one.
    """

    id: str
    member_id: PersonId | None = None
    is_new: bool = False
    disputed: bool = False
    refusal: str | None = None


async def feed_members(
    ports: TellingPorts, act: Act, channel: str, said: Sequence[SaidMember]
) -> list[FedMember]:
    """Take in members of a channel; said again it changes nothing, and a bad one costs itself.

    A typed number merges nobody: it finds the member who has it, unless the channel knows them as
    another one already.
    """
    act.viewer.require("member.feed", channel=channel)
    if len(said) > MOST_AT_ONCE:
        raise TooMany(f"Send at most {MOST_AT_ONCE} at once.", field=["members"])
    name = read_channel(channel, ["channel"])
    done: list[FedMember] = []
    for one in said:
        try:
            done.append(await take_in_member(ports, act, name, one))
        except Refusal as refusal:
            done.append(FedMember(id=one.id, refusal=refusal.message))
    return done


async def take_in_member(
    ports: TellingPorts, act: Act, channel: str, said: SaidMember
) -> FedMember:
    """Take in one member of a channel."""
    names = names_of(ports.members, channel, said)
    for _ in range(ATTEMPTS):
        try:
            return await _once(ports, act, channel, said, names)
        except Conflict:
            continue
    raise Conflict("Others bring this member just now; send it again.")


async def _once(
    ports: TellingPorts, act: Act, channel: str, said: SaidMember, names: Sequence[Naming]
) -> FedMember:
    found = await ports.members.identities.by_ids([one.id for one in names])
    for one in found.values():
        require_unblocked(one)
    held: dict[IdentityId, Side] = {}
    for identity in found.values():
        if identity.held:
            held[identity.id] = await side_of(ports.members, act, identity.member_id) or Side(
                member_id=identity.member_id, identities=(identity,), seen_at=None
            )
    own = _whose(names, held, channel)
    member_id = own.member_id if own else PersonId(act.new_id("member"))
    kinds = {one.kind for one in own.identities} if own else set[IdentityKind]()
    disputed = False
    for naming in names:
        holder = held.get(naming.id)
        if holder is not None and holder.member_id != member_id:
            disputed = True
            await dispute(
                ports.members, act, ConflictKind.SAME_PERSON, naming.id, holder, member_id
            )
        elif holder is None and not (naming.kind in SINGLE and naming.kind in kinds):
            await claim(ports.members, act, naming, member_id, Proof.FEED)
    is_new = await ports.members.people.members.live(member_id) is None
    if is_new:
        member = Member(
            id=member_id,
            joined_at=said.joined_at or act.at,
            channel=channel,
            store_id=said.store_id,
        )
        await join(
            ports.members.people.members, ports.members.identities, member, nobody=own is None
        )
    await _note(ports, act, member_id, said)
    return FedMember(id=said.id, member_id=member_id, is_new=is_new, disputed=disputed)


def _whose(names: Sequence[Naming], held: dict[IdentityId, Side], channel: str) -> Side | None:
    """The member whom a channel means: by its own id, by code, by unionid, then by the number.

    A number's holder is not meant where the channel knows them as another one of its members.
    """
    for naming in names:
        side = held.get(naming.id)
        if side is None:
            continue
        if naming.kind in (IdentityKind.CHANNEL, IdentityKind.MEMBER_CODE):
            return side
        if not _known_otherwise(side, names, channel):
            return side
    return None


def _known_otherwise(side: Side, names: Sequence[Naming], channel: str) -> bool:
    ids = {one.id for one in names}
    code = side.one(IdentityKind.MEMBER_CODE)
    says_code = any(one.kind is IdentityKind.MEMBER_CODE for one in names)
    others: list[Identity] = [
        one
        for one in side.identities
        if one.kind is IdentityKind.CHANNEL and one.scope == channel and one.id not in ids
    ]
    return bool(others) or bool(code and says_code and code.id not in ids)


def read_channel(text: str, field: Sequence[str]) -> str:
    """A channel's name, of letters and digits."""
    name = read_line(plain_id(text), most=LONGEST_CHANNEL, least=1, field=field)
    if not name.isalnum():
        raise Invalid("name the channel in letters and digits.", field=field)
    return name


def names_of(ports: MemberPorts, channel: str, said: SaidMember) -> list[Naming]:
    """What names somebody, the surest first."""
    names = [Naming(kind=IdentityKind.CHANNEL, scope=channel, value=_value(said.id, "id"))]
    if said.member_code:
        code = _value(said.member_code, "memberCode")
        names.append(Naming(kind=IdentityKind.MEMBER_CODE, value=code))
    if said.unionid:
        names.append(Naming(kind=IdentityKind.UNIONID, value=_value(said.unionid, "unionid")))
    if said.phone:
        names.append(phone_naming(ports, said.phone, ["phone"]))
    return names


def _value(text: str, name: str) -> str:
    return read_line(text, most=LONGEST_VALUE, least=1, field=[name])


def noted(found: MemberProfile, said: SaidMember) -> MemberProfile:
    """A profile with what a channel says where nothing is known: what the member tells counts."""
    if found.told_at:
        return found
    name = read_line(said.name, most=LONGEST_NAME, field=["name"]) if said.name else None
    return replace(found, name=found.name or name or None, birthday=found.birthday or said.birthday)


async def _note(ports: TellingPorts, act: Act, id: PersonId, said: SaidMember) -> None:
    found = (await ports.profiles.by_ids([id])).get(id) or MemberProfile(id=id)
    after = noted(found, said)
    if after == found:
        return
    after = risen(after)
    facts = profile_facts.of_change(found, after, act.at)
    await ports.profiles.save(after, expected=found.version, facts=facts)
