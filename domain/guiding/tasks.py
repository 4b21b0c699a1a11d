"""Tasks: a template published to guides for some days, and each guide's copy for one occurrence.

A day is Beijing's, and which occurrence a moment belongs to follows from the clock: nothing has to
happen at midnight. Nothing is written of an occurrence before something comes of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NewType, Protocol

from domain.guiding.task_templates import TaskTemplateId, TaskUnit, TaskWork
from domain.kernel.days import BEIJING, beijing_day, day_ends, read_day
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Invalid
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause, Machine, Step
from domain.kernel.within import Within
from domain.media.assets import AssetId
from domain.network.stores import OwnerId, RegionId, StoreId
from domain.people.accounts import GuideId
from domain.people.roles import Role
from domain.promotions.offers import OfferId
from domain.sharing.share_links import ShareCode

TaskId = NewType("TaskId", str)
AssignmentId = NewType("AssignmentId", str)
TASKS = Cursors("tasks", datetime, str)
DOERS = Cursors("guides of a task", str)

LONGEST_DAYS = 366
MOST_NAMED = 2_000
# A part has as many guides at least, and then what is left of the last one's store.
PART_SIZE = 100
REMIND_HOURS = Within(8, 21)
DOING = (Role.GUIDE, Role.STORE_MANAGER)
# What is told so long after an occurrence has ended counts no more; refunds always do.
CLOSES_AFTER = timedelta(hours=48)
# How long a part belongs to who took it, and when it is taken again where it went wrong.
LEASE = timedelta(minutes=2)
AGAIN_AFTER = timedelta(seconds=5)
# A part whose task was never written is given up then.
ORPHANED_AFTER = timedelta(hours=1)
COUNT = "n"


class Recurrence(StrEnum):
    """How often a task is to be done between its first day and its last."""

    ONCE = "ONCE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAudience:
    """Whose guides: those of stores, regions and owners that are named, and guides by name.

    Where nothing is named, all of them.
    """

    store_ids: tuple[StoreId, ...] = ()
    region_ids: tuple[RegionId, ...] = ()
    owner_ids: tuple[OwnerId, ...] = ()
    guide_ids: tuple[GuideId, ...] = ()

    @property
    def everybody(self) -> bool:
        """Whether it names nobody."""
        return not (self.store_ids or self.region_ids or self.owner_ids or self.guide_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A template as it was published: for whom, from which day to which, and how often.

    Days are written as 2026-11-28. `roles` are whom of the audience's stores it is asked of, and
    `guides` how many they are. `store_id` is whose manager published it; None is the brand's.
    """

    id: TaskId
    template_id: TaskTemplateId
    work: TaskWork
    audience: TaskAudience
    recurrence: Recurrence
    starts_on: str
    ends_on: str
    remind_hours: tuple[int, ...]
    published_by: PersonId
    published_at: datetime
    asked: RequestKey
    store_id: StoreId | None = None
    roles: tuple[Role, ...] = (Role.GUIDE,)
    guides: int = 0
    cancelled_at: datetime = NEVER
    version: int = 1

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return day_ends(date.fromisoformat(self.ends_on))

    def occurrence_on(self, day: date) -> str | None:
        """The occurrence that a day belongs to, by its first day; None outside the task."""
        first, last = date.fromisoformat(self.starts_on), date.fromisoformat(self.ends_on)
        if not first <= day <= last:
            return None
        match self.recurrence:
            case Recurrence.ONCE:
                return self.starts_on
            case Recurrence.DAILY:
                return day.isoformat()
            case Recurrence.WEEKLY:
                return (
                    first + (day - first) // timedelta(weeks=1) * timedelta(weeks=1)
                ).isoformat()

    def occurrence_at(self, at: datetime) -> str | None:
        """The occurrence that a moment belongs to; None outside the task, or once it is off."""
        return self.occurrence_on(beijing_day(at)) if at < self.cancelled_at else None

    def last_day(self, occurrence: str) -> date:
        """The last day of an occurrence."""
        first, last = date.fromisoformat(occurrence), date.fromisoformat(self.ends_on)
        match self.recurrence:
            case Recurrence.ONCE:
                return last
            case Recurrence.DAILY:
                return first
            case Recurrence.WEEKLY:
                return min(last, first + timedelta(days=6))

    def closed(self, occurrence: str, now: datetime) -> bool:
        """Whether nothing counts any more that is told of an occurrence now."""
        return now >= day_ends(self.last_day(occurrence)) + CLOSES_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDoer:
    """A guide of whom a task is asked, with their link to what they share; or a manager.

    Then `guide_id` is theirs as one of the staff, and there is no link. Of who hands over it is
    asked until `ends_at` then, and `passed_to` is who comes after them; `passed_from` is for whom
    it is asked of that one.
    """

    id: str
    task_id: TaskId
    guide_id: GuideId
    store_id: StoreId
    ends_at: datetime
    code: ShareCode | None = None
    role: Role = Role.GUIDE
    passed_to: GuideId | None = None
    passed_from: GuideId | None = None

    def occurrence_at(self, task: Task, at: datetime) -> str | None:
        """The occurrence that a moment belongs to; None where it is not asked of them then."""
        return task.occurrence_at(at) if at < self.ends_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPart:
    """Some guides of a task; whoever takes it has it until `due_at`.

    First they are told of the task, then reminded of it, part by part. `asked` is the fingerprint
    of the request that cut it: two may come under one key at once, of which one is the task.
    """

    id: str
    task_id: TaskId
    number: int
    guide_ids: tuple[GuideId, ...]
    cut_at: datetime
    due_at: datetime
    asked: str = ""
    published: bool = False
    version: int = 1


class AssignmentState(StrEnum):
    """What came of a guide's copy of a task."""

    HANDED_IN = "HANDED_IN"
    REJECTED = "REJECTED"
    DONE = "DONE"
    FELL = "FELL"


ASSIGNMENT: Machine[AssignmentState] = Machine(
    "assignment",
    begins=frozenset({AssignmentState.HANDED_IN, AssignmentState.DONE}),
    next={
        AssignmentState.HANDED_IN: frozenset({AssignmentState.DONE, AssignmentState.REJECTED}),
        AssignmentState.REJECTED: frozenset({AssignmentState.HANDED_IN}),
        AssignmentState.DONE: frozenset({AssignmentState.FELL}),
        AssignmentState.FELL: frozenset({AssignmentState.DONE, AssignmentState.HANDED_IN}),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A guide's copy of a task for one occurrence, once something came of it, with its proof.

    A store's is all its guides' together, and nobody's alone. `measured` is what was counted when
    it came to be so, `coins` and a `coupon` what it pays to each.
    """

    id: AssignmentId
    task_id: TaskId
    occurrence: str
    guide_id: GuideId | None
    store_id: StoreId
    coins: int
    state: AssignmentState
    measured: int = 0
    asset_id: AssetId | None = None
    coupon: OfferId | None = None
    steps: tuple[Step, ...] = ()
    version: int = 1


class Tasks(Protocol):
    """The tasks, of whom they are asked, and the parts by which they are published."""

    async def add(self, task: Task, parts: Sequence[TaskPart]) -> None:
        """Keep the parts of a new task, then itself; Conflict where there is one of the id."""

    async def by_ids(self, ids: Collection[TaskId]) -> Mapping[TaskId, Task]:
        """Those of these ids."""

    async def page(self, store_id: StoreId | None, request: PageRequest) -> Page[Task]:
        """Those of a store's manager, or the brand's, the newest first."""

    async def save(self, task: Task, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""

    async def due_parts(self, now: datetime, most: int) -> Sequence[TaskPart]:
        """Parts with which something is to be done."""

    async def save_part(self, part: TaskPart, *, expected: int) -> None:
        """Write a part over the expected version; else Conflict."""

    async def ask(self, doers: Sequence[TaskDoer]) -> None:
        """Note of whom a task is asked; who is there already stays as they are."""

    async def pass_on(self, doer: TaskDoer) -> None:
        """Note until when a task is asked of somebody, and who comes after them."""

    async def of_guides(
        self, guide_ids: Collection[GuideId], ends_after: datetime
    ) -> Sequence[TaskDoer]:
        """What is asked of guides in tasks that end after a moment."""

    async def doers(
        self, task_id: TaskId, store_id: StoreId, request: PageRequest
    ) -> Page[TaskDoer]:
        """Of whom in a store a task is asked, by id."""

    async def doers_of_store(self, task_id: TaskId, store_id: StoreId) -> Sequence[TaskDoer]:
        """All of them."""

    async def doers_by_ids(self, ids: Collection[str]) -> Sequence[TaskDoer]:
        """Those of these ids of whom something is asked."""


class Assignments(Protocol):
    """What came of guides' copies."""

    async def by_ids(self, ids: Collection[AssignmentId]) -> Mapping[AssignmentId, Assignment]:
        """Those of which something came."""

    async def measured(self, ids: Collection[AssignmentId]) -> Mapping[AssignmentId, int]:
        """What was counted for them so far; nothing for those that are left out."""

    async def save(
        self, assignment: Assignment, *, expected: int, facts: Sequence[Fact] = ()
    ) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def read_days(starts_on: str, ends_on: str, now: datetime) -> tuple[str, str]:
    """The first day and the last of a task, or Invalid by field."""
    first = read_day(starts_on, ["input", "startsOn"])
    last = read_day(ends_on, ["input", "endsOn"])
    if last < first or last < beijing_day(now):
        raise Invalid("The last day is over, or before the first.", field=["input", "endsOn"])
    if last - first >= timedelta(days=LONGEST_DAYS):
        raise Invalid(f"A task lasts {LONGEST_DAYS} days at most.", field=["input", "endsOn"])
    return first.isoformat(), last.isoformat()


def doer_id(task_id: TaskId, guide_id: GuideId) -> str:
    """The id under which a task is asked of a guide."""
    return f"{task_id}|{guide_id}"


def assignment_id(task: Task, occurrence: str, doer: TaskDoer) -> AssignmentId:
    """The id of a guide's copy for an occurrence, or of their store's."""
    together = task.work.unit is TaskUnit.STORE
    whose = f"store:{doer.store_id}" if together else doer.guide_id
    return AssignmentId(f"{task.id}|{occurrence}|{whose}")


def cut_into_parts(
    task: Task, people: Sequence[tuple[StoreId, GuideId]], now: datetime
) -> list[TaskPart]:
    """Divide those of whom a task is asked, each store's together."""
    asked = task.asked.fingerprint
    parts: list[list[GuideId]] = []
    for _, some in groupby(people, key=lambda one: one[0]):
        if not parts or len(parts[-1]) >= PART_SIZE:
            parts.append([])
        parts[-1] += [guide_id for _, guide_id in some]
    return [
        TaskPart(
            id=f"{task.id}|{asked}|{number:04d}",
            task_id=task.id,
            asked=asked,
            number=number,
            guide_ids=tuple(guides),
            cut_at=now,
            due_at=now,
        )
        for number, guides in enumerate(parts, 1)
    ]


def next_reminder(task: Task, part: TaskPart, after: datetime) -> datetime:
    """When a part's guides are reminded next, in an hour that was named.

    It is on the last day of an occurrence, never at a full or a half hour, and the parts one after
    the other within 20 minutes; NEVER where no such moment comes any more.
    """
    day = max(beijing_day(after), date.fromisoformat(task.starts_on))
    while (occurrence := task.occurrence_on(day)) is not None:
        last = task.last_day(occurrence)
        for hour in sorted(task.remind_hours):
            minute = 5 + part.number * 7 % 20
            at = datetime(last.year, last.month, last.day, hour, minute, tzinfo=BEIJING)
            if after < at < task.cancelled_at:
                return at
        day = last + timedelta(days=1)
    return NEVER


def stepped(
    before: Assignment | None,
    fresh: Assignment,
    cause: Cause,
) -> Assignment:
    """What came of a copy, as `fresh` says, after what had come of it before."""
    if before is None:
        return replace(fresh, steps=(ASSIGNMENT.begin(fresh.id, fresh.state, cause),))
    step = ASSIGNMENT.step(before.id, before.state, fresh.state, cause)
    return replace(fresh, steps=(*before.steps, step), version=before.version + 1)
