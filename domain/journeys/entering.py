"""Entering without a fact: by a segment, by a list, and some days before a day of a member's.

Each way is gone through page by page, and where it stands is written down: whoever comes next goes
on there. A member enters by the same key however often a page is gone through.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from domain.audiences.segments import SegmentId
from domain.journeys.engine import World, advanced, entered
from domain.journeys.journeys import Journey, JourneyEntryKind, JourneyId
from domain.journeys.ports import EnteringPorts, Sweep
from domain.journeys.running import change_members
from domain.journeys.runs import MemberJourneys
from domain.kernel.days import beijing_day
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import MAX_PAGE, Page, PageRequest
from domain.kernel.refusals import Conflict
from domain.kernel.versions import risen
from domain.people.act import Act

# Whoever goes through a way has it so long, and goes through so many pages of it before others.
LEASE = timedelta(minutes=5)
PAGES = 20
MOST_SWEEPS = 10
MOST_AT_ONCE = 200
# A segment is gone through again so long after its end, or once it is built.
ROUND = timedelta(minutes=10)
BUILDING = timedelta(minutes=1)

Ask = Callable[[PageRequest], Awaitable[Page[PersonId]]]


async def enter_members(ports: EnteringPorts, act: Act) -> int:
    """Begin the ways that are to be gone through today, and go on with those that are due."""
    live = {one.id: one for one in await ports.running.journeys.live()}
    for sweep in _wanted(live.values(), act):
        if await ports.sweeps.by_id(sweep.id) is None:
            with contextlib.suppress(Conflict):  # its twin was faster
                await ports.sweeps.save(risen(sweep), expected=0)
    due = await ports.sweeps.due(act.at, MOST_SWEEPS)
    return await each(due, lambda sweep: _go_on(ports, act, live, sweep))


def _wanted(live: Iterable[Journey], act: Act) -> Iterator[Sweep]:
    for journey in live:
        version = journey.entrance
        if version is None:
            continue
        entry = version.plan.entry
        day = (beijing_day(act.at) + timedelta(days=entry.days_before)).isoformat()
        match entry.kind:
            case JourneyEntryKind.SEGMENT:
                yield _sweep("segment", journey.id, str(entry.segment_id), act)
            case JourneyEntryKind.BIRTHDAY:
                yield _sweep("birthday", journey.id, day, act)
            case JourneyEntryKind.CARD_END:
                yield _sweep("card", journey.id, day, act)


def list_sweep(journey_id: JourneyId, audience_id: str, act: Act) -> Sweep:
    """The way that brings a frozen audience into a journey."""
    return risen(_sweep("list", journey_id, audience_id, act))


def planned_sweep(journey_id: JourneyId, segment_id: str, key: str, at: datetime) -> Sweep:
    """The way that brings in who is in a segment at a moment, by a key of its own."""
    named = f"planned|{journey_id}|{key}"
    return Sweep(id=named, journey_id=journey_id, of=segment_id, due_at=at, version=1)


def _sweep(kind: str, journey_id: JourneyId, of: str, act: Act) -> Sweep:
    return Sweep(id=f"{kind}|{journey_id}|{of}", journey_id=journey_id, of=of, due_at=act.at)


async def _go_on(
    ports: EnteringPorts, act: Act, live: Mapping[JourneyId, Journey], sweep: Sweep
) -> None:
    held = risen(replace(sweep, due_at=act.at + LEASE))
    await ports.sweeps.save(held, expected=sweep.version)
    journey = live.get(sweep.journey_id)
    if journey is None or journey.ended:
        after = replace(held, due_at=NEVER, done=True)
    elif journey.entrance is None:
        after = replace(held, due_at=act.at + ROUND)
    else:
        after = await _WAYS[sweep.id.partition("|")[0]](ports, act, journey, held)
    await ports.sweeps.save(risen(after), expected=held.version)


async def _by_segment(ports: EnteringPorts, act: Act, journey: Journey, sweep: Sweep) -> Sweep:
    """Bring in who is in a segment; while it is built nobody is seen to come or to go."""
    version = journey.entrance
    segments = ports.running.traits.book.rules().segments
    segment = segments.get(SegmentId(sweep.of.partition("@")[0]))
    if version is None or segment is None or version.plan.entry.segment_id != segment.id:
        return replace(sweep, due_at=NEVER, done=True)  # it is another's by now
    if segment.built < segment.version:
        return replace(sweep, due_at=act.at + BUILDING)
    if sweep.of != segment.key:
        # Another version: the round begins anew.
        sweep = replace(sweep, of=segment.key, after=None)
    ask = partial(ports.running.traits.traits.in_segment, segment.key)

    async def enter(members: Sequence[PersonId]) -> None:
        spells = await ports.spells.seen(journey.id, members, sweep.round)
        await _enter(ports, act, journey, {one: f"spell:{n}" for one, n in spells.items()})

    after = await _pages(sweep, ask, enter, act)
    if after.after is None:
        return replace(after, round=after.round + 1, due_at=act.at + ROUND, done=False)
    return after


async def _as_planned(ports: EnteringPorts, act: Act, journey: Journey, sweep: Sweep) -> Sweep:
    """Bring in who is in a segment by now, each once for what planned it."""
    segment = ports.running.traits.book.rules().segments.get(SegmentId(sweep.of.partition("@")[0]))
    if segment is None:
        return replace(sweep, due_at=NEVER, done=True)
    if segment.built < segment.version:
        return replace(sweep, due_at=act.at + BUILDING)
    if sweep.of != segment.key:
        sweep = replace(sweep, of=segment.key, after=None)
    key = sweep.id.split("|", 2)[2]

    async def enter(members: Sequence[PersonId]) -> None:
        await _enter(ports, act, journey, dict.fromkeys(members, key))

    ask = partial(ports.running.traits.traits.in_segment, segment.key)
    return await _pages(sweep, ask, enter, act)


async def _by_birthday(ports: EnteringPorts, act: Act, journey: Journey, sweep: Sweep) -> Sweep:
    day = date.fromisoformat(sweep.of)
    return await _by_day(ports, act, journey, sweep, partial(ports.days.with_birthday, day))


async def _by_card(ports: EnteringPorts, act: Act, journey: Journey, sweep: Sweep) -> Sweep:
    day = date.fromisoformat(sweep.of)
    return await _by_day(ports, act, journey, sweep, partial(ports.days.whose_level_ends, day))


async def _by_day(
    ports: EnteringPorts, act: Act, journey: Journey, sweep: Sweep, ask: Ask
) -> Sweep:
    async def enter(members: Sequence[PersonId]) -> None:
        await _enter(ports, act, journey, dict.fromkeys(members, sweep.of))

    return await _pages(sweep, ask, enter, act)


async def _by_list(ports: EnteringPorts, act: Act, journey: Journey, sweep: Sweep) -> Sweep:
    """Bring in the next parts of a frozen audience."""
    number = 0
    async for part in ports.running.traits.audiences.parts(sweep.of):
        number += 1
        if number == sweep.round:
            await _enter(ports, act, journey, dict.fromkeys(part, sweep.of))
            return replace(sweep, round=number + 1, due_at=act.at)
    return replace(sweep, due_at=NEVER, done=True)


_WAYS = {
    "segment": _by_segment,
    "planned": _as_planned,
    "birthday": _by_birthday,
    "card": _by_card,
    "list": _by_list,
}


async def _pages(
    sweep: Sweep, ask: Ask, enter: Callable[[Sequence[PersonId]], Awaitable[None]], act: Act
) -> Sweep:
    """Some pages of a way; done where there are no more."""
    for _ in range(PAGES):
        page = await ask(PageRequest(first=MAX_PAGE, after=sweep.after))
        if page.items:
            await enter(page.items)
        if not page.has_next:
            return replace(sweep, after=None, due_at=NEVER, done=True)
        sweep = replace(sweep, after=page.cursors[-1])
    return replace(sweep, due_at=act.at)


async def _enter(
    ports: EnteringPorts, act: Act, journey: Journey, keys: Mapping[PersonId, str]
) -> None:
    def enter(key: str, member: MemberJourneys, world: World) -> MemberJourneys:
        return advanced(entered(member, journey, key, act.at, world), world, act.at)

    members = list(keys)
    for start in range(0, len(members), MOST_AT_ONCE):
        some = members[start : start + MOST_AT_ONCE]
        await change_members(ports.running, act, {one: partial(enter, keys[one]) for one in some})
