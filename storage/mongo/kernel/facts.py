"""The stream of facts in MongoDB, and the documents in which facts wait for it."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from domain.kernel.facts import Fact, FactId, FactKind, Outbox
from storage.mongo.kernel.database import (
    BulkWriteError,
    Database,
    Document,
    acknowledged_by_most,
    only_duplicates,
)

# So many facts at most are in one document of the stream; lower it never, for they are found by it.
PAGE = 50
# More values than this in one `$in` are slow on the embedded server.
IN_AT_MOST = 200
# The number that a relay begins with may be taken so often by others before it gives up.
MOST_REPEATS = 20
# The newest facts are kept in memory, so that a process reads each from the database once.
MOST_KEPT = 5_000
MOST_AT_ONCE = 1_000
# What those that are far behind have read is kept for the others, so many times.
MOST_READ = 8
CLEARED_TOGETHER = 64
WAITING = {"outbox.last": {"$gt": ""}}
# For so long after it was made, what waits in a document may just have been written.
LATELY_S = 1.0


class Said:
    """What kinds of facts this process has said when, and in which collections they wait."""

    def __init__(self) -> None:
        self._at: dict[FactKind, float] = {}
        self._found_in: dict[FactKind, set[str]] = defaultdict(set)

    def note(self, facts: Sequence[Fact]) -> None:
        """It makes some that are to wait in a document."""
        self._at.update(dict.fromkeys((fact.kind for fact in facts), time.monotonic()))

    def found(self, outbox: Outbox) -> None:
        """Here some waited."""
        for fact in outbox.facts:
            self._found_in[fact.kind].add(outbox.source)

    def where_lately(self, sources: Collection[str]) -> Collection[str]:
        """The collections in which those may wait that it has said in the last second.

        All where one has never been found yet.
        """
        since = time.monotonic() - LATELY_S
        lately = [self._found_in.get(kind) for kind, at in self._at.items() if at > since]
        if None in lately:
            return sources
        return [one for one in sources if any(one in found for found in lately if found)]


SAID = Said()


def as_outbox(facts: Sequence[Fact]) -> Document:
    """Facts as they wait in the document that they tell of: the field `outbox` where none do."""
    SAID.note(facts)
    return {"last": facts[-1].id, "facts": [_waiting(fact) for fact in facts]}


def added_to_outbox(facts: Sequence[Fact]) -> Document:
    """The update that adds facts to those that wait in a document."""
    said = as_outbox(facts)
    return {
        "$push": {"outbox.facts": {"$each": said["facts"]}},
        "$set": {"outbox.last": said["last"]},
    }


class MongoStream:
    """Pages of facts in `facts`: `_id` is the number of a page's first fact, `upto` of its last.

    A page is written under the number that follows the largest one, and only if none begins there;
    several in one ordered command, which ends at the first that fails. So the numbers in the
    database are always 1 to some m: a writer that was paused comes too late for its number, fails,
    and begins again behind the newest. That others have put one of the facts there is looked up
    before, while the stream reaches as far as the writer knows or further; and where it reaches
    further, the page fails. So no fact is in it twice.
    """

    def __init__(self, database: Database) -> None:
        self._pages = database["facts"]
        # What a change of the database's primary could undo must not be seen.
        self._sure = acknowledged_by_most(self._pages)
        self._head = 0

    async def append(self, facts: Sequence[Fact]) -> None:
        """Put facts at the end, in their order; those that are there already stay."""
        for _ in range(MOST_REPEATS):
            known = {fact.id for fact in await self.by_ids([fact.id for fact in facts])}
            new = {fact.id: fact for fact in facts if fact.id not in known}
            if await self._write(list(new.values())):
                return
            await self.head()
        raise RuntimeError("too many relays write facts at once; one is enough")

    async def head(self) -> int:
        """The number of the newest fact; 0 where there is none.

        As there are no gaps it is found by leaps, for a list read backwards is read as a whole on
        the embedded server.
        """
        here, leap = self._head, 1
        while end := await self._end_behind(here + leap):
            here, leap = end, leap * 2
        while leap > 1:
            leap //= 2
            here = await self._end_behind(here + leap) or here
        self._head = max(self._head, here)
        return here

    async def after(self, n: int, most: int) -> Sequence[Fact]:
        """The facts that follow a number, in order."""
        within = n + most + PAGE
        found = await self._find({"upto": {"$gt": n, "$lte": within}}, pages=most + PAGE)
        later = [fact for fact in found if n < fact.n <= n + most]
        # A hole would be a fault of the database; a follower stops before it and waits.
        return [fact for i, fact in enumerate(later) if fact.n == n + 1 + i]

    async def by_numbers(self, numbers: Sequence[int]) -> Sequence[Fact]:
        """The facts of these numbers, in order."""
        found: dict[int, Fact] = {}
        for n in sorted(numbers):
            if n not in found:
                found.update((fact.n, fact) for fact in await self.after(n - 1, PAGE))
        return [found[n] for n in sorted(set(numbers)) if n in found]

    async def by_ids(self, ids: Sequence[FactId]) -> Sequence[Fact]:
        """Those of these ids that are in the stream, in order."""
        found: list[Fact] = []
        for start in range(0, len(ids), IN_AT_MOST):
            some = set(ids[start : start + IN_AT_MOST])
            pages = await self._find({"facts.id": {"$in": list(some)}}, pages=len(some))
            found += [fact for fact in pages if fact.id in some]
        return sorted(found, key=lambda fact: fact.n)

    async def _write(self, facts: Sequence[Fact]) -> bool:
        """Write facts behind the newest that is known of; False if others have written there."""
        pages = [
            {
                "_id": self._head + 1 + start,
                "upto": self._head + len(facts[: start + PAGE]),
                "facts": [_waiting(fact) for fact in facts[start : start + PAGE]],
            }
            for start in range(0, len(facts), PAGE)
        ]
        try:
            if pages:
                await self._pages.insert_many(pages, ordered=True)
        except BulkWriteError as fault:
            only_duplicates(fault)
            return False
        self._head += len(facts)
        return True

    async def _end_behind(self, n: int) -> int:
        """The end of a page that ends at a number or soon after it; 0 if the stream is shorter.

        It is an end and nothing between, for a page that begins within another would be written.
        """
        page = await self._sure.find_one({"upto": {"$gte": n, "$lt": n + PAGE}}, {"upto": 1})
        return page["upto"] if page else 0

    async def _find(self, wanted: Document, *, pages: int) -> list[Fact]:
        found = await self._sure.find(wanted).batch_size(pages + 1).to_list(None)
        return [
            _read(fact, page["_id"] + i)
            for page in sorted(found, key=lambda page: page["_id"])
            for i, fact in enumerate(page["facts"])
        ]


class Tail:
    """A stream that keeps its newest facts in memory, for all who follow it in one process.

    However many follow, the database is asked for news by one at a time, and again only after
    `every_s` unless there is a lot of it. Those who wait for news are woken once it is there.
    """

    def __init__(self, stream: MongoStream, *, every_s: float = 0.1) -> None:
        self._stream = stream
        self._every_s = every_s
        self._kept: list[Fact] = []
        self._read: dict[tuple[int, int], Sequence[Fact]] = {}
        self._n: int | None = None
        self._ask_at = float("-inf")
        self._in_turn = asyncio.Lock()
        self._news = asyncio.Event()
        self.append = stream.append
        self.by_numbers = stream.by_numbers
        self.by_ids = stream.by_ids

    async def head(self) -> int:
        """The number of the newest fact that is known; no newer one is older than `every_s`."""
        return await self._refreshed()

    async def beyond(self, n: int, within_s: float) -> None:
        """Wait until a fact beyond a number is known, so long at most.

        Where one is known already and was not taken, there is a pause of `every_s` all the same.
        """
        if self._n is not None and self._n > n:
            await asyncio.sleep(self._every_s)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._news.wait()

    async def after(self, n: int, most: int) -> Sequence[Fact]:
        """The facts that follow a number, in order."""
        newest = await self._refreshed()
        if n >= newest:
            return []
        first = newest - len(self._kept)
        if n < first:
            return await self._read_once(n, most)
        return self._kept[n - first : n - first + most]

    async def _read_once(self, n: int, most: int) -> Sequence[Fact]:
        """Facts further back; those who come the same way one after another read them once."""
        async with self._in_turn:
            found = self._read.get((n, most))
            if found is None:
                found = await self._stream.after(n, most)
                self._read[n, most] = found
                if len(self._read) > MOST_READ:
                    self._read.pop(next(iter(self._read)))
            return found

    async def _refreshed(self) -> int:
        """The number of the newest fact that is known, after a look for news if it is time."""
        async with self._in_turn:
            if self._n is None:
                self._n = await self._stream.head()
            if time.monotonic() >= self._ask_at:
                news = await self._stream.after(self._n, MOST_AT_ONCE)
                self._kept = [*self._kept[-MOST_KEPT:], *news]
                self._n += len(news)
                if news:
                    self._news.set()
                    self._news = asyncio.Event()
                many = len(news) == MOST_AT_ONCE
                self._ask_at = time.monotonic() + (0 if many else self._every_s)
            return self._n


class MongoOutboxes:
    """Facts that wait in the field `outbox` of the documents of some collections."""

    def __init__(self, database: Database, sources: Collection[str]) -> None:
        self._database = database
        self._sources = sources

    async def waiting(self, most: int, *, everywhere: bool = True) -> Sequence[Outbox]:
        """Some of the documents in which facts wait.

        If not `everywhere`, only where those may wait that this process has said lately.
        """
        found: list[Outbox] = []
        for source in self._sources if everywhere else SAID.where_lately(self._sources):
            waiting = self._database[source].find(WAITING, {"outbox.facts": 1}).limit(most)
            found += [
                Outbox(
                    source=source,
                    key=one["_id"],
                    facts=tuple(_read(fact) for fact in one["outbox"]["facts"]),
                )
                for one in await waiting.batch_size(most + 1).to_list(None)
            ]
        for one in found:
            SAID.found(one)
        return found

    async def clear(self, relayed: Sequence[Outbox]) -> None:
        """Take these facts out of their documents, unless more have come to a document since.

        All that waits in such a document is found again, with what came.
        """
        by_source: dict[str, list[FactId]] = defaultdict(list)
        for outbox in relayed:
            by_source[outbox.source].append(outbox.facts[-1].id)
        async with asyncio.TaskGroup() as group:
            for source, newest in by_source.items():
                group.create_task(self._clear(source, newest))

    async def _clear(self, source: str, newest: Sequence[FactId]) -> None:
        for start in range(0, len(newest), CLEARED_TOGETHER):
            some = list(newest[start : start + CLEARED_TOGETHER])
            await self._database[source].update_many(
                {"outbox.last": {"$in": some}}, {"$unset": {"outbox": ""}}
            )


def _waiting(fact: Fact) -> Document:
    return {
        "id": fact.id,
        "subject": fact.subject,
        "kind": fact.kind,
        "at": fact.at,
        "data": dict(fact.data),
    }


def _read(document: Mapping[str, Any], n: int = 0) -> Fact:
    return Fact(
        id=document["id"],
        subject=document["subject"],
        kind=document["kind"],
        at=document["at"],
        data=document["data"],
        n=n,
    )
