"""The engine of journeys: pure functions of what is known of a member and of the moment.

`entered` begins a run, `advanced` moves it as far as time and facts let it, `concluded` notes what
became of what was done. They do nothing themselves: a run in ACTING says what is to be done, under
an id that is the same however often it is asked. Where a run arrives is reckoned from the moments
at which things were due, so that it is the same however late or in whatever order they are heard.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate

from domain.journeys.happenings import FactMatch, Happening
from domain.journeys.journeys import Journey, JourneyId, JourneyPlan, JourneyVersion, ReEntry
from domain.journeys.runs import (
    MOST_KEYS,
    MOST_OPEN,
    NOT_DONE,
    Entered,
    MemberJourneys,
    Run,
    RunId,
    RunState,
    StepOutcome,
    StepRecord,
    with_run,
    without_spoken,
)
from domain.journeys.steps import ACTIONS, WHOLE, JourneyStep, StepKind, shares_of
from domain.kernel.days import BEIJING
from domain.kernel.moments import NEVER

# Of a paused journey it is looked again so often whether it goes on.
PAUSED = timedelta(minutes=5)
REPLACED, WITHDRAWN, MERGED = "REPLACED", "WITHDRAWN", "MERGED"
# The shares of arms that were learnt, by journey, split and epoch.
Learnt = Mapping[tuple[JourneyId, str, int], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What runs ask beside their member: the journeys, the member's segments, what was learnt."""

    journeys: Mapping[JourneyId, Journey]
    segments: frozenset[str] = frozenset()
    learnt: Learnt = field(default_factory=dict)


def entered(
    member: MemberJourneys,
    journey: Journey,
    key: str,
    at: datetime,
    world: World,
    labels: Sequence[str] = (),
) -> MemberJourneys:
    """The member with a run that began by something, if the journey lets them enter.

    Told again of what they entered by, they are as they were.
    """
    version = journey.entrance
    before = member.entered.get(journey.id, Entered())
    if version is None or member.into or key in before.keys:
        return member
    open_runs = [one for one in member.runs if one.open]
    if not _lets_in(version, journey, before, open_runs, at, world):
        return member
    for one in open_runs:
        if one.journey_id == journey.id:
            if one.state is RunState.CALLING:
                # What is being done is noted first; who enters is told of it again then.
                return member
            member = with_run(member, ended(one, RunState.STOPPED, at, REPLACED))
    run = Run(
        id=RunId(f"{journey.id}|{member.id}|{before.times + 1}"),
        journey_id=journey.id,
        number=version.number,
        key=key,
        entered_at=at,
        step=version.plan.steps[0].key,
        since=at,
        due_at=at,
        labels=tuple(labels),
    )
    now = Entered(
        times=before.times + 1,
        last_at=max(before.last_at, at),
        keys=(*before.keys, key)[-MOST_KEYS:],
    )
    return with_run(replace(member, entered={**member.entered, journey.id: now}), run)


def let_in(
    member: MemberJourneys, journey: Journey, one: Happening, world: World, now: datetime
) -> MemberJourneys:
    """The member moved on to a moment, in a run that began by something that they did, if it did.

    Who is in a journey is to be moved on before: what ends it may let them into another.
    """
    version = journey.entrance
    match = version.plan.entry.fact if version else None
    if version is None or match is None or one.at < (version.live_at or one.at):
        return member
    if not match.fits(one, one.key):
        return member
    # A run is about the order; by what is about the member themselves, about the fact.
    key = one.id if one.key == one.member_id else one.key
    return advanced(entered(member, journey, key, one.at, world, one.labels), world, now)


def _lets_in(
    version: JourneyVersion,
    journey: Journey,
    before: Entered,
    open_runs: Sequence[Run],
    at: datetime,
    world: World,
) -> bool:
    entry = version.plan.entry
    if before.times and entry.again is ReEntry.ONCE:
        return False
    if before.times and at < before.last_at + timedelta(days=entry.again_days):
        return False
    own = any(one.journey_id == journey.id for one in open_runs)
    if own and entry.again is not ReEntry.REPLACE:
        return False
    others = [one for one in open_runs if one.journey_id != journey.id]
    if len(others) >= MOST_OPEN:
        return False
    return entry.group is None or not any(_group(one, world) == entry.group for one in others)


def _group(run: Run, world: World) -> str | None:
    journey = world.journeys.get(run.journey_id)
    return journey.numbered(run.number).plan.entry.group if journey else None


def advanced(member: MemberJourneys, world: World, now: datetime) -> MemberJourneys:
    """The member with all open runs as far as they go by now."""
    if member.into:
        return member
    for run in member.runs:
        if run.open and run.state is not RunState.CALLING:
            member = with_run(member, _advanced(run, member.happenings, world, now))
    return member


def _advanced(run: Run, happenings: Sequence[Happening], world: World, now: datetime) -> Run:
    journey = world.journeys.get(run.journey_id)
    if journey is None or journey.ended:
        return ended(run, RunState.STOPPED, now, WITHDRAWN)
    run = _on_newest(run, journey)
    plan = journey.numbered(run.number).plan
    since = [one for one in happenings if one.at > run.entered_at]
    goal = _first(plan.goals, since, run.key)
    if goal:
        # What came after it counts no more, and what it was through with before it stays so.
        since, now = [one for one in since if one.at <= goal.at], min(now, goal.at)
    elif journey.paused:
        return replace(run, due_at=max(run.due_at, now + PAUSED))
    run = _moved(run, journey, since, world, now)
    return ended(run, RunState.GOAL, goal.at, goal.kind) if goal and run.open else run


def _moved(
    run: Run, journey: Journey, since: Sequence[Happening], world: World, now: datetime
) -> Run:
    """The run at the first step where something is to be done or waited for."""
    plan = journey.numbered(run.number).plan
    while run.state is RunState.WAITING:
        step = plan.step(run.step)
        assert step is not None, "a run is on a step of its version"
        if step.kind in ACTIONS:
            if step.key in run.acted:  # by a map it came to a step that was done
                run = arrived(run, _after(run, step), run.since)
                continue
            return run.to(RunState.ACTING, due_at=run.since)
        if step.kind is StepKind.STOP:
            return ended(run, RunState.STOPPED, run.since, step.key)
        waits_until, run = _passed(run, step, journey, since, world, now)
        if waits_until is not None:
            return replace(run, due_at=waits_until)
    return run


def _on_newest(run: Run, journey: Journey) -> Run:
    """The run where the maps of newer versions lead it; a timer that was set keeps its moment."""
    number, key = journey.moved_on(run.number, run.step)
    if number == run.number:
        return run
    before, step = (
        journey.numbered(n).plan.step(k) for n, k in ((run.number, run.step), (number, key))
    )
    assert before is not None, "a run is on a step of its version"
    assert step is not None, "as the map was checked"
    since = run.since
    if before.kind is step.kind and before.kind in (StepKind.WAIT, StepKind.WAIT_FACT):
        since += timedelta(seconds=before.seconds - step.seconds)
    return run.to(RunState.WAITING, number=number, step=key, since=since)


def _passed(
    run: Run,
    step: JourneyStep,
    journey: Journey,
    since: Sequence[Happening],
    world: World,
    now: datetime,
) -> tuple[datetime | None, Run]:
    """The run past a step; or until when it waits there, and as it is."""
    match step.kind:
        case StepKind.WAIT:
            over = run.since + timedelta(seconds=step.seconds)
        case StepKind.WAIT_CLOCK:
            over = _clock(run.since, step)
        case StepKind.WAIT_FACT:
            assert step.fact is not None, "as it was checked"
            over = run.since + timedelta(seconds=step.seconds)
            came = _first([step.fact], since, run.key)
            if came and came.at <= over:
                return None, arrived(run, step.then, max(run.since, came.at))
            return (over, run) if now < over else (None, arrived(run, step.otherwise, over))
        case StepKind.BRANCH:
            to = step.then if _holds(step, run, since, world) else step.otherwise
            return None, arrived(run, to, run.since)
        case _:
            return None, _split(run, step, journey, world)
    return (over, run) if now < over else (None, arrived(run, step.then, over))


def _clock(since: datetime, step: JourneyStep) -> datetime:
    """The next time in China that the clock says what a step names."""
    midnight = since.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + timedelta(days=step.days, minutes=step.minute)
    return at if at >= since else at + timedelta(days=1)


def _holds(step: JourneyStep, run: Run, since: Sequence[Happening], world: World) -> bool:
    if step.segment_id is not None:
        return step.segment_id in world.segments
    assert step.fact is not None, "as it was checked"
    if step.at_entry:
        return not step.fact.labels or bool(set(step.fact.labels) & set(run.labels))
    return _first([step.fact], since, run.key) is not None


def _split(run: Run, step: JourneyStep, journey: Journey, world: World) -> Run:
    epoch = epoch_of(step, journey.numbered(run.number), run.since)
    learnt = world.learnt.get((journey.id, step.key, epoch), {})
    shares, who = shares_of(step, learnt), run.id.split("|")[1]
    some = [one for one in shares if one[0].held_out]
    # Whoever is held out is so in all epochs; else, after some, hardly anybody would have been.
    place, held = chance(f"{journey.id}|{step.key}|{who}", WHOLE), sum(share for _, share in some)
    if place >= held:
        some = [one for one in shares if not one[0].held_out]
        place = chance(f"{journey.id}|{step.key}|{epoch}|{who}", WHOLE - held)
    upto = accumulate(share for _, share in some)
    arm = next(one for (one, _), below in zip(some, upto, strict=True) if place < below)
    return arrived(
        replace(run, arms={**run.arms, step.key: f"{epoch}:{arm.name}"}), arm.to, run.since
    )


def epoch_of(step: JourneyStep, version: JourneyVersion, at: datetime) -> int:
    """In which epoch of a split a moment is, from 0; without epochs all are of one."""
    if not step.epoch_days or version.live_at is None:
        return 0
    return max(0, (at - version.live_at) // timedelta(days=step.epoch_days))


def chance(seed: str, below: int) -> int:
    """A number from 0 to below another, by chance, and the same for the same seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % below


def _first(matches: Iterable[FactMatch], since: Sequence[Happening], key: str) -> Happening | None:
    meant = list(matches)
    return next((one for one in since if any(match.fits(one, key) for match in meant)), None)


def arrived(run: Run, step: str | None, at: datetime) -> Run:
    """The run at its next step, or at its end."""
    if step is None:
        return ended(run, RunState.DONE, at, "")
    return run.to(RunState.WAITING, step=step, since=at, due_at=at)


def ended(run: Run, state: RunState, at: datetime, why: str) -> Run:
    """The run as it ended."""
    return run.to(state, ended_at=at, due_at=NEVER, why=why)


def acting(
    member: MemberJourneys, world: World, now: datetime
) -> Iterator[tuple[Run, JourneyStep]]:
    """The runs for which something is to be done by now, each with its step."""
    for run in member.runs:
        if run.state is RunState.ACTING and run.due_at <= now and not member.into:
            yield run, step_of(run, world.journeys)


def step_of(run: Run, journeys: Mapping[JourneyId, Journey]) -> JourneyStep:
    """The step that a run is at."""
    step = plan_of(run, journeys).step(run.step)
    assert step is not None, "a run is on a step of its version"
    return step


def plan_of(run: Run, journeys: Mapping[JourneyId, Journey]) -> JourneyPlan:
    """What the version of a run says."""
    return journeys[run.journey_id].numbered(run.number).plan


def concluded(
    member: MemberJourneys,
    run: Run,
    step: JourneyStep,
    outcome: StepOutcome,
    why: str,
    now: datetime,
) -> MemberJourneys:
    """The member with a record of what became of a run's step, and the run past it.

    What was not said for certain counts for no cap.
    """
    record = StepRecord(step=step.key, due_at=run.since, at=now, outcome=outcome, why=why)
    noted = replace(run, records=(*run.records, record))
    if outcome in NOT_DONE:
        member = without_spoken(member, run.effect_id)
    # What follows is counted from when it was done.
    return with_run(member, arrived(noted, _after(noted, step), max(run.since, now)))


def _after(run: Run, step: JourneyStep) -> str | None:
    """Where a run goes from a step at which something was done, or was not."""
    [*_, outcome] = [one.outcome for one in run.records if one.step == step.key]
    return step.otherwise if outcome in NOT_DONE and step.otherwise else step.then
