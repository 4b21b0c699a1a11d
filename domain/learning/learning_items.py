"""What is learned from and asked in exams: written by one, approved by another, never changed.

Whoever wants another writes another, and says which one it replaces: that one is withdrawn when
the new one is approved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar

from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Forbidden
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState, version_review

LONGEST_COMMENT = 300
LEARNED = version_review("question, exam or map")


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningItem:
    """Who wrote something, what it replaces, and where its review stands.

    `group` is the list that it is in: a question's topic, and the role that a map is for.
    """

    id: str
    group: str
    author_id: PersonId
    made_at: datetime
    asked: RequestKey | None = None
    replaces: str | None = None
    state: VersionState = VersionState.IN_REVIEW
    reviewer_id: PersonId | None = None
    comment: str = ""
    version: int = 1

    def judged(self, to: VersionState, cause: Cause) -> Self:
        """Approved, sent back or withdrawn; nobody approves what they wrote."""
        if to is VersionState.APPROVED and cause.actor == self.author_id:
            raise Forbidden("Nobody approves words of their own; ask a colleague to review it.")
        comment = cause.reason.strip()
        if to is VersionState.REJECTED:
            comment = read_line(comment, most=LONGEST_COMMENT, least=1, field=["comment"])
        LEARNED.require(self.state, to)
        return replace(
            self,
            state=to,
            reviewer_id=PersonId(cause.actor),
            comment=comment,
            version=self.version + 1,
        )


D = TypeVar("D", bound=LearningItem)


class LearningItems(Protocol[D]):
    """All of one kind."""

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, D]:
        """Those of these ids."""

    async def approved(self, groups: Sequence[str]) -> Sequence[D]:
        """All of some groups that are approved, by id."""

    async def page(
        self, states: Sequence[VersionState], group: str | None, request: PageRequest
    ) -> Page[D]:
        """Those in some states, or of these those of a group, the newest first."""

    async def save(self, item: D, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def written(kind: type[D], id: str, group: str, cause: Cause, **fields: Any) -> D:
    """A new one, which waits for its review."""
    LEARNED.begin(id, VersionState.DRAFT, cause)
    LEARNED.require(VersionState.DRAFT, VersionState.IN_REVIEW)
    return kind(id=id, group=group, author_id=PersonId(cause.actor), made_at=cause.at, **fields)
