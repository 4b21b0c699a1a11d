"""Tests of material, play and offer: who meets what, and what came of it at few planned looks."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from math import ceil
from typing import Protocol

from domain.insight.outcomes import (
    BUY_WINDOW,
    ArmSums,
    FirstEntries,
    FirstEntry,
    OutcomePorts,
    day_begins,
)
from domain.insight.statistics import alpha_at, means_differ, rates_differ, shares_fit
from domain.kernel.days import beijing_day, read_day
from domain.kernel.each import each
from domain.kernel.lines import read_line
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.people.act import Act

TESTS = Cursors("tests at touchpoints", datetime, str)
WHOLE = 10_000
MOST_ARMS, MOST_LOOKS, MOST_DAYS = 6, 5, 92
MOST_TITLE, MOST_NAME = 60, 40
# A false alarm in twenty tests without an effect is what most put up with.
ALPHA = 0.05
# Below that, and with so many in each arm, the split itself is broken, not the luck.
UNEVEN_BELOW, LEAST_FOR_SPLIT = 0.001, 8
# Fen are compared once so many buyers are to be expected in each arm if all buy alike.
LEAST_BUYERS = 30
# Counters are through by then with what happened until a window closed.
SETTLES = timedelta(hours=1)
LOOKS_AT_ONCE = 20


class ArmsKind(StrEnum):
    """What arms differ in."""

    MATERIAL = "MATERIAL"
    PLAY = "PLAY"
    OFFER = "OFFER"


class ArmsOutcome(StrEnum):
    """The one thing by which arms are compared; net of refunds."""

    JOINED = "JOINED"
    FRIENDS = "FRIENDS"
    BOUGHT = "BOUGHT"
    NET_FEN = "NET_FEN"


class LookVerdict(StrEnum):
    """What a look says."""

    UNEVEN = "UNEVEN"  # the split is not the planned one, so nothing can be said
    DIFFERENT = "DIFFERENT"
    OPEN = "OPEN"  # no difference is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmOfTest:
    """What some of those meet who take part; weights of all arms are 10,000 together."""

    name: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLook:
    """What was seen of each arm at a planned look, and never changes."""

    number: int
    at: datetime
    arms: tuple[ArmSums, ...]
    split_p: float
    p: float
    alpha: float
    verdict: LookVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchpointTest:
    """A test; the first arm is what the others are compared with. `due_at` is its next look."""

    id: str
    title: str
    kind: ArmsKind
    outcome: ArmsOutcome
    arms: tuple[ArmOfTest, ...]
    looks: int
    starts_on: str
    ends_on: str
    made_at: datetime
    due_at: datetime | None = None
    taken: tuple[PlannedLook, ...] = ()
    version: int = 1


class TouchpointTests(Protocol):
    """The tests that were made."""

    async def by_id(self, id: str) -> TouchpointTest | None:
        """One of them."""

    async def page(self, request: PageRequest) -> Page[TouchpointTest]:
        """All of them, the newest first."""

    async def due(self, now: datetime, most: int) -> Sequence[TouchpointTest]:
        """Those at which somebody has to look."""

    async def save(self, test: TouchpointTest, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPorts(Ports):
    """The tests, who takes part, and the record of who made them."""

    tests: TouchpointTests
    outcomes: OutcomePorts
    records: Records


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTest:
    """What a test is to be."""

    title: str
    kind: ArmsKind
    outcome: ArmsOutcome
    arms: tuple[ArmOfTest, ...]
    looks: int
    starts_on: str
    ends_on: str


async def make_test(ports: TrialPorts, act: Act, wanted: WantedTest) -> TouchpointTest:
    """Plan a test: its arms, its one outcome, its end and its looks never change."""
    act.viewer.require("touchpoint_test.keep")
    first, last = _checked(wanted, beijing_day(act.at))
    test = TouchpointTest(
        id=act.new_id("test"),
        title=read_line(wanted.title, most=MOST_TITLE, least=1, field=["input", "title"]),
        kind=wanted.kind,
        outcome=wanted.outcome,
        arms=wanted.arms,
        looks=wanted.looks,
        starts_on=first.isoformat(),
        ends_on=last.isoformat(),
        made_at=act.at,
    )
    test = replace(test, due_at=look_at(test, 1))
    await ports.tests.save(test, expected=0)
    subject = Subject(kind="touchpoint_test", id=test.id)
    after = {"title": test.title, "looks": test.looks, "outcome": test.outcome.value}
    await ports.records.append(act.record("touchpointTestCreate", subject, before={}, after=after))
    return test


async def all_tests(ports: TrialPorts, act: Act, request: PageRequest) -> Page[TouchpointTest]:
    """The tests, the newest first."""
    act.viewer.require("touchpoint_test.keep")
    return await ports.tests.page(request)


async def enter_test(ports: TrialPorts, act: Act, id: str) -> ArmOfTest:
    """Take part in a test, and hear which arm one meets; whoever comes again meets the same."""
    act.viewer.require("touchpoint_test.enter")
    test = await ports.tests.by_id(id)
    if test is None:
        raise NotFound(f"There is no test {id}; show what you show without one.", field=["id"])
    entries: FirstEntries = ports.outcomes.entries
    ids = act.viewer.ids
    leading = await ports.outcomes.people.led_to(ids)
    for entry in await entries.of_people([*ids, *leading]):
        if entry.key == test.id:
            return test.arms[int(entry.arm)]
    if not test.starts_on <= beijing_day(act.at).isoformat() <= test.ends_on:
        raise WrongState(f"Nobody takes part in test {id} today.", field=["id"])
    number, who = arm_of(test, act.viewer.id), act.viewer.id
    entry = FirstEntry(id=f"{id}|{who}", key=id, person_id=who, at=act.at, arm=str(number))
    await entries.enter([entry])
    await entries.stir({(id, beijing_day(act.at).isoformat())})
    return test.arms[number]


async def take_looks(ports: TrialPorts, act: Act) -> int:
    """Look at those tests of which a look is due; tell at how many."""
    due = await ports.tests.due(act.at, LOOKS_AT_ONCE)
    return await each(due, partial(_look, ports, act))


def arm_of(test: TouchpointTest, person: str) -> int:
    """The place of the arm that somebody meets, by a digest, which has no pattern."""
    digest = hashlib.sha256(f"{test.id}:{person}".encode()).hexdigest()
    place = int(digest[:12], 16) % WHOLE
    for number, arm in enumerate(test.arms):
        place -= arm.weight
        if place < 0:
            return number
    raise AssertionError("the weights of all arms are the whole")


def look_at(test: TouchpointTest, number: int) -> datetime:
    """When a look is due: when the last who came before it can buy no more that counts."""
    return day_begins(look_day(test, number)) + BUY_WINDOW + SETTLES


def look_day(test: TouchpointTest, number: int) -> str:
    """The day before which one has to have come to count in a look."""
    first, last = date.fromisoformat(test.starts_on), date.fromisoformat(test.ends_on)
    days = (last - first).days + 1
    return (first + timedelta(days=ceil(days * number / test.looks))).isoformat()


def seen(
    test: TouchpointTest, number: int, sums: Mapping[str, ArmSums], at: datetime
) -> PlannedLook:
    """What a look says of what came of each arm, by its place."""
    arms = tuple(sums.get(str(number), ArmSums()) for number in range(len(test.arms)))
    counts = [one.entered for one in arms]
    split_p = 1.0
    if min(counts) >= LEAST_FOR_SPLIT:
        split_p = shares_fit(counts, [arm.weight for arm in test.arms])
    control, *others = arms
    p = min(_differs(test.outcome, control, one) for one in others)
    # Each of several arms has its part of the chance of a false alarm.
    alpha = alpha_at(number, test.looks, ALPHA) / len(others)
    verdict = LookVerdict.DIFFERENT if p < alpha else LookVerdict.OPEN
    if split_p < UNEVEN_BELOW:
        verdict = LookVerdict.UNEVEN
    return PlannedLook(
        number=number, at=at, arms=arms, split_p=split_p, p=p, alpha=alpha, verdict=verdict
    )


def _differs(outcome: ArmsOutcome, one: ArmSums, other: ArmSums) -> float:
    match outcome:
        case ArmsOutcome.JOINED:
            return rates_differ((one.joined, one.entered), (other.joined, other.entered))
        case ArmsOutcome.FRIENDS:
            return rates_differ((one.friends, one.entered), (other.friends, other.entered))
        case ArmsOutcome.BOUGHT:
            return rates_differ((one.bought, one.entered), (other.bought, other.entered))
        case ArmsOutcome.NET_FEN:
            both = one + other
            if both.bought * min(one.entered, other.entered) < LEAST_BUYERS * both.entered:
                return 1.0
            return means_differ(
                (one.entered, one.fen, one.squares), (other.entered, other.fen, other.squares)
            )


async def _look(ports: TrialPorts, act: Act, test: TouchpointTest) -> None:
    number = len(test.taken) + 1
    until = date.fromisoformat(look_day(test, number)) - timedelta(days=1)
    found = await ports.outcomes.entries.cohorts([test.id], test.starts_on, until.isoformat())
    sums: dict[str, ArmSums] = {}
    for cohort in found:
        for name, one in cohort.arms.items():
            sums[name] = sums.get(name, ArmSums()) + one
    look = seen(test, number, sums, act.at)
    over = number == test.looks or look.verdict is not LookVerdict.OPEN
    after = replace(
        test,
        taken=(*test.taken, look),
        due_at=None if over else look_at(test, number + 1),
        version=test.version + 1,
    )
    await ports.tests.save(after, expected=test.version)


def _checked(wanted: WantedTest, today: date) -> tuple[date, date]:
    names = [one.name for one in wanted.arms]
    if not 2 <= len(names) <= MOST_ARMS or len(set(names)) < len(names):
        message = f"Name 2 to {MOST_ARMS} arms, each by a name of its own."
        raise Invalid(message, field=["input", "arms"])
    for one in wanted.arms:
        read_line(one.name, most=MOST_NAME, least=1, field=["input", "arms"])
    if any(one.weight < 1 for one in wanted.arms) or sum(x.weight for x in wanted.arms) != WHOLE:
        message = f"The weights of all arms are {WHOLE} together, each at least 1."
        raise Invalid(message, field=["input", "arms"])
    if not 1 <= wanted.looks <= MOST_LOOKS:
        raise Invalid(f"Plan 1 to {MOST_LOOKS} looks.", field=["input", "looks"])
    first = read_day(wanted.starts_on, ["input", "startsOn"])
    last = read_day(wanted.ends_on, ["input", "endsOn"])
    if first < today:
        raise Invalid("A test starts today at the earliest.", field=["input", "startsOn"])
    if not wanted.looks <= (last - first).days + 1 <= MOST_DAYS:
        message = f"A test lasts 1 to {MOST_DAYS} days, at least one for each look."
        raise Invalid(message, field=["input", "endsOn"])
    return first, last
