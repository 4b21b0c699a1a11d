"""What staff decide of members: who is one person, whose a number is, and what is undone."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.members.conflicts import (
    ConflictId,
    ConflictKind,
    ConflictState,
    MemberConflict,
    Settlement,
)
from domain.members.identities import FREE, Identity, IdentityKind, Proof, handed_over
from domain.members.merges import Evidence, Merge
from domain.members.merging import MemberPorts, merge, release, side_of
from domain.members.profiles import FIELDS
from domain.members.telling import KnownMember, TellingPorts, known
from domain.people.act import Act

LONGEST_REASON = 200


async def looked_up(ports: TellingPorts, act: Act, id: str) -> KnownMember:
    """What we know of a member, for head office; an id that was merged leads to the other."""
    act.viewer.require("member.keep")
    return await known(ports, act, PersonId(id))


async def side_shown(ports: TellingPorts, act: Act, id: PersonId | None) -> KnownMember | None:
    """One side of a conflict; None for somebody who is no member."""
    return await looked_up(ports, act, id) if id else None


async def merges_of(ports: MemberPorts, act: Act, id: str, request: PageRequest) -> Page[Merge]:
    """What left a member or came to them, the newest first."""
    act.viewer.require("member.keep")
    return await ports.merges.of_member(PersonId(id), request)


async def queue(
    ports: MemberPorts, act: Act, state: ConflictState, request: PageRequest
) -> Page[MemberConflict]:
    """The conflicts in a state, the oldest first."""
    act.viewer.require("member.keep")
    return await ports.conflicts.in_state(state, request)


async def merge_two(
    ports: MemberPorts,
    act: Act,
    loser: str,
    survivor: str,
    *,
    winners: Mapping[str, str] = MappingProxyType({}),
    reason: str,
) -> Merge:
    """Make two members one because staff say so; what named either leads to the survivor."""
    act.viewer.require("member.keep")
    why = read_line(reason, most=LONGEST_REASON, least=1, field=["reason"])
    for name, chosen in winners.items():
        if name not in FIELDS or chosen not in (loser, survivor):
            raise Invalid(
                f"Name a field ({', '.join(FIELDS)}) and one of the two.", field=["winners"]
            )
    for one in (loser, survivor):
        member = await ports.people.members.by_id(PersonId(one))
        if member is None or member.merged_into is not None:
            raise NotFound(f"There is no member {one} who stands alone.", field=["id"])
    return await merge(
        ports,
        act,
        PersonId(loser),
        PersonId(survivor),
        Evidence.STAFF,
        winners={name: PersonId(one) for name, one in winners.items()},
        reason=why,
    )


async def settle(
    ports: MemberPorts, act: Act, id: str, settlement: Settlement, reason: str
) -> MemberConflict:
    """Decide a conflict and do what follows; decided again by somebody else, it is a WrongState."""
    act.viewer.require("member.keep")
    why = read_line(reason, most=LONGEST_REASON, least=1, field=["reason"])
    found = await ports.conflicts.by_id(ConflictId(id))
    if found is None:
        raise NotFound(f"There is no conflict {id}.", field=["id"])
    after = found.decided(settlement, act.cause(why))
    if settlement is Settlement.MERGE:
        await _made_one(ports, act, found, why)
    elif settlement is Settlement.RELEASE:
        await _released_from(ports, act, found)
    await ports.conflicts.save(after, expected=found.version)
    return after


async def give_up_number(ports: MemberPorts, act: Act) -> bool:
    """Let the viewer's number go, as whoever claims it asked; whether they had one."""
    act.viewer.require("member.set_phone")
    side = await side_of(ports, act, act.viewer.id)
    phones = [one for one in (side.identities if side else ()) if one.kind is IdentityKind.PHONE]
    for one in phones:
        await _freed(ports, act, one)
    if side is not None:
        for conflict in (await ports.conflicts.with_holder(side.member_id)).values():
            if conflict.kind is ConflictKind.NUMBER:
                after = conflict.decided(Settlement.RELEASE, act.cause("given up"))
                await ports.conflicts.save(after, expected=conflict.version)
    return bool(phones)


async def _made_one(ports: MemberPorts, act: Act, found: MemberConflict, why: str) -> None:
    if found.claimant is None:
        raise Invalid(
            "Whoever claims this is no member yet; release it, or keep it.", field=["settlement"]
        )
    sides = [await side_of(ports, act, one) for one in (found.claimant, found.holder)]
    claimant, holder = sides
    if claimant and holder and claimant.member_id != holder.member_id:
        await merge(ports, act, claimant.member_id, holder.member_id, Evidence.STAFF, reason=why)


async def _released_from(ports: MemberPorts, act: Act, found: MemberConflict) -> None:
    identity = (await ports.identities.by_ids([found.identity_id])).get(found.identity_id)
    holder = await side_of(ports, act, found.holder)
    held = holder is not None and any(one.id == found.identity_id for one in holder.identities)
    if identity is None or not held:
        raise Conflict("This is not the holder's any more; keep it as it is.")
    claimant = await side_of(ports, act, found.claimant) if found.claimant else None
    if claimant is None or _has_one(claimant.identities, identity):
        # They get it once they prove it again.
        await _freed(ports, act, identity)
    else:
        await release(ports, act, identity, claimant.member_id, Evidence.STAFF)


async def _freed(ports: MemberPorts, act: Act, identity: Identity) -> None:
    after = handed_over(identity, FREE, Proof.STAFF, act.at)
    await ports.identities.save(after, expected=identity.version)


def _has_one(identities: Sequence[Identity], like: Identity) -> bool:
    return any(one.kind is like.kind for one in identities)
