"""Trying a journey out without anybody noticing: the engine that runs it, with a clock of its own.

A dry run takes a frozen audience through a version as if nobody did anything; a simulation takes
the facts of past days. Both ask what members allow now, and what was said to them; nothing is kept.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.audiences.tagging import whole_traits
from domain.journeys.engine import World, acting, advanced, concluded, entered, let_in
from domain.journeys.happenings import HAPPENINGS, Happening, happening_of
from domain.journeys.journeys import Journey, JourneyEntryKind, JourneyId
from domain.journeys.ports import JourneyPorts
from domain.journeys.runs import (
    MemberJourneys,
    RunState,
    StepOutcome,
    with_happenings,
    with_run,
    with_spoken,
)
from domain.journeys.speaking import Consenting, Go, PutOff, Skip, SpeakingRules, verdict
from domain.kernel.facts import Stream
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound, WrongState
from domain.kernel.within import Within
from domain.people.act import Act

# So many members, and facts, are enough to see what a journey does.
MOST_MEMBERS = 4_096
MOST_FACTS = 50_000
FACTS_AT_ONCE = 1_000
SIMULATED_DAYS = Within(1, 14)
# What has not come to its end by then is shown as under way.
HORIZON = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalPorts(Ports):
    """Journeys, and what happened."""

    running: JourneyPorts
    stream: Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedStep:
    """What would become of one step: how often it would be done, and left out for which reasons."""

    step: str
    done: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would become of a journey; `asked` members, who began so many runs, ended as `ends`."""

    asked: int
    entered: int
    steps: tuple[RehearsedStep, ...]
    ends: Mapping[str, int]


async def dry_run(
    ports: RehearsalPorts, act: Act, id: str, number: int, audience_id: str
) -> Rehearsal:
    """A version taken through by a frozen audience, of which nobody does anything meanwhile."""
    act.viewer.require("journey.make")
    running = ports.running
    journey = as_live(await journey_of(running, act, id), number, act.at)
    audience = await running.traits.audiences.by_id(audience_id)
    if audience is None or not audience.done:
        raise NotFound(f"There is no audience {audience_id}.", field=["audienceId"])
    members: list[PersonId] = []
    async for part in running.traits.audiences.parts(audience_id):
        members += part
        if len(members) >= MOST_MEMBERS:
            break
    members = members[:MOST_MEMBERS]
    known = await running.members.by_ids(members)
    others = {run.journey_id for one in known.values() for run in one.runs if run.open}
    scene = await _scene(running, act, journey, members, others)
    after, key = [], f"dry:{audience_id}"
    for one in members:
        # What they are in is left as it is; but it excludes, and what was said counts.
        before = known.get(one) or MemberJourneys(id=one)
        begun = entered(before, journey, key, act.at, scene.of(one))
        own = tuple(run for run in begun.runs if run.key == key)
        after.append(played(replace(begun, runs=own), (), scene, act.at + HORIZON))
    return _tally(journey, number, after)


async def simulate(ports: RehearsalPorts, act: Act, id: str, number: int, days: int) -> Rehearsal:
    """A version as it would have run by the facts of the last days, told at their moments."""
    act.viewer.require("journey.make")
    SIMULATED_DAYS.read(days, ["days"])
    running = ports.running
    since = act.at - timedelta(days=days)
    journey = as_live(await journey_of(running, act, id), number, since)
    if journey.numbered(number).plan.entry.kind is not JourneyEntryKind.FACT:
        raise WrongState("Only what is entered by a fact is simulated; try a dry run.")
    told: dict[PersonId, list[Happening]] = {}
    async for one in _happenings(ports, since):
        told.setdefault(one.member_id, []).append(one)
    members = sorted(told)[:MOST_MEMBERS]
    scene = await _scene(running, act, journey, members, ())
    after = [played(MemberJourneys(id=one), told[one], scene, act.at) for one in members]
    return _tally(journey, number, after)


def as_live(journey: Journey, number: int, at: datetime) -> Journey:
    """The journey as if a version were the one that who enters takes."""
    version = replace(journey.numbered(number), live_at=at)
    return replace(journey, versions=(version,), live=number, paused=False, ended=False)


async def journey_of(ports: JourneyPorts, act: Act, id: str) -> Journey:
    """The journey of an id, or NotFound."""
    known = (await ports.journeys.by_ids([JourneyId(id)])).get(JourneyId(id))
    if known is None:
        raise NotFound(f"There is no journey {id}; look at journeys.", field=["id"])
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a journey is played: what it asks of the world, and what members allow."""

    journey: Journey
    worlds: Mapping[PersonId, World]
    standings: Mapping[PersonId, Consenting]
    rules: SpeakingRules

    def of(self, id: PersonId) -> World:
        """The world of a member."""
        return self.worlds[id]


async def _scene(
    ports: JourneyPorts,
    act: Act,
    journey: Journey,
    members: Sequence[PersonId],
    others: Collection[JourneyId],
) -> Stage:
    rules = ports.traits.book.rules()
    traits = await whole_traits(ports.traits.traits, members, act.at, rules)
    known = await ports.journeys.by_ids(sorted(others)) if others else {}
    world = World(journeys={**known, journey.id: journey})
    return Stage(
        journey=journey,
        worlds={
            one: replace(
                world, segments=frozenset(key.rpartition("@")[0] for key in traits[one].segments)
            )
            for one in members
        },
        standings=await ports.standings.of(members),
        rules=ports.rules.now(),
    )


def played(
    member: MemberJourneys, told: Sequence[Happening], scene: Stage, until: datetime
) -> MemberJourneys:
    """A member after all that they do and all that time brings, as if each thing were done."""
    world = scene.of(member.id)
    waiting = sorted(told, key=lambda one: (one.at, one.id))
    while True:
        heard_at = waiting[0].at if waiting else NEVER
        now = min(heard_at, member.due_at)
        if now > until:
            return member
        if heard_at <= member.due_at:
            one, waiting = waiting[0], waiting[1:]
            member = advanced(with_happenings(member, [one]), world, now)
            member = let_in(member, scene.journey, one, world, now)
        member = advanced(member, world, now)
        for run, step in list(acting(member, world, now)):
            standing = scene.standings.get(member.id, Consenting(known=False))
            match verdict(run, step, member, standing, scene.rules, now):
                case PutOff(until=morning):
                    member = with_run(member, replace(run, due_at=morning))
                case Skip(why=why):
                    member = concluded(member, run, step, StepOutcome.SKIPPED, why, now)
                case Go(counts=counts):
                    if counts:
                        member = with_spoken(member, run.effect_id, now)
                    called = run.to(RunState.CALLING)
                    member = concluded(member, called, step, StepOutcome.DONE, "", now)


async def _happenings(ports: RehearsalPorts, since: datetime) -> AsyncIterator[Happening]:
    """What members did since a moment, as far as journeys hear of it."""
    catalogue = ports.running.catalogue.catalogue()
    n, left = await _number_before(ports.stream, since), MOST_FACTS
    while left > 0 and (facts := await ports.stream.after(n, FACTS_AT_ONCE)):
        n, left = facts[-1].n, left - len(facts)
        for fact in facts:
            if fact.kind in HAPPENINGS and fact.at >= since:
                happening = happening_of(fact, catalogue)
                if happening:
                    yield happening


async def _number_before(stream: Stream, since: datetime) -> int:
    """A number before which, about, all happened before a moment; by halves."""
    low, high = 0, await stream.head()
    while low < high:
        middle = (low + high) // 2
        facts = await stream.after(middle, 1)
        if facts and facts[0].at < since:
            low = middle + 1
        else:
            high = middle
    return low


def _tally(journey: Journey, number: int, members: Sequence[MemberJourneys]) -> Rehearsal:
    runs = [run for one in members for run in one.runs if run.journey_id == journey.id]
    records = [record for run in runs for record in run.records]
    done = Counter(one.step for one in records if one.outcome is StepOutcome.DONE)
    skipped = Counter((one.step, one.why) for one in records if one.outcome is StepOutcome.SKIPPED)
    steps = tuple(
        RehearsedStep(
            step=one.key,
            done=done[one.key],
            skipped={why: n for (key, why), n in sorted(skipped.items()) if key == one.key},
        )
        for one in journey.numbered(number).plan.steps
    )
    ends = Counter(run.state.value for run in runs)
    return Rehearsal(asked=len(members), entered=len(runs), steps=steps, ends=dict(ends))
