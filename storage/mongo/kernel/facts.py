"""The stream of facts in MongoDB, and the documents in which facts wait for it."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from domain.kernel.facts import Fact, FactId, Outbox
from storage.mongo.kernel.database import (
    EARLIEST,
    BulkWriteError,
    Database,
    Document,
    acknowledged_by_most,
)

BATCH = 200
DUPLICATE_KEY = 11000
# The number that a relay begins with may be taken so often by others before it gives up.
MOST_REPEATS = 20
# The newest facts are kept in memory, so that a process reads each from the database once.
MOST_KEPT = 5_000
MOST_AT_ONCE = 1_000
# Each fact of each document is compared with the ids of all.
CLEARED_TOGETHER = 16
WAITING = {"outbox.at": {"$gte": EARLIEST}}


def as_outbox(facts: Iterable[Fact]) -> list[Document]:
    """Facts as they wait in the document that they tell of, in its field `outbox`."""
    return [_waiting(fact) for fact in facts]


class MongoStream:
    """One document for each fact in `facts`; `n` is unique.

    A fact is written under the number that follows the largest one, and only if that is not taken;
    several in one ordered command, which ends at the first that fails. So the numbers in the
    database are always 1 to some m: a writer that was paused comes too late for its number, fails,
    and begins again behind the newest.
    """

    def __init__(self, database: Database) -> None:
        self._facts = database["facts"]
        # What a change of the database's primary could undo must not be seen.
        self._sure = acknowledged_by_most(self._facts)
        self._head = 0

    async def append(self, facts: Sequence[Fact]) -> None:
        """Put facts at the end, in their order; those that are there already stay."""
        for start in range(0, len(facts), BATCH):
            await self._append(list(facts[start : start + BATCH]))

    async def head(self) -> int:
        """The number of the newest fact; 0 where there is none.

        As there are no gaps it is found by leaps, for a list read backwards is read as a whole on
        the embedded server.
        """
        here, leap = self._head, 1
        while await self._is_taken(here + leap):
            here, leap = here + leap, leap * 2
        while leap > 1:
            leap //= 2
            if await self._is_taken(here + leap):
                here += leap
        self._head = max(self._head, here)
        return here

    async def after(self, n: int, most: int) -> Sequence[Fact]:
        """The facts that follow a number, in order."""
        found = await self._find({"n": {"$gt": n, "$lte": n + most}})
        # A hole would be a fault of the database; a follower stops before it and waits.
        return [fact for i, fact in enumerate(found) if fact.n == n + 1 + i]

    async def by_numbers(self, numbers: Sequence[int]) -> Sequence[Fact]:
        """The facts of these numbers, in order."""
        return await self._some("n", numbers)

    async def by_ids(self, ids: Sequence[FactId]) -> Sequence[Fact]:
        """Those of these ids that are in the stream, in order."""
        return await self._some("_id", ids)

    async def _append(self, facts: list[Fact]) -> None:
        for _ in range(MOST_REPEATS):
            head = self._head
            numbered = [_numbered(fact, head + 1 + i) for i, fact in enumerate(facts)]
            try:
                if numbered:
                    await self._facts.insert_many(numbered, ordered=True)
            except BulkWriteError as fault:
                errors = (fault.details or {}).get("writeErrors", [])
                if [error["code"] for error in errors] != [DUPLICATE_KEY]:
                    raise
                known = {fact.id for fact in await self.by_ids([fact.id for fact in facts])}
                facts = [fact for fact in facts if fact.id not in known]
                await self.head()
            else:
                self._head = head + len(numbered)
                return
        raise RuntimeError("too many relays write facts at once; one is enough")

    async def _is_taken(self, n: int) -> bool:
        return await self._sure.find_one({"n": n}, {"_id": 1}) is not None

    async def _some(self, field: str, values: Sequence[Any]) -> list[Fact]:
        found: list[Fact] = []
        for start in range(0, len(values), BATCH):
            found += await self._find({field: {"$in": list(values[start : start + BATCH])}})
        return sorted(found, key=lambda fact: fact.n)

    async def _find(self, wanted: Document) -> list[Fact]:
        found = await self._sure.find(wanted).batch_size(BATCH * 5).to_list(None)
        return sorted(map(_read, found), key=lambda fact: fact.n)


class Tail:
    """A stream that keeps its newest facts in memory, for all who follow it in one process.

    However many follow, the database is asked for news by one at a time, and again only after
    `every_s` unless there is a lot of it.
    """

    def __init__(self, stream: MongoStream, *, every_s: float = 0.1) -> None:
        self._stream = stream
        self._every_s = every_s
        self._kept: list[Fact] = []
        self._n: int | None = None
        self._ask_at = float("-inf")
        self._in_turn = asyncio.Lock()
        self.head = stream.head
        self.append = stream.append
        self.by_numbers = stream.by_numbers
        self.by_ids = stream.by_ids

    async def after(self, n: int, most: int) -> Sequence[Fact]:
        """The facts that follow a number, in order."""
        newest = await self._refreshed()
        if n >= newest:
            return []
        first = newest - len(self._kept)
        if n < first:
            return await self._stream.after(n, most)
        return self._kept[n - first : n - first + most]

    async def _refreshed(self) -> int:
        """The number of the newest fact that is known, after a look for news if it is time."""
        async with self._in_turn:
            if self._n is None:
                self._n = await self._stream.head()
            if time.monotonic() >= self._ask_at:
                news = await self._stream.after(self._n, MOST_AT_ONCE)
                self._kept = [*self._kept[-MOST_KEPT:], *news]
                self._n += len(news)
                many = len(news) == MOST_AT_ONCE
                self._ask_at = time.monotonic() + (0 if many else self._every_s)
            return self._n


class MongoOutboxes:
    """Facts that wait in the field `outbox` of the documents of some collections."""

    def __init__(self, database: Database, sources: Collection[str]) -> None:
        self._database = database
        self._sources = sources

    async def waiting(self, most: int) -> Sequence[Outbox]:
        """Some of the documents in which facts wait."""
        found: list[Outbox] = []
        for source in self._sources:
            waiting = self._database[source].find(WAITING, {"outbox": 1}).limit(most)
            found += [
                Outbox(
                    source=source,
                    key=one["_id"],
                    facts=tuple(_read({**fact, "_id": fact["id"]}) for fact in one["outbox"]),
                )
                for one in await waiting.batch_size(most + 1).to_list(None)
            ]
        return found

    async def clear(self, relayed: Sequence[Outbox]) -> None:
        """Take these facts out of their documents; what came to them since stays."""
        by_source: dict[str, list[Outbox]] = defaultdict(list)
        for outbox in relayed:
            by_source[outbox.source].append(outbox)
        for source, outboxes in by_source.items():
            for start in range(0, len(outboxes), CLEARED_TOGETHER):
                some = outboxes[start : start + CLEARED_TOGETHER]
                ids = [fact.id for outbox in some for fact in outbox.facts]
                await self._database[source].update_many(
                    {"_id": {"$in": [outbox.key for outbox in some]}},
                    {"$pull": {"outbox": {"id": {"$in": ids}}}},
                )


def _waiting(fact: Fact) -> Document:
    return {
        "id": fact.id,
        "subject": fact.subject,
        "kind": fact.kind,
        "at": fact.at,
        "data": dict(fact.data),
    }


def _numbered(fact: Fact, n: int) -> Document:
    document = _waiting(fact)
    return {"_id": document.pop("id"), "n": n, **document}


def _read(document: Mapping[str, Any]) -> Fact:
    return Fact(
        id=document["_id"],
        subject=document["subject"],
        kind=document["kind"],
        at=document["at"],
        data=document["data"],
        n=document.get("n", 0),
    )
