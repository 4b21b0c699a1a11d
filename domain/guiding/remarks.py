"""What people of the stores say to each other: cheers, questions, answers, remarks on posts.

Words are checked before anybody sees them, and taken down by who looks after it. All of it is one
thing, said in a place: a contest, a topic of learning, another remark, or a post.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.content.revisions import PostId
from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import WrongState
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause
from domain.media.assets import AssetId

RemarkId = NewType("RemarkId", str)
REMARKS = Cursors("remarks", datetime, str)
LONGEST_REMARK = 500
LONGEST_REASON = 300
MOST_A_DAY = 50
# So often somebody likes a thing or takes that back.
MOST_TURNS = 20
LIKES = "likes"


class RemarkPlace(StrEnum):
    """Where something is said."""

    CONTEST = "CONTEST"
    TOPIC = "TOPIC"
    REMARK = "REMARK"
    POST = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that somebody said, with a picture or a film of theirs if they wish.

    `place` is `KIND:id`. What is `removed_at` is shown to nobody. `post_id` is the post that was
    made of it.
    """

    id: RemarkId
    place: str
    author_id: PersonId
    author_name: str
    store_id: str | None
    words: str
    said_at: datetime
    asked: RequestKey
    asset_id: AssetId | None = None
    post_id: PostId | None = None
    removed_at: datetime = NEVER
    removed_by: PersonId | None = None
    removed_because: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPost:
    """A post that stands on the board, and whose guide's it is."""

    id: PostId
    guide_id: str
    put_at: datetime
    put_by: PersonId
    off: bool = False
    version: int = 1


class Remarks(Protocol):
    """All that was said."""

    async def by_ids(self, ids: Sequence[RemarkId]) -> Mapping[RemarkId, Remark]:
        """Those of these ids."""

    async def page(self, place: str, request: PageRequest) -> Page[Remark]:
        """What is said in a place and stands, the newest first."""

    async def say(self, remark: Remark, most: int) -> Remark | None:
        """Keep a new one, or answer the one that was asked for under its key.

        None where its author has said so many on its day.
        """

    async def save(self, remark: Remark, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""

    async def likes(self, targets: Sequence[str]) -> Mapping[str, int]:
        """How many like each, a place `KIND:id`; those that nobody does are left out."""


class BoardPosts(Protocol):
    """What stands on the board."""

    async def by_id(self, id: PostId) -> BoardPost | None:
        """One, whether it stands or was taken off."""

    async def page(self, request: PageRequest) -> Page[BoardPost]:
        """What stands on it, the newest first."""

    async def save(self, post: BoardPost, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def place_of(kind: RemarkPlace, id: str) -> str:
    """A place as it is kept."""
    return f"{kind}:{id}"


def checked_words(words: str) -> str:
    """Words as they are kept, or Invalid."""
    return read_paragraphs(words, most=LONGEST_REMARK, least=1, field=["words"])


def slot_of(remark: Remark, n: int) -> RemarkId:
    """The id of the nth that its author says on its day."""
    day = beijing_day(remark.said_at).isoformat()
    return RemarkId(f"remark_{remark.author_id}_{day}_{n:02d}")


def removed(remark: Remark, cause: Cause) -> Remark:
    """A remark that was taken down, and why."""
    if remark.removed_at != NEVER:
        raise WrongState("It is taken down already.", field=["id"])
    return replace(
        remark,
        removed_at=cause.at,
        removed_by=PersonId(cause.actor),
        removed_because=read_line(cause.reason, most=LONGEST_REASON, least=1, field=["reason"]),
        version=remark.version + 1,
    )
