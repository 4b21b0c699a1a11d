"""Merging two members into one, giving a number to its new owner, and undoing either."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import MappingProxyType

from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.members import member_facts
from domain.members.conflicts import MemberConflicts
from domain.members.identities import (
    FREE,
    Identities,
    Identity,
    Proof,
    Side,
    handed_over,
)
from domain.members.merges import (
    Evidence,
    Merge,
    MergeId,
    MergeKind,
    Merges,
    MergeState,
    led_through,
)
from domain.members.phones import PhoneKey
from domain.people.act import Act
from domain.people.sign_in import PeoplePorts

# How long whoever began a merge has to finish it, before the clock does.
GRACE = timedelta(seconds=15)
MOST_AT_ONCE = 200
# A value that only one can have is taken by whoever writes first; the others look again.
ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPorts(Ports):
    """Members, what names them, and what became of two that are one; `app_id` is WeChat's."""

    people: PeoplePorts
    identities: Identities
    merges: Merges
    conflicts: MemberConflicts
    records: Records
    phones: PhoneKey
    app_id: str


async def group_of(ports: MemberPorts, act: Act, id: PersonId) -> tuple[PersonId, ...]:
    """A live member's id, then those of all who were merged into them."""
    return id, *sorted(one.id for one in await ports.merges.aliases([id]))


async def side_of(ports: MemberPorts, act: Act, id: PersonId) -> Side | None:
    """A member as the rules look at them, with all that leads to them; None where there is none."""
    member = await ports.people.members.live(id)
    if member is None:
        return None
    names = await ports.identities.of_members(await group_of(ports, act, member.id))
    return Side(member_id=member.id, identities=tuple(names), seen_at=member.seen_at)


async def merge(
    ports: MemberPorts,
    act: Act,
    loser: PersonId,
    survivor: PersonId,
    evidence: Evidence,
    *,
    winners: Mapping[str, PersonId] = MappingProxyType({}),
    reason: str = "",
) -> Merge:
    """Make a member lead to another; Conflict where either is being merged elsewhere just now."""
    if loser == survivor:
        raise Invalid("These are one member already.", field=["id"])
    names = await ports.identities.of_members(await group_of(ports, act, loser))
    begun = Merge(
        id=MergeId(act.new_id("merge")),
        kind=MergeKind.MERGE,
        loser=loser,
        survivor=survivor,
        evidence=evidence,
        identities=tuple(one.id for one in names),
        began=act.cause(reason),
        at=act.at,
        winners=winners,
    )
    await ports.merges.begin(begun)
    done = await _finished(ports, begun)
    if done.state is MergeState.VOID:
        raise Conflict("One of these members is being merged with another just now; look again.")
    await _recorded(ports, act, "memberMerge", done)
    return done


async def release(
    ports: MemberPorts, act: Act, identity: Identity, to: PersonId, evidence: Evidence
) -> Merge:
    """Give a number to its new owner; whoever had it keeps all else and is found by other names."""
    begun = Merge(
        id=MergeId(f"release:{identity.id}:{identity.version}"),
        kind=MergeKind.RELEASE,
        loser=identity.member_id,
        survivor=to,
        evidence=evidence,
        identities=(identity.id,),
        began=act.cause(),
        at=act.at,
    )
    await ports.merges.begin(begun)
    proof = Proof.STAFF if evidence is Evidence.STAFF else Proof.WECHAT
    after = handed_over(identity, to, proof, act.at)
    await ports.identities.save(
        after, expected=identity.version, facts=[member_facts.claimed(after)]
    )
    done = begun.moved(MergeState.DONE)
    await ports.merges.save(done, expected=begun.version)
    await _recorded(ports, act, "memberNumberRelease", done)
    return done


async def undo(ports: MemberPorts, act: Act, id: str, *, reason: str = "") -> Merge:
    """Give back what a merge or a release took: the two are as they would be without it."""
    act.viewer.require("member.keep")
    found = await _undoing(ports, act, MergeId(id), reason)
    if found.state is MergeState.UNDONE:
        return found
    done = await _finished(ports, found)
    await _recorded(ports, act, "memberUnmerge", done)
    return done


async def _undoing(ports: MemberPorts, act: Act, id: MergeId, reason: str) -> Merge:
    """A merge that is being undone, by this or by another who asks for it at the same time."""
    for attempt in range(ATTEMPTS):
        found = await ports.merges.by_id(id)
        if found is None:
            raise NotFound(f"There is no merge {id}.", field=["id"])
        if found.state is MergeState.UNDOING or (attempt and found.state is MergeState.UNDONE):
            return found
        undoing = found.moved(MergeState.UNDOING, act.cause(reason))
        try:
            await ports.merges.save(undoing, expected=found.version)
        except Conflict:
            continue
        return undoing
    raise Conflict("Others are changing this merge just now; look at it again.")


async def finish_merges(ports: MemberPorts, act: Act) -> int:
    """Finish what a crash has cut short; tell of how many."""
    waiting = await ports.merges.waiting(act.at - GRACE, MOST_AT_ONCE)
    return await each(waiting, partial(_finished, ports))


async def _finished(ports: MemberPorts, merge: Merge) -> Merge:
    """A merge in its end; each step of it may have been done before."""
    if merge.kind is MergeKind.RELEASE:
        return await _released(ports, merge)
    if merge.state is MergeState.UNDOING:
        return await _unbound(ports, merge)
    bound = await ports.merges.hold(merge) and await ports.merges.bind(
        merge, [member_facts.merged(merge)]
    )
    brought = await _lead_on(ports, merge.loser, merge.survivor) if bound else ()
    await ports.merges.let_go(merge, brought)
    if gone := set(brought) - {one.id for one in await ports.merges.aliases([merge.survivor])}:
        # Whoever was parted from the loser meanwhile has not been brought after all.
        await ports.merges.part([merge.survivor], gone)
    return await _ended(ports, merge, MergeState.DONE if bound else MergeState.VOID)


async def _unbound(ports: MemberPorts, merge: Merge) -> Merge:
    await ports.merges.unbind(merge, [member_facts.unmerged(merge)])
    parted, ends = {merge.loser}, await _ends(ports, merge.survivor)
    for _ in range(ATTEMPTS):
        through = led_through(await ports.merges.aliases(sorted(ends)), merge.loser)
        for end in ends:
            await ports.merges.lead(through, end, merge.loser)
        parted |= through
        await ports.merges.part(ends, parted)
        # The survivor may be on its way to lead to somebody else, and takes along who leads to it.
        before, ends = ends, await _ends(ports, merge.survivor)
        if not through and ends == before:
            break
    return await _ended(ports, merge, MergeState.UNDONE)


async def _ends(ports: MemberPorts, survivor: PersonId) -> set[PersonId]:
    """A survivor, and whom they lead to by now."""
    root = await ports.people.members.live(survivor)
    return {survivor, root.id} if root else {survivor}


async def _released(ports: MemberPorts, merge: Merge) -> Merge:
    """What a number's release comes to: it is told by whose the number is."""
    names = await ports.identities.by_ids(merge.identities)
    if merge.state is MergeState.OPEN:
        moved = all(one.member_id == merge.survivor for one in names.values())
        return await _ended(ports, merge, MergeState.DONE if moved else MergeState.VOID)
    for one in names.values():
        if one.member_id == merge.survivor:
            await _give_back(ports, one, merge)
    return await _ended(ports, merge, MergeState.UNDONE)


async def _give_back(ports: MemberPorts, identity: Identity, merge: Merge) -> None:
    assert merge.undone is not None, "it is being undone"
    others = await ports.identities.of_members([merge.loser])
    taken = any(one.kind is identity.kind for one in others)
    # Whoever had it has another by now: then it is nobody's, and theirs once they prove it.
    to = FREE if taken else merge.loser
    after = handed_over(identity, to, Proof.STAFF, merge.undone.at)
    facts = [] if taken else [member_facts.claimed(after)]
    await ports.identities.save(after, expected=identity.version, facts=facts)


async def _lead_on(ports: MemberPorts, loser: PersonId, survivor: PersonId) -> Collection[PersonId]:
    """Have all who led to the loser lead to the survivor, so that nobody follows two hops.

    Answers all whom the loser brings, themselves first.
    """
    aliases = [one.id for one in await ports.merges.aliases([loser])]
    await ports.merges.lead(aliases, loser, survivor)
    found = await ports.merges.aliases([survivor])
    return loser, *sorted(led_through(found, loser))


async def _ended(ports: MemberPorts, merge: Merge, state: MergeState) -> Merge:
    ended = merge.moved(state)
    try:
        await ports.merges.save(ended, expected=merge.version)
    except Conflict:
        # The clock, or whoever was cut short, was faster and came to the same.
        found = await ports.merges.by_id(merge.id)
        if found is None or found.state is not state:
            raise
        return found
    return ended


async def _recorded(ports: MemberPorts, act: Act, action: str, merge: Merge) -> None:
    values = {
        "merge": merge.id,
        "loser": merge.loser,
        "survivor": merge.survivor,
        "evidence": merge.evidence.value,
        "state": merge.state.value,
    }
    for one in (merge.loser, merge.survivor):
        subject = Subject(kind="member", id=one)
        await ports.records.append(act.record(action, subject, before={}, after=values))
