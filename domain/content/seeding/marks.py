"""What consumers leave on posts: likes, saves and reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.content.revisions import PostId
from domain.kernel.apply_once import Posting
from domain.kernel.ids import PersonId


class PostMark(StrEnum):
    """What a consumer can leave on a post."""

    LIKE = "LIKE"
    SAVE = "SAVE"
    REPORT = "REPORT"


COUNTS = {
    PostMark.LIKE: "counts.likes",
    PostMark.SAVE: "counts.saves",
    PostMark.REPORT: "counts.reports",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPost:
    """A post on which a person has left a mark, and when."""

    post_id: PostId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Why a person has reported a post; `number` is that of the change of their mark."""

    post_id: PostId
    person_id: PersonId
    number: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkChange:
    """A person's nth change of a mark on a post: the odd ones leave it, the even ones take it back.

    So two that change it at once from the same state mean the same change.
    """

    post_id: PostId
    person_id: PersonId
    mark: PostMark
    number: int
    at: datetime

    @property
    def leaves(self) -> bool:
        """Whether the mark is there after it."""
        return is_left(self.number)

    def posting(self) -> Posting:
        """What it does to the post's counts."""
        count, leaves = COUNTS[self.mark], self.leaves
        return Posting(
            id=f"{self.mark}:{self.post_id}:{self.person_id}:{self.number}",
            target=self.post_id,
            at=self.at,
            add={count: 1 if leaves else -1},
            at_least={count: 0 if leaves else 1},
        )

    @classmethod
    def of(cls, posting: Posting) -> "MarkChange":
        """The change that does this to a post's counts."""
        mark, post_id, person_id, number = posting.id.split(":")
        return cls(
            post_id=PostId(post_id),
            person_id=PersonId(person_id),
            mark=PostMark(mark),
            number=int(number),
            at=posting.at,
        )


def is_left(changes: int) -> bool:
    """Whether a mark is there after so many changes."""
    return changes % 2 == 1


class PostMarks(Protocol):
    """Likes, saves and reports, at most one of each for a person and a post."""

    async def changes(self, post_id: PostId, person_id: PersonId, mark: PostMark) -> int:
        """How often a person has left a mark or taken it back."""

    async def note(self, change: MarkChange) -> None:
        """Note a change; where it is noted already, or one after it, that stays."""

    async def of(
        self, person_id: PersonId, post_ids: Sequence[PostId]
    ) -> frozenset[tuple[PostId, PostMark]]:
        """Which marks a person has left on some posts."""

    async def left_by(self, person_id: PersonId, mark: PostMark) -> Sequence[MarkedPost]:
        """The posts on which a person has left a mark, in no order."""

    async def keep_report(self, report: Report) -> None:
        """Keep why a person reports a post, over what they said of it before."""

    async def reports(self, post_id: PostId) -> Sequence[Report]:
        """Why a post was reported, the newest first."""

    async def forget_report(self, report: Report) -> None:
        """Forget one, unless its person has reported the post anew since."""
