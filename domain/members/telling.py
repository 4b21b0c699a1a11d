"""What a member sees of what we know of them, and what they change of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, NotFound
from domain.kernel.versions import risen
from domain.members import profile_facts
from domain.members.consent import LONGEST_PLACE, Consent, Purpose
from domain.members.identities import Identity, IdentityKind
from domain.members.merging import ATTEMPTS, MemberPorts, group_of
from domain.members.profiles import (
    Birthday,
    Child,
    MemberProfile,
    MemberProfiles,
    as_one,
    told,
    with_consent,
)
from domain.people.accounts import Member
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingPorts(Ports):
    """Members and what they tell."""

    members: MemberPorts
    profiles: MemberProfiles


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMember:
    """All that this group knows of a person; `ids` are all that lead to them, theirs first."""

    member: Member
    ids: tuple[PersonId, ...]
    profile: MemberProfile
    identities: tuple[Identity, ...]
    phone: str | None
    code: str | None


async def me(ports: TellingPorts, act: Act) -> KnownMember:
    """What we know of the viewer."""
    act.viewer.require("member.tell")
    return await known(ports, act, act.viewer.id)


async def known(ports: TellingPorts, act: Act, id: PersonId) -> KnownMember:
    """What we know of a member, whom their id or that of one merged into them names."""
    member = await ports.members.people.members.live(id)
    if member is None:
        raise NotFound(f"There is no member {id}.", field=["id"])
    ids = await group_of(ports.members, act, member.id)
    found = await ports.profiles.by_ids(ids)
    own = found.get(member.id) or MemberProfile(id=member.id)
    others = [found[one] for one in ids if one in found and one != member.id]
    winners, since = await _merged(ports, member.id)
    names = await ports.members.identities.of_members(ids)
    # Their own number and code, else one that leads to them.
    names = sorted(names, key=lambda one: one.member_id != member.id)
    codes = (one.id for one in names if one.kind is IdentityKind.MEMBER_CODE)
    return KnownMember(
        member=member,
        ids=ids,
        profile=as_one(own, others, winners, since),
        identities=tuple(names),
        phone=phone_of(ports, act, names),
        code=next((one.split(":", 2)[2] for one in codes), None),
    )


async def groups_of(
    ports: MemberPorts, act: Act, members: Iterable[Member]
) -> Mapping[PersonId, tuple[PersonId, ...]]:
    """All ids that lead to each of some live members, their own first."""
    groups: dict[PersonId, tuple[PersonId, ...]] = {one.id: (one.id,) for one in members}
    aliases = await ports.merges.aliases(list(groups))
    others = await ports.people.members.by_ids([one.id for one in aliases])
    for one in sorted(others.values(), key=lambda one: one.id):
        if one.merged_into in groups:
            groups[one.merged_into] += (one.id,)
    return groups


async def profiles_of(
    ports: TellingPorts, act: Act, groups: Mapping[PersonId, tuple[PersonId, ...]]
) -> Mapping[PersonId, MemberProfile]:
    """What many persons told, each by all ids that lead to them."""
    found = dict(await ports.profiles.by_ids(list(groups)))
    for one, ids in groups.items():
        if len(ids) > 1:
            found[one] = (await known(ports, act, one)).profile
    return {one: found.get(one) or MemberProfile(id=one) for one in groups}


def phone_of(ports: TellingPorts, act: Act, names: Iterable[Identity]) -> str | None:
    """The first number of those that name somebody; None where there is none."""
    seals = (one.sealed for one in names if one.kind is IdentityKind.PHONE and one.sealed)
    return next(map(ports.members.phones.open, seals), None)


async def tell(
    ports: TellingPorts,
    act: Act,
    *,
    name: str | None,
    birthday: Birthday | None,
    children: Sequence[Child],
) -> KnownMember:
    """Keep what the viewer tells of themselves, all of it anew."""
    seen = await me(ports, act)
    check = partial(told, name=name, birthday=birthday, children=children, now=act.at)
    check(seen.profile)

    def rule(own: MemberProfile) -> MemberProfile:
        # They may have withdrawn a consent on another device since they were seen.
        consents = {**seen.profile.consents, **own.consents}
        wanted = check(replace(seen.profile, consents=consents))
        return replace(
            own,
            name=wanted.name,
            birthday=wanted.birthday,
            children=wanted.children,
            told_at=act.at,
        )

    await _change(ports, act, seen.member.id, rule)
    return await me(ports, act)


async def consent(
    ports: TellingPorts, act: Act, purpose: Purpose, *, given: bool, place: str
) -> KnownMember:
    """Allow a purpose, or withdraw it; said again, it changes nothing."""
    seen = await me(ports, act)
    where = read_line(place, most=LONGEST_PLACE, least=1, field=["place"])
    said = Consent(purpose=purpose, given=given, at=act.at, place=where)
    before = seen.profile.consents.get(purpose)
    if before is None or before.given != given:
        await _change(ports, act, seen.member.id, lambda own: with_consent(own, said))
    return await me(ports, act)


async def _change(
    ports: TellingPorts, act: Act, id: PersonId, rule: Callable[[MemberProfile], MemberProfile]
) -> None:
    for _ in range(ATTEMPTS):
        before = await _profile(ports, id)
        after = rule(before)
        if after == before:
            return
        after = risen(after)
        facts = profile_facts.of_change(before, after, act.at)
        try:
            await ports.profiles.save(after, expected=before.version, facts=facts)
        except Conflict:
            continue
        return
    raise Conflict("You are changing this on several devices at once; try again.")


async def _profile(ports: TellingPorts, id: PersonId) -> MemberProfile:
    return (await ports.profiles.by_ids([id])).get(id) or MemberProfile(id=id)


async def _merged(ports: TellingPorts, id: PersonId) -> tuple[dict[str, PersonId], datetime | None]:
    """Whose values count by the merges that hold, the later over the earlier; when the last was."""
    aliases = await ports.members.merges.aliases([id])
    merges = [await ports.members.merges.by_id(one.merge_id) for one in aliases]
    winners: dict[str, PersonId] = {}
    since: datetime | None = None
    for one in sorted((one for one in merges if one), key=lambda one: (one.at, one.id)):
        winners |= dict(one.winners)
        since = one.at
    return winners, since
