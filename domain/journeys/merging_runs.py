"""Runs follow members who are made one, and are their own again where that is undone.

First nothing moves of who leads to another, then the other has their runs, under the ids that they
have: what is done for one is done once, wherever its run is by then.
"""

from dataclasses import replace

from domain.journeys.engine import MERGED, World, ended, plan_of
from domain.journeys.ports import JourneyPorts
from domain.journeys.running import ATTEMPTS, change_members
from domain.journeys.runs import (
    Entered,
    MemberJourneys,
    Run,
    RunState,
    with_happenings,
    with_run,
)
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict
from domain.kernel.versions import risen
from domain.members.member_facts import MEMBER_MERGED
from domain.members.merges import stands
from domain.people.act import Act


async def follow_merged_runs(ports: JourneyPorts, act: Act, batch: Batch) -> None:
    """Let runs follow merges and what undoes them."""
    for fact in batch.facts:
        loser, survivor = PersonId(fact.data["loser"]), PersonId(fact.data["survivor"])
        if fact.kind == MEMBER_MERGED and await stands(ports.merges, fact.data["merge"]):
            await _lead(ports, act, loser, survivor)
        else:
            await _part(ports, act, loser, survivor)


async def _lead(ports: JourneyPorts, act: Act, loser: PersonId, survivor: PersonId) -> None:
    for _ in range(ATTEMPTS):
        own = await _own(ports, loser)
        led = risen(replace(own, into=survivor))
        if own.into == survivor or not await ports.members.save_all([led], {}):
            break
    else:
        raise _busy()

    def adopt(member: MemberJourneys, world: World) -> MemberJourneys:
        return adopted(member, own, world, act)

    await change_members(ports, act, {survivor: adopt})


async def _part(ports: JourneyPorts, act: Act, loser: PersonId, survivor: PersonId) -> None:
    for _ in range(ATTEMPTS):
        known = await ports.members.by_ids([loser, survivor])
        own, other = known.get(loser), known.get(survivor)
        if own is None or own.into not in (None, survivor):
            return
        if own.into is None:
            break  # it was cut short after they were their own again
        theirs = [one for one in other.runs if _is_of(one, loser)] if other else []
        alone = replace(own, into=None)
        for run in theirs:
            alone = with_run(alone, run)
        if not await ports.members.save_all([risen(alone)], {}):
            break
    else:
        raise _busy()

    def give_back(member: MemberJourneys, _: World) -> MemberJourneys:
        kept = tuple(one for one in member.runs if not _is_of(one, loser))
        return replace(member, runs=kept)

    await change_members(ports, act, {survivor: give_back})


def adopted(member: MemberJourneys, own: MemberJourneys, world: World, act: Act) -> MemberJourneys:
    """A member with all that was known of one who leads to them by now; again, it is the same.

    Of two runs that exclude each other the one that began first goes on.
    """
    new = [one for one in own.runs if member.run(one.id) is None]
    if not new and set(own.happenings) <= set(member.happenings):
        return member
    member = with_happenings(member, own.happenings)
    for run in new:
        member = with_run(member, run)
    names = member.entered.keys() | own.entered.keys()
    spoken = {one.id: one for one in (*member.spoken, *own.spoken)}
    member = replace(
        member,
        entered={
            one: _together(member.entered.get(one), own.entered.get(one)) for one in sorted(names)
        },
        spoken=tuple(sorted(spoken.values(), key=lambda one: one.at)),
    )
    return _parted(member, world, act)


def _together(one: Entered | None, other: Entered | None) -> Entered:
    one, other = one or Entered(), other or Entered()
    return Entered(
        times=one.times + other.times,
        last_at=max(one.last_at, other.last_at),
        keys=(*other.keys, *one.keys),
    )


def _parted(member: MemberJourneys, world: World, act: Act) -> MemberJourneys:
    """The member whose runs do not exclude each other; what is being done stays."""

    def first(run: Run) -> tuple[bool, object]:
        return run.state is not RunState.CALLING, run.entered_at

    taken: set[str] = set()
    for run in sorted((one for one in member.runs if one.open), key=first):
        names = {f"journey:{run.journey_id}"}
        if run.journey_id in world.journeys and (group := plan_of(run, world.journeys).entry.group):
            names.add(f"group:{group}")
        if names & taken and run.state is not RunState.CALLING:
            member = with_run(member, ended(run, RunState.STOPPED, act.at, MERGED))
        else:
            taken |= names
    return member


def _is_of(run: Run, member_id: PersonId) -> bool:
    return run.id.split("|")[1] == member_id


async def _own(ports: JourneyPorts, id: PersonId) -> MemberJourneys:
    return (await ports.members.by_ids([id])).get(id) or MemberJourneys(id=id)


def _busy() -> Conflict:
    return Conflict("Others are changing these members' journeys at the same time; try again.")
