"""Running journeys: what members do moves them, and so does time; each effect is done at most once.

Before something is done its run is written down as CALLING, over the version that was seen: so
nobody else does it. Cut short after that, it is found when its time is over and asked of the door
under the same id, which answers what became of it and does nothing twice.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from domain.audiences.tagging import whole_traits
from domain.journeys.engine import (
    World,
    acting,
    advanced,
    chance,
    concluded,
    let_in,
    step_of,
)
from domain.journeys.happenings import FactMatch, Happening, happening_of
from domain.journeys.journey_facts import facts_of_change
from domain.journeys.journeys import Journey
from domain.journeys.ports import Effected, JourneyEffect, JourneyPorts
from domain.journeys.runs import (
    MemberJourneys,
    Run,
    RunId,
    RunState,
    StepOutcome,
    with_happenings,
    with_run,
    with_spoken,
    without_spoken,
)
from domain.journeys.speaking import Consenting, Go, PutOff, Skip, SpeakingRules, verdict
from domain.journeys.steps import JourneyStep
from domain.kernel.each import each
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Refusal
from domain.kernel.versions import risen
from domain.members.merges import MOST_HOPS, circle
from domain.people.act import Act

# Whoever does something for a member has them so long; whom nobody can move rests meanwhile.
CALLED = timedelta(minutes=2)
PUT_OFF = timedelta(minutes=1)
# Moved on at a time. Where others are at them, one goes on so many times as many behind, by chance.
MOST_DUE = 100
PLACES = 8
CALLS_AT_ONCE = 8
ATTEMPTS = 20

Change = Callable[[MemberJourneys, World], MemberJourneys]


async def follow_members(ports: JourneyPorts, act: Act, batch: Batch) -> None:
    """Let what members do begin, move and end their runs; told again, it changes nothing."""
    catalogue = ports.catalogue.catalogue()
    told: dict[PersonId, list[Happening]] = {}
    for fact in batch.facts:
        if happening := happening_of(fact, catalogue):
            told.setdefault(happening.member_id, []).append(happening)
    if not told:
        return
    live = await ports.journeys.live()
    kinds = {match.kind for one in live for match in _asked(one)}
    wanted = {
        member: kept
        for member, several in told.items()
        if (kept := [one for one in several if one.kind in kinds])
    }
    changes = {one: partial(_heard, act, live, several) for one, several in wanted.items()}
    await change_members(ports, act, changes)


def _asked(journey: Journey) -> list[FactMatch]:
    plans = [one.plan for one in journey.versions if one.live_at]
    found = [one for plan in plans for one in (*plan.goals, plan.entry.fact)]
    found += [step.fact for plan in plans for step in plan.steps]
    return [one for one in found if one is not None]


def _heard(
    act: Act,
    live: Sequence[Journey],
    several: Sequence[Happening],
    member: MemberJourneys,
    world: World,
) -> MemberJourneys:
    member = with_happenings(member, several)
    # Who is in one is moved first: what ends it may let them into another.
    member = advanced(member, world, act.at)
    for one in sorted(several, key=lambda one: (one.at, one.id)):
        for journey in live:
            member = let_in(member, journey, one, world, act.at)
    return member


async def work_on_journeys(ports: JourneyPorts, act: Act) -> int:
    """Move on those members who are due, and do what is to be done for them; tell of how many."""
    due = await _due(ports, act, beyond=0)
    lost = await _work(ports, act, due)
    if 4 * lost > len(due):
        beyond = MOST_DUE * (1 + chance(act.new_id("turn"), PLACES))
        await _work(ports, act, await _due(ports, act, beyond=beyond))
    return len(due)


async def _due(ports: JourneyPorts, act: Act, *, beyond: int) -> Sequence[MemberJourneys]:
    return await ports.members.due(act.at, MOST_DUE, beyond=beyond, until=act.at + PUT_OFF)


async def _work(ports: JourneyPorts, act: Act, due: Sequence[MemberJourneys]) -> int:
    """Move members on, and do what is due; tell how many of them others had first."""
    if not due:
        return 0
    world = await _world(ports, due)
    worlds = await _worlds(ports, act, due, world)
    standings = await ports.standings.of([one.id for one in due])
    rules = ports.rules.now()
    after: list[MemberJourneys] = []
    stuck: list[MemberJourneys] = []
    faults: list[Exception] = []
    for one in due:
        standing = standings.get(one.id, Consenting(known=False))
        try:
            after.append(risen(_moved(one, worlds[one.id], standing, rules, act)))
        except Exception as fault:
            fault.add_note(f"while moving {one.id} on")
            faults.append(fault)
            stuck.append(one)
    lost = await _save(ports, due, after)
    again = {run.id for one in due for run in one.runs if run.state is RunState.CALLING}
    mine = {one.id: one for one in after if one.id not in lost}
    calls = [
        (member, run)
        for member in mine.values()
        for run in member.runs
        if run.state is RunState.CALLING and (run.due_at == act.at + CALLED)
    ]
    if stuck:
        await ports.members.put_off(stuck, act.at + PUT_OFF)
    await _call_all(ports, act, Seen(members=mine, world=world, worlds=worlds), calls, again)
    if faults:
        raise ExceptionGroup(f"{len(faults)} members can't be moved on", faults)
    return len(lost)


def _moved(
    member: MemberJourneys, world: World, standing: Consenting, rules: SpeakingRules, act: Act
) -> MemberJourneys:
    moved = advanced(member, world, act.at)
    # What is left out may lead on to something else that is due.
    while (begun := _begun(moved, world, standing, rules, act)) != moved:
        moved = advanced(begun, world, act.at)
    return moved


def _begun(
    member: MemberJourneys, world: World, standing: Consenting, rules: SpeakingRules, act: Act
) -> MemberJourneys:
    """The member with what is due of each run begun, put off, or left out."""
    until = act.at + CALLED
    for run in member.runs:
        if run.state is RunState.CALLING and run.due_at <= act.at:
            member = with_run(member, replace(run, due_at=until))  # cut short: it is asked for
    for run, step in acting(member, world, act.at):
        match verdict(run, step, member, standing, rules, act.at):
            case PutOff(until=morning):
                member = with_run(member, replace(run, due_at=morning))
            case Skip(why=why):
                member = concluded(member, run, step, StepOutcome.SKIPPED, why, act.at)
            case Go(counts=counts):
                member = with_run(member, run.to(RunState.CALLING, due_at=until))
                if counts:
                    member = with_spoken(member, run.effect_id, act.at)
    return member


async def _call_all(
    ports: JourneyPorts,
    act: Act,
    seen: "Seen",
    calls: Sequence[tuple[MemberJourneys, Run]],
    again: Collection[RunId],
) -> None:
    """Do what some runs are CALLING for, then note together what became of them."""
    noted: dict[PersonId, Change] = {}

    async def call(one: tuple[MemberJourneys, Run]) -> None:
        member, run = one
        step = step_of(run, seen.world.journeys)
        effect = JourneyEffect(
            id=run.effect_id,
            member_id=member.id,
            step=step,
            at=run.since,
            again=run.id in again,
        )
        done = await _called(ports, act, effect)
        change = partial(_noted, act, run.id, step, done)
        noted[member.id] = _both(noted.get(member.id), change)

    faults: ExceptionGroup[Exception] | None = None
    try:
        await each(calls, call, at_once=max(1, min(CALLS_AT_ONCE, len(calls))))
    except ExceptionGroup as some:
        faults = some
    if noted:
        await change_members(ports, act, noted, seen)
    if faults:
        raise faults


def _both(first: Change | None, then: Change) -> Change:
    if first is None:
        return then
    return lambda member, world: then(first(member, world), world)


async def _called(ports: JourneyPorts, act: Act, effect: JourneyEffect) -> Effected | None:
    """What became of what a run is CALLING for; None where nothing was begun."""
    door = ports.doors.get(effect.step.kind)
    try:
        if door is None:
            return Effected(outcome=StepOutcome.FAILED, why="NOT_CONNECTED")
        return await door.do(act, effect)
    except Conflict:
        raise  # somebody else is at it; what became of it is asked when its time is over
    except Refusal as refusal:
        return Effected(outcome=StepOutcome.FAILED, why=refusal.code)


def _noted(
    act: Act,
    id: RunId,
    step: JourneyStep,
    done: Effected | None,
    member: MemberJourneys,
    world: World,
) -> MemberJourneys:
    run = member.run(id)
    if run is None or run.state is not RunState.CALLING or run.step != step.key:
        return member  # noted already, by whoever came after us
    if done is None:
        # It was cut short before it was begun: goals, the night and caps are asked anew.
        back = with_run(member, run.to(RunState.WAITING, due_at=act.at))
        return advanced(without_spoken(back, run.effect_id), world, act.at)
    noted = concluded(member, run, step, done.outcome, done.why, act.at)
    return advanced(noted, world, act.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Members as they were written a moment ago, and their worlds, with which others begin."""

    members: Mapping[PersonId, MemberJourneys]
    world: World
    worlds: Mapping[PersonId, World]


async def change_members(
    ports: JourneyPorts, act: Act, changes: Mapping[PersonId, Change], seen: Seen | None = None
) -> None:
    """Change what is known of members, each over what it was made from.

    That is as they were `seen`, or else as they are. Of somebody who was merged into another, it is
    the other's. Conflict where others change one of them again and again.
    """
    left = dict(changes)
    for _ in range(ATTEMPTS):
        if seen is not None:
            found = {one: (one, seen.members[one]) for one in left}
            worlds, seen = seen.worlds, None
        else:
            found = await _led(ports, left)
            asked = [one for _, one in found.values()]
            worlds = await _worlds(ports, act, asked, await _world(ports, asked))
        before: dict[PersonId, MemberJourneys] = {}
        after: dict[PersonId, MemberJourneys] = {}
        for one, (_, member) in found.items():
            # Two may lead to one.
            then = after.get(member.id, member)
            before.setdefault(member.id, member)
            after[member.id] = left[one](then, worlds[member.id])
        changed = [one for one in after.values() if one != before[one.id]]
        lost = await _save(ports, list(before.values()), [risen(one) for one in changed])
        left = {one: change for one, change in left.items() if found[one][1].id in lost}
        if not left:
            return
    raise Conflict("Others are changing these members' journeys at the same time; try again.")


async def _led(
    ports: JourneyPorts, ids: Collection[PersonId]
) -> dict[PersonId, tuple[PersonId, MemberJourneys]]:
    """Of each id, the member at whom it ends who leads from one to another."""
    known = dict(await ports.members.by_ids(ids))
    ends = {one: known.get(one) or MemberJourneys(id=one) for one in ids}
    for _ in range(MOST_HOPS):
        leading = {one: end.into for one, end in ends.items() if end.into}
        if not leading:
            return {one: (one, end) for one, end in ends.items()}
        known = dict(await ports.members.by_ids(sorted(set(leading.values()))))
        ends |= {one: known.get(to) or MemberJourneys(id=to) for one, to in leading.items()}
    raise circle()


async def _save(
    ports: JourneyPorts, before: Sequence[MemberJourneys], after: Sequence[MemberJourneys]
) -> frozenset[PersonId]:
    known = {one.id: one for one in before}
    facts = {one.id: facts_of_change(known.get(one.id), one) for one in after}
    return await ports.members.save_all(after, facts) if after else frozenset()


async def _world(ports: JourneyPorts, members: Sequence[MemberJourneys]) -> World:
    """The journeys that members are in, and those that they may enter, with what was learnt."""
    live = {one.id: one for one in await ports.journeys.live()}
    ids = {run.journey_id for one in members for run in one.runs if run.open} - live.keys()
    journeys = {**live, **(await ports.journeys.by_ids(sorted(ids)) if ids else {})}
    learning = [one.id for one in live.values() if any(v.plan.learning for v in one.versions)]
    learnt = await ports.learning.of(learning) if learning else {}
    return World(journeys=journeys, learnt=learnt)


async def _worlds(
    ports: JourneyPorts, act: Act, members: Sequence[MemberJourneys], world: World
) -> Mapping[PersonId, World]:
    """The world of each member: with their segments, where a journey asks for some."""
    if not any(v.plan.segments for one in world.journeys.values() for v in one.versions):
        return dict.fromkeys([one.id for one in members], world)
    rules = ports.traits.book.rules()
    ids = sorted({one.id for one in members})
    traits = await whole_traits(ports.traits.traits, ids, act.at, rules)
    return {
        one: replace(
            world, segments=frozenset(key.rpartition("@")[0] for key in traits[one].segments)
        )
        for one in ids
    }
