"""Who did what to what, and when; append-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The thing that something was done to, such as `post` and its id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing done, with the values it changed as they were before and after.

    `action` is the mutation's name, object first, such as `postApprove`. The values are what JSON
    can hold; `before` is empty for something new, `after` for something deleted.
    """

    id: str
    at: datetime
    actor_id: PersonId
    actor_role: str
    action: str
    subject: Subject
    before: Values
    after: Values


class Records(Protocol):
    """The book of what was done; nothing in it is ever changed or taken out."""

    async def append(self, *records: Record) -> None:
        """Write records at the end, once the change itself is saved; one that is there stays."""

    async def of_subject(self, subject: Subject, page: PageRequest) -> Page[Record]:
        """What was done to one thing, the newest first."""

    async def of_person(self, person_id: PersonId, page: PageRequest) -> Page[Record]:
        """What one person did, the newest first."""


def changed_values(before: Values, after: Values) -> tuple[Values, Values]:
    """Of values before and after, only those that differ or are on one side alone."""
    changed = [
        name
        for name in {**before, **after}
        if name not in before or name not in after or before[name] != after[name]
    ]
    return (
        {name: before[name] for name in changed if name in before},
        {name: after[name] for name in changed if name in after},
    )
