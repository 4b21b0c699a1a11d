"""Maps of learning: lessons and exams for one role, what comes before what, from which day on.

Days are counted from the day on which somebody begins, as new guides do, or from the map's own
first day, as a week's new functions do. A map never changes; what somebody has read and passed
stays theirs in the map that replaces it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.content.revisions import PostId
from domain.kernel.codes import read_code
from domain.kernel.days import read_day
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.learning.learning_items import LearningItem
from domain.people.roles import Role

LONGEST_TITLE = 60
MOST_NODES = 60
DAYS = Within(0, 366)
LEARNERS = frozenset({Role.GUIDE, Role.STORE_MANAGER, Role.REGION_MANAGER})


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """One stop: a post of the bank to read, or an exam to pass.

    It is open once the nodes `after` which it comes are done, from the day `opens_day` on, 0 being
    the first; after `due_day` an exam is late.
    """

    key: str
    title: str
    post_id: PostId | None = None
    exam_id: str | None = None
    after: tuple[str, ...] = ()
    opens_day: int = 0
    due_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapWork:
    """For whom a map is, and its nodes in order; `starts_on` where it is no one's own first day."""

    title: str
    role: Role
    nodes: tuple[MapNode, ...]
    starts_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningMap(LearningItem):
    """One version of a map; its group is the role that it is for.

    `course` is the id of its first version, under which it is kept how far people have come.
    """

    course: str
    work: MapWork


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRead:
    """When a post was read last."""

    post_id: PostId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a person has read for a course, and from which day on they follow it."""

    id: str
    begun_on: str
    read: tuple[LessonRead, ...] = ()
    version: int = 1


class NodeState(StrEnum):
    """Whether a node is done, open, or what it waits for."""

    DONE = "DONE"
    OPEN = "OPEN"
    BEFORE = "BEFORE"
    DAY = "DAY"
    MANAGER = "MANAGER"
    LEARN_AGAIN = "LEARN_AGAIN"
    NO_TRIES = "NO_TRIES"


class Enrolments(Protocol):
    """How far people have come."""

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, Enrolment]:
        """Those of these ids."""

    async def save(self, enrolment: Enrolment, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def enrolment_id(course: str, person_id: PersonId) -> str:
    """The id under which it is kept how far a person has come in a course."""
    return f"{course}|{person_id}"


def checked_map(work: MapWork) -> MapWork:
    """A map with its texts as they are kept, or Invalid by field."""
    field = ["input"]
    if work.role not in LEARNERS:
        raise Invalid("A map is for guides or managers.", field=[*field, "role"])
    if not 1 <= len(work.nodes) <= MOST_NODES:
        raise Invalid(f"A map has 1 to {MOST_NODES} nodes.", field=[*field, "nodes"])
    nodes: dict[str, MapNode] = {}
    for one in work.nodes:
        node = _checked_node(one, nodes, [*field, "nodes"])
        nodes[node.key] = node
    starts = work.starts_on
    return replace(
        work,
        title=read_line(work.title, most=LONGEST_TITLE, least=1, field=[*field, "title"]),
        nodes=tuple(nodes.values()),
        starts_on=read_day(starts, [*field, "startsOn"]).isoformat() if starts else None,
    )


def day_of(begun_on: str, day: int) -> date:
    """The day that a map counts as so many after the first."""
    return date.fromisoformat(begun_on) + timedelta(days=day)


def _checked_node(node: MapNode, before: Mapping[str, MapNode], field: list[str]) -> MapNode:
    """A node that comes after earlier ones alone, so that no node waits for itself."""
    key = read_code(node.key, field)
    if key in before:
        raise Invalid(f"Two nodes are called {key}.", field=field)
    if unknown := set(node.after) - before.keys():
        raise Invalid(
            f"{key} comes after {min(unknown)}, which does not stand before it.", field=field
        )
    if (node.post_id is None) == (node.exam_id is None):
        raise Invalid(f"{key} is either a post to read or an exam to pass.", field=field)
    DAYS.read(node.opens_day, field)
    if node.due_day is not None:
        DAYS.read(node.due_day, field)
        if node.due_day < node.opens_day:
            raise Invalid(f"{key} is due before it opens.", field=field)
    title = read_line(node.title, most=LONGEST_TITLE, least=1, field=field)
    return replace(node, key=key, title=title)
