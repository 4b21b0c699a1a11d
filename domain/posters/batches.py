"""Posters for many guides at once: ordered, worked off part by part, packed into archives."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.states import Machine
from domain.people.accounts import GuideId
from domain.posters.drawing import PosterSubject, Stamp
from domain.posters.layouts import Layout
from domain.posters.stamping import PosterFormat
from domain.posters.template_reviews import TemplateId
from domain.sharing.creating_links import LinkOrder
from domain.sharing.share_links import ShareCode

BatchId = NewType("BatchId", str)

PART_SIZE = 100
"""Guides in one part: some 15 MB of posters, done in less than a second."""

LEASE = timedelta(minutes=2)
"""How long a part belongs to who took it; after a crash another process takes it then."""

REST = timedelta(seconds=10)
"""How long a part that broke is left alone."""

MAX_TRIES = 5
"""How often a part is begun, over crashes and faults, before its batch is given up."""


class BatchState(StrEnum):
    """Where a batch stands."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


BATCH: Machine[BatchState] = Machine(
    "poster batch",
    begins=frozenset({BatchState.RUNNING}),
    next={
        BatchState.RUNNING: frozenset({BatchState.DONE, BatchState.CANCELLED, BatchState.FAILED}),
        BatchState.DONE: frozenset(),
        BatchState.CANCELLED: frozenset(),
        BatchState.FAILED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterBatch:
    """One order of posters; `total` counts guides, `why` says why it failed or was cleared.

    A cleared one showed what may go out no more: its archives are gone.
    """

    id: BatchId
    link: LinkOrder
    template_id: TemplateId
    number: int
    width: int
    format: PosterFormat
    total: int
    parts: int
    created_by: PersonId
    created_at: datetime
    state: BatchState = BatchState.RUNNING
    why: str = ""
    cleared: bool = False
    version: int = 1

    def moved(self, to: BatchState, why: str = "") -> "PosterBatch":
        """The batch in another state."""
        BATCH.require(self.state, to)
        return replace(self, state=to, why=why, version=self.version + 1)

    def without_archives(self, why: str) -> "PosterBatch":
        """The batch once what it shows may go out no more; one that runs has failed by that."""
        ended = self.moved(BatchState.FAILED) if self.state is BatchState.RUNNING else self
        return replace(ended, cleared=True, why=why, version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePoster:
    """One finished poster; `name` is its file's within the part's archive.

    `lacking` are the characters of the guide's texts for which a middle dot stands.
    """

    guide_id: GuideId
    code: ShareCode
    name: str
    lacking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPart:
    """Some guides of a batch; whoever takes the part has it until `free_at`.

    `tries` counts how often it was taken. One that is done stays open until its batch has ended
    where it was the last.
    """

    batch_id: BatchId
    number: int
    guide_ids: tuple[GuideId, ...]
    free_at: datetime
    tries: int = 0
    done: bool = False
    made: tuple[MadePoster, ...] = ()

    @property
    def archive_key(self) -> str:
        """Where the part's archive is kept in Files."""
        return archive_key(self.batch_id, self.number)


class PosterBatches(Protocol):
    """Batches and their parts."""

    async def add(self, batch: PosterBatch, parts: Sequence[BatchPart]) -> None:
        """Keep the parts of a new batch, then itself: without it they come to nothing."""

    async def by_id(self, id: BatchId) -> PosterBatch | None:
        """One batch."""

    async def page(self, request: PageRequest) -> Page[PosterBatch]:
        """Batches, the newest first."""

    async def save(self, batch: PosterBatch, *, expected: int) -> None:
        """Write version `expected + 1` over the expected one; Conflict if it has changed."""

    async def kept(self) -> list[PosterBatch]:
        """The batches that were not cleared."""

    async def parts(self, id: BatchId) -> list[BatchPart]:
        """A batch's parts, by number."""

    async def take(self, now: datetime) -> BatchPart | None:
        """A part that nobody has at this moment, taken for the length of a lease."""

    async def give_back(self, part: BatchPart, at: datetime, *, tried: bool = True) -> None:
        """Let others take a part that was taken and not finished, from a moment on.

        That it was taken counts as a try, unless it is said that it does not.
        """

    async def finish(self, part: BatchPart, made: Sequence[MadePoster]) -> bool:
        """Write a taken part down as done; False if somebody else has taken it since."""

    async def close(self, part: BatchPart) -> None:
        """Let a taken part, done or not, be taken no more."""

    async def drop(self, id: BatchId) -> None:
        """Leave undone whatever part of a batch is not done."""


class Stampers(Protocol):
    """Stamps many posters of one layout aside, several at a time."""

    async def stamp(
        self, layout: Layout, subject: PosterSubject, stamps: Sequence[Stamp], form: PosterFormat
    ) -> list[bytes]:
        """The posters, in the order of their stamps."""


def archive_path(id: BatchId, number: int) -> str:
    """The path of a part's archive in the service."""
    return f"/posters/batches/{id}/{number}.zip"


def archives_folder(id: BatchId) -> str:
    """What the keys of a batch's archives begin with."""
    return f"batches/{id}/"


def archive_key(id: BatchId, number: int) -> str:
    """The key of a part's archive in Files."""
    return f"{archives_folder(id)}{number:04d}.zip"


def cut(id: BatchId, guide_ids: Sequence[GuideId], now: datetime) -> list[BatchPart]:
    """Divide a batch's guides into parts that can be taken at once."""
    starts = range(0, len(guide_ids), PART_SIZE)
    return [
        BatchPart(
            batch_id=id,
            number=number,
            guide_ids=tuple(guide_ids[start : start + PART_SIZE]),
            free_at=now,
        )
        for number, start in enumerate(starts, 1)
    ]


def archive(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of files that are compressed already; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name, data in files:
            packed.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()
