"""What guides are asked to say to one customer on one day; each once under its id."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType, Protocol

from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId

TodoId = NewType("TodoId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideTodo:
    """A guide is to turn to a customer on a day such as 2026-11-28, with words of somebody's."""

    id: TodoId
    guide_id: GuideId
    member_id: PersonId
    day: str
    words: str
    asked_at: datetime


class GuideTodos(Protocol):
    """What guides are asked."""

    async def ask(self, todos: Sequence[GuideTodo]) -> None:
        """Ask it; what was asked under its id stays as it is."""

    async def pass_on(
        self, member_id: PersonId, giver: GuideId, taker: GuideId, since: date
    ) -> None:
        """Ask one guide what another is asked of a member from a day on; again, it is the same."""

    async def is_asked(self, id: TodoId) -> bool:
        """Whether something was asked under an id."""

    async def of_guides(self, guide_ids: Collection[str], day: date) -> Sequence[GuideTodo]:
        """What guides are asked on a day; one round trip."""
