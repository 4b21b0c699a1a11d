"""What consumers leave on posts: likes, saves and reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.content.revisions import PostId
from domain.kernel.ids import PersonId


class PostMark(StrEnum):
    """What a consumer can leave on a post."""

    LIKE = "LIKE"
    SAVE = "SAVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPost:
    """A post that a person has saved, and when."""

    post_id: PostId
    at: datetime


class PostMarks(Protocol):
    """Likes and saves, at most one of each for a person and a post."""

    async def leave(
        self, post_id: PostId, person_id: PersonId, mark: PostMark, at: datetime
    ) -> None:
        """Leave a mark and count it; a repeat changes nothing."""

    async def take_back(self, post_id: PostId, person_id: PersonId, mark: PostMark) -> None:
        """Take a mark back; one that is not there is no error."""

    async def of(
        self, person_id: PersonId, post_ids: Sequence[PostId]
    ) -> frozenset[tuple[PostId, PostMark]]:
        """Which marks a person has left on some posts."""

    async def saved(self, person_id: PersonId) -> Sequence[SavedPost]:
        """What a person has saved, in no order."""

    async def report(self, post_id: PostId, person_id: PersonId, reason: str, at: datetime) -> None:
        """Keep a person's report and count it; a second one of theirs replaces the first."""

    async def clear_reports(self, post_id: PostId) -> Sequence[str]:
        """Forget the reports of a post that was found in order; their reasons, the newest first.

        One that comes meanwhile is neither told nor forgotten.
        """
