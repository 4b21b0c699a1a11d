"""Batches of posters and their parts in MongoDB."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.kernel.paging import Cursors, Page, PageRequest
from domain.posters.batches import LEASE, BatchId, BatchPart, MadePoster, PosterBatch
from storage.mongo.kernel.database import DESCENDING, Database, Document
from storage.mongo.kernel.documents import (
    all_of,
    change_saying,
    converter,
    from_document,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

RACES = 5
NEWEST = [("created_at", DESCENDING), ("_id", DESCENDING)]
BATCHES = Cursors("batches of posters", datetime, str)


class MongoPosterBatches:
    """One document a batch, and one for each of its parts; `open` parts may still be taken."""

    def __init__(self, database: Database) -> None:
        self._batches = database["poster_batches"]
        self._parts = database["poster_parts"]

    async def add(self, batch: PosterBatch, parts: Sequence[BatchPart]) -> None:
        """Keep the parts of a new batch, then itself: without it they come to nothing."""
        await self._parts.insert_many([_part_document(part) for part in parts])
        await save_version(self._batches, to_document(batch), expected=0)

    async def by_id(self, id: BatchId) -> PosterBatch | None:
        """One batch."""
        found = await self._batches.find_one({"_id": id})
        return from_document(PosterBatch, found) if found else None

    async def page(self, request: PageRequest) -> Page[PosterBatch]:
        """Batches, the newest first."""
        read = partial(from_document, PosterBatch)
        return await page(self._batches, {}, NEWEST, request, BATCHES, read)

    async def save(self, batch: PosterBatch, *, expected: int) -> None:
        """Write version `expected + 1` over the expected one; Conflict if it has changed."""
        await save_version(self._batches, to_document(batch), expected=expected)

    async def kept(self) -> list[PosterBatch]:
        """The batches that were not cleared."""
        found = await self._batches.find({"cleared": False}).to_list(None)
        return all_of(PosterBatch, found)

    async def parts(self, id: BatchId) -> list[BatchPart]:
        """A batch's parts, by number."""
        found = await self._parts.find({"batch_id": id}).to_list(None)
        return sorted(map(_part, found), key=lambda part: part.number)

    async def take(self, now: datetime) -> BatchPart | None:
        """A part that nobody has at this moment, taken for the length of a lease."""
        for _ in range(RACES):
            free = {"open": True, "free_at": {"$lte": now}}
            found = await self._parts.find(free).sort("free_at", 1).limit(1).to_list(1)
            if not found:
                return None
            seen = {"_id": found[0]["_id"], "open": True, "free_at": found[0]["free_at"]}
            change = {"$set": {"free_at": now + LEASE}, "$inc": {"tries": 1}}
            part = _part(found[0])
            part = replace(part, free_at=now + LEASE, tries=part.tries + 1)
            claim = asyncio.ensure_future(self._parts.update_one(seen, change))
            try:
                claimed = await asyncio.shield(claim)
            except asyncio.CancelledError:
                # Who is asked to stop just now has the part all the same, once the write is there.
                if (await claim).matched_count:
                    await self.give_back(part, now)
                raise
            if claimed.matched_count:
                return part
        return None

    async def give_back(self, part: BatchPart, at: datetime, *, tried: bool = True) -> None:
        """Let others take a part that was taken and not finished, from a moment on."""
        tries = part.tries if tried else part.tries - 1
        await self._parts.update_one(_held(part), {"$set": {"free_at": at, "tries": tries}})

    async def finish(self, part: BatchPart, made: Sequence[MadePoster]) -> bool:
        """Write a taken part down as done; False if somebody else has taken it since."""
        document = _part_document(replace(part, done=True, made=tuple(made)))
        written = await self._parts.update_one(_held(part), change_saying(document, ()))
        return written.matched_count == 1

    async def close(self, part: BatchPart) -> None:
        """Let a taken part, done or not, be taken no more."""
        await self._parts.update_one(_held(part), {"$set": {"open": False}})

    async def drop(self, id: BatchId) -> None:
        """Leave undone whatever part of a batch is not done."""
        await self._parts.update_many({"batch_id": id, "open": True}, {"$set": {"open": False}})


def _held(part: BatchPart) -> Document:
    """The part as long as it belongs to whoever took it."""
    return {"_id": _part_id(part), "open": True, "free_at": part.free_at}


def _part_id(part: BatchPart) -> str:
    return f"{part.batch_id}:{part.number:04d}"


def _part_document(part: BatchPart) -> Document:
    return {**converter.unstructure(part), "_id": _part_id(part), "open": True}


def _part(document: Document) -> BatchPart:
    part: BatchPart = converter.structure(document, BatchPart)
    return part
