"""Journeys: who enters, by which steps they go, and when they are through; in versions.

A version never changes. One is written, another person approves it, and head office lets it go
live: from then on who enters takes it. Who is on an older one stays there, unless a map says which
step of the new version stands for each of the old.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.audiences.segments import SegmentId
from domain.journeys.happenings import FactMatch
from domain.journeys.steps import JourneyStep, StepKind, check_match, checked_steps
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState, version_review
from domain.kernel.versions import risen
from domain.kernel.within import Within

JourneyId = NewType("JourneyId", str)
JOURNEYS = Cursors("journeys", datetime, str)
JOURNEY = version_review("journey")

LONGEST_NAME = 60
LONGEST_COMMENT = 300
MOST_GOALS = 10
MOST_VERSIONS = 50
DAYS_BEFORE = Within(0, 60)
AGAIN_DAYS = Within(0, 3_650)


class JourneyEntryKind(StrEnum):
    """By what members enter."""

    FACT = "FACT"
    SEGMENT = "SEGMENT"
    LIST = "LIST"
    BIRTHDAY = "BIRTHDAY"
    CARD_END = "CARD_END"


class ReEntry(StrEnum):
    """Whether somebody who was in a journey may enter it again."""

    ONCE = "ONCE"
    AGAIN = "AGAIN"
    REPLACE = "REPLACE"


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyEntry:
    """By what members enter: a fact, a segment, lists, or so many days before a day of theirs.

    Once in a life, or AGAIN while they are not in it, or at any time, in place of the run that is
    open. `again_days` have to lie between two runs. Journeys of one `group` exclude each other:
    whoever is in one of them does not enter another.
    """

    kind: JourneyEntryKind
    fact: FactMatch | None = None
    segment_id: SegmentId | None = None
    days_before: int = 0
    again: ReEntry = ReEntry.ONCE
    again_days: int = 0
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyPlan:
    """What a version says: who enters, the steps in order, and what ends a run anywhere."""

    entry: JourneyEntry
    steps: tuple[JourneyStep, ...]
    goals: tuple[FactMatch, ...] = ()

    def step(self, key: str | None) -> JourneyStep | None:
        """The step of a key."""
        return next((one for one in self.steps if one.key == key), None)

    @property
    def segments(self) -> frozenset[SegmentId]:
        """The segments that its branches ask for."""
        return frozenset(one.segment_id for one in self.steps if one.segment_id)

    @property
    def learning(self) -> tuple[JourneyStep, ...]:
        """The splits whose best arm has most of the next epoch."""
        return tuple(one for one in self.steps if one.kind is StepKind.SPLIT and one.epoch_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyVersion:
    """One version of a journey, and where its review stands.

    `moves` say, for those on the version `moved_from`, which of its steps stands for each; empty,
    they stay. `live_at` is when it went live; None while it did not.
    """

    number: int
    plan: JourneyPlan
    author_id: PersonId
    made_at: datetime
    state: VersionState = VersionState.IN_REVIEW
    reviewer_id: PersonId | None = None
    comment: str = ""
    live_at: datetime | None = None
    moves: Mapping[str, str] = field(default_factory=dict)
    moved_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A journey with all its versions; `live` is that which who enters takes.

    Of one that is paused nobody enters and nothing is done; what is waited for goes on. One that
    is ended lets all runs stop.
    """

    id: JourneyId
    name: str
    made_at: datetime
    versions: tuple[JourneyVersion, ...]
    live: int | None = None
    paused: bool = False
    ended: bool = False
    version: int = 1

    def numbered(self, number: int) -> JourneyVersion:
        """The version of a number; NotFound where there is none."""
        for one in self.versions:
            if one.number == number:
                return one
        raise NotFound(f"{self.name} has no version {number}.", field=["number"])

    @property
    def entrance(self) -> JourneyVersion | None:
        """The version that who enters takes now; None where nobody enters."""
        if self.live is None or self.paused or self.ended:
            return None
        return self.numbered(self.live)

    def moved_on(self, number: int, step: str) -> tuple[int, str]:
        """Where a run on a step of a version is by now, through all versions with a map."""
        for one in self.versions:
            if one.moved_from == number and step in one.moves:
                number, step = one.number, one.moves[step]
        return number, step


class Journeys(Protocol):
    """All journeys."""

    async def by_ids(self, ids: Collection[JourneyId]) -> Mapping[JourneyId, Journey]:
        """Those of these ids."""

    async def live(self) -> Sequence[Journey]:
        """Those in which a version is live and that have not ended."""

    async def page(self, request: PageRequest) -> Page[Journey]:
        """All, the newest first."""

    async def save(self, journey: Journey, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def checked_plan(plan: JourneyPlan, where: Sequence[str]) -> JourneyPlan:
    """A plan as it may be kept, or Invalid by the field of it, which stands at `where`."""
    at = [*where, "entry"]
    entry = plan.entry
    if (entry.kind is JourneyEntryKind.FACT) != (entry.fact is not None):
        raise Invalid("Name the fact by which members enter, and only then.", field=[*at, "fact"])
    if (entry.kind is JourneyEntryKind.SEGMENT) != (entry.segment_id is not None):
        raise Invalid(
            "Name the segment, and only where one enters by it.", field=[*at, "segmentId"]
        )
    if entry.fact:
        check_match(entry.fact, [*at, "fact"])
    DAYS_BEFORE.read(entry.days_before, [*at, "daysBefore"])
    AGAIN_DAYS.read(entry.again_days, [*at, "againDays"])
    if entry.group is not None:
        read_line(entry.group, least=1, most=LONGEST_NAME, field=[*at, "group"])
    if len(plan.goals) > MOST_GOALS:
        raise Invalid(f"Name {MOST_GOALS} goals at most.", field=[*where, "goals"])
    for n, goal in enumerate(plan.goals):
        check_match(goal, [*where, "goals", str(n)])
    return replace(plan, steps=checked_steps(plan.steps, [*where, "steps"]))


def read_name(name: str) -> str:
    """A journey's name, or Invalid."""
    return read_line(name, least=1, most=LONGEST_NAME, field=["input", "name"])


def with_version(journey: Journey, plan: JourneyPlan, author: PersonId, now: datetime) -> Journey:
    """The journey with one version more, for somebody else to approve."""
    if journey.ended:
        raise WrongState("This journey has ended; make another one.")
    if len(journey.versions) >= MOST_VERSIONS:
        raise WrongState(f"A journey has {MOST_VERSIONS} versions at most; make another one.")
    number = journey.versions[-1].number + 1
    new = JourneyVersion(number=number, plan=plan, author_id=author, made_at=now)
    return risen(replace(journey, versions=(*journey.versions, new)))


def reviewed(journey: Journey, number: int, to: VersionState, cause: Cause) -> Journey:
    """The journey with a version that somebody else than its author approved, or sent back."""
    before = journey.numbered(number)
    if to is VersionState.APPROVED and cause.actor == before.author_id:
        raise Forbidden("Nobody approves a journey of their own; ask a colleague to review it.")
    JOURNEY.require(before.state, to)
    if to is VersionState.REJECTED:
        read_line(cause.reason, most=LONGEST_COMMENT, least=1, field=["comment"])
    after = replace(
        before, state=to, reviewer_id=PersonId(cause.actor), comment=cause.reason.strip()
    )
    return _with(journey, after)


def went_live(journey: Journey, number: int, moves: Mapping[str, str], now: datetime) -> Journey:
    """The journey whose approved version is taken from now on.

    With `moves`, each step of the version before, to one of this, those on that go over to this.
    """
    after = journey.numbered(number)
    if journey.ended:
        raise WrongState("This journey has ended; make another one.")
    if after.state is not VersionState.APPROVED:
        raise WrongState("Only an approved version goes live.", field=["number"])
    if after.live_at is not None or (journey.live is not None and number < journey.live):
        raise WrongState("It was live already, or a newer one is; write another version.")
    if moves:
        if journey.live is None:
            raise Invalid("Nobody is on a version before; leave the map out.", field=["moves"])
        _check_moves(journey.numbered(journey.live).plan, after.plan, moves)
    moved_from = journey.live if moves else None
    live = replace(after, live_at=now, moves=dict(moves), moved_from=moved_from)
    return replace(_with(journey, live), live=number)


def _check_moves(old: JourneyPlan, new: JourneyPlan, moves: Mapping[str, str]) -> None:
    unmapped = [one.key for one in old.steps if one.key not in moves]
    if unmapped:
        raise Invalid(f"Say which step stands for {', '.join(unmapped)}.", field=["moves"])
    unknown = sorted({to for to in moves.values() if new.step(to) is None})
    unknown += sorted(one for one in moves if old.step(one) is None)
    if unknown:
        raise Invalid(f"There is no step {', '.join(unknown)}.", field=["moves"])


def _with(journey: Journey, version: JourneyVersion) -> Journey:
    versions = [version if one.number == version.number else one for one in journey.versions]
    return risen(replace(journey, versions=tuple(versions)))
