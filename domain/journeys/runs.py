"""Runs: where members are in journeys. All that journeys know of one member is one document.

So whatever moves one of a member's runs sees the others: that two exclude each other, how many
messages there were, what the member did. Each change is written over the version that it was made
from; of two who come at the same time, one begins anew.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.journeys.happenings import Happening
from domain.journeys.journeys import JourneyId
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING, NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.states import Machine

RunId = NewType("RunId", str)
EffectId = NewType("EffectId", str)
UNKNOWN_ACTIONS = Cursors("actions of a journey that nobody knows of", str)

# What is kept of one member: as much as any wait or list looks back for.
MOST_HAPPENINGS = 30
MOST_ENDED = 20
MOST_OPEN = 20
MOST_KEYS = 50
# What was sent counts for caps so long.
SENT_KEPT = timedelta(days=8)


class RunState(StrEnum):
    """Where a run stands.

    WAITING for time or a fact; ACTING, with something to be done; CALLING, while it is done, which
    nobody else may do then. DONE at its end, GOAL where what it was for has happened, STOPPED else.
    """

    WAITING = "WAITING"
    ACTING = "ACTING"
    CALLING = "CALLING"
    DONE = "DONE"
    GOAL = "GOAL"
    STOPPED = "STOPPED"


ENDS = frozenset({RunState.DONE, RunState.GOAL, RunState.STOPPED})
RUN: Machine[RunState] = Machine(
    "journey run",
    begins=frozenset({RunState.WAITING}),
    next={
        RunState.WAITING: ENDS | {RunState.WAITING, RunState.ACTING},
        RunState.ACTING: ENDS | {RunState.WAITING, RunState.ACTING, RunState.CALLING},
        # What is being done is known, or known not to be known, before anything else happens.
        RunState.CALLING: frozenset({RunState.WAITING, RunState.DONE}),
        RunState.DONE: frozenset(),
        RunState.GOAL: frozenset(),
        RunState.STOPPED: frozenset(),
    },
)


class StepOutcome(StrEnum):
    """What became of a step at which something was to be done.

    UNKNOWN: it was cut short and nobody can tell; it is not done again.
    """

    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"


NOT_DONE = frozenset({StepOutcome.FAILED, StepOutcome.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """A step that was due, what became of it, and why."""

    step: str
    due_at: datetime
    at: datetime
    outcome: StepOutcome
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One way of a member through a version of a journey.

    `key` and `labels` are those of what it began with. `since` is when it came to its step, and
    `due_at` when time moves it on, or until when who is CALLING has it. `arms` say which arm it
    has of each split, as `epoch:arm`.
    """

    id: RunId
    journey_id: JourneyId
    number: int
    key: str
    entered_at: datetime
    step: str
    since: datetime
    labels: tuple[str, ...] = ()
    state: RunState = RunState.WAITING
    due_at: datetime = NEVER
    arms: Mapping[str, str] = field(default_factory=dict)
    records: tuple[StepRecord, ...] = ()
    ended_at: datetime | None = None
    why: str = ""

    @property
    def open(self) -> bool:
        """Whether it is under way."""
        return self.state not in ENDS

    @property
    def effect_id(self) -> EffectId:
        """What is done at its step, under the same id however often it is tried."""
        return EffectId(f"{self.id}:{self.step}")

    @property
    def acted(self) -> frozenset[str]:
        """The steps of which a record says what became of them."""
        return frozenset(one.step for one in self.records)

    def to(self, state: RunState, **changes: object) -> "Run":
        """The run in a state that the table allows from here."""
        RUN.require(self.state, state)
        return replace(self, state=state, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """How often a member entered a journey, when last, and by what; the last keys only."""

    times: int = 0
    last_at: datetime = BEGINNING
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """That something is said to the member, which counts for caps; by which effect, and when."""

    id: EffectId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJourneys:
    """All that journeys know of one member; of one with `into`, nothing moves any more."""

    id: PersonId
    runs: tuple[Run, ...] = ()
    happenings: tuple[Happening, ...] = ()
    entered: Mapping[JourneyId, Entered] = field(default_factory=dict)
    spoken: tuple[Spoken, ...] = ()
    into: PersonId | None = None
    version: int = 0

    @property
    def due_at(self) -> datetime:
        """When something is to be done next; NEVER where nothing is."""
        if self.into:
            return NEVER
        return min((one.due_at for one in self.runs if one.open), default=NEVER)

    @property
    def opened(self) -> list[JourneyId]:
        """The journeys that they are in."""
        return sorted({one.journey_id for one in self.runs if one.open and not self.into})

    @property
    def unknown(self) -> list[JourneyId]:
        """The journeys of which nobody knows whether something was done."""
        return sorted(
            {
                one.journey_id
                for one in self.runs
                if any(record.outcome is StepOutcome.UNKNOWN for record in one.records)
            }
        )

    def run(self, id: RunId) -> Run | None:
        """The run of an id."""
        return next((one for one in self.runs if one.id == id), None)


def with_run(member: MemberJourneys, run: Run) -> MemberJourneys:
    """The member with a run as it is now; of those that ended the last ones are kept."""
    others = [one for one in member.runs if one.id != run.id]
    return replace(member, runs=_kept([*others, run]))


def _kept(runs: Iterable[Run]) -> tuple[Run, ...]:
    ordered = sorted(runs, key=lambda one: (one.entered_at, one.id))
    ended = [one for one in ordered if not one.open]
    dropped = {one.id for one in ended[:-MOST_ENDED]}
    return tuple(one for one in ordered if one.id not in dropped)


def with_happenings(member: MemberJourneys, new: Iterable[Happening]) -> MemberJourneys:
    """The member with more of what they did, in the order of time, whatever order it came in."""
    known = {one.id: one for one in (*member.happenings, *new)}
    ordered = sorted(known.values(), key=lambda one: (one.at, one.id))
    return replace(member, happenings=tuple(ordered[-MOST_HAPPENINGS:]))


def with_spoken(member: MemberJourneys, id: EffectId, now: datetime) -> MemberJourneys:
    """The member to whom something is said; what counts for no cap any more is forgotten."""
    kept = [one for one in member.spoken if one.at > now - SENT_KEPT and one.id != id]
    return replace(member, spoken=(*kept, Spoken(id=id, at=now)))


def without_spoken(member: MemberJourneys, id: EffectId) -> MemberJourneys:
    """The member to whom something was not said after all."""
    return replace(member, spoken=tuple(one for one in member.spoken if one.id != id))


class MembersInJourneys(Protocol):
    """What journeys know of members; each is one document, written over its version before."""

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, MemberJourneys]:
        """Those of these members of whom something is known."""

    async def due(
        self, now: datetime, most: int, *, beyond: int, until: datetime
    ) -> Sequence[MemberJourneys]:
        """Some of those who are due, the longest overdue first, `beyond` so many of them.

        Others get them too: whoever saves one first has it. Who can't be read is due `until` then.
        """

    async def put_off(self, members: Sequence[MemberJourneys], until: datetime) -> None:
        """Let members be due at a moment, unless somebody else has written them meanwhile."""

    async def save_all(
        self, members: Sequence[MemberJourneys], facts: Mapping[PersonId, Sequence[Fact]]
    ) -> frozenset[PersonId]:
        """Write members over the versions before theirs, with what that says.

        Answers whom somebody else has written meanwhile; the others are written.
        """

    async def open_in(self, journey_id: JourneyId) -> int:
        """How many members are in a journey."""

    async def unknown_in(self, journey_id: JourneyId, request: PageRequest) -> Page[MemberJourneys]:
        """Members for whom nobody knows whether something of a journey was done, by id."""
