"""One stream of the database's changes for a whole process, shared by all who follow it.

An open stream costs the server something at every write, so there is one, and it is fanned out
here.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Protocol

from storage.mongo.kernel.database import Database

logger = logging.getLogger(__name__)

# How long it is until the server is asked again. A question that waits for the next change is
# looked into at each write: with one that always waits, a write of a pool takes the embedded server
# 1.6 times as long as without; with a pause between them, 1.05 times.
PAUSE_S = 0.1
# The shortest that a question may wait at the server, which is told no shorter time than this.
AT_ONCE_MS = 1
# For so long changes are read before the followers hear of them, however many more are waiting.
READ_S = 0.005
RETRY_S = 1.0

# What is told of a changed document: the new values of the fields that its follower wants, as far
# as they were written; None if the document is gone.
Told = Mapping[str, Any] | None

WRITTEN = "updateDescription.updatedFields"
WHOLE = "fullDocument"


# What a follower has heard counts as fresh for so long after it was last in step.
FRESH_S = 1.0


class InStep:
    """Whether a follower has lately been told everything; else what it knows may be old."""

    def __init__(self) -> None:
        self._at = float("-inf")

    def note(self) -> None:
        """Everything up to now has been told."""
        self._at = time.monotonic()

    @property
    def lately(self) -> bool:
        """Whether that is less than a second ago."""
        return time.monotonic() - self._at < FRESH_S


class Follower(Protocol):
    """Somebody who follows the changes of some collections."""

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """Which ones, and of which fields the new values are told."""

    async def opened(self) -> None:
        """The stream begins, or begins anew: whatever was known before may be out of date."""

    async def changed(self, collection: str, changed: Mapping[Any, Told]) -> None:
        """These documents were written or removed, by their ids."""

    async def replaced(self, collection: str) -> None:
        """The whole collection was dropped or renamed."""

    def in_step(self) -> None:
        """Everything up to this moment has been told."""


class ChangeStream:
    """Tells its followers of every change from `start` to `stop`, whatever happens between."""

    def __init__(self, database: Database, followers: Sequence[Follower]) -> None:
        self._database = database
        self._followers = followers
        self._task: asyncio.Task[None] | None = None
        # Of its own: those of the event loop may all be busy with large files.
        self._thread = ThreadPoolExecutor(1, "changes")

    async def start(self) -> None:
        """Begin; the followers have been told of the opening when this returns."""
        opened = asyncio.Event()
        self._task = asyncio.create_task(self._follow(opened))
        first_time = asyncio.create_task(opened.wait())
        await asyncio.wait({self._task, first_time}, return_when=asyncio.FIRST_COMPLETED)
        first_time.cancel()
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown(wait=False)

    async def _follow(self, opened: asyncio.Event) -> None:
        """Follow the changes for ever; only a fault before the first opening ends it."""
        while True:
            try:
                await self._open_and_tell(opened)
            except Exception:
                if not opened.is_set():
                    raise
                logger.warning("lost the stream of changes; opening it again", exc_info=True)
            await asyncio.sleep(RETRY_S)

    async def _open_and_tell(self, opened: asyncio.Event) -> None:
        """Watch first, then let everybody load, so that no change is missed between."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for follower in self._followers:
            for collection, fields in follower.fields.items():
                wanted[collection].update(fields)
        fields = sorted({field for fields in wanted.values() for field in fields})
        values = [f"{part}.{field}" for field in fields for part in (WRITTEN, WHOLE)]
        pipeline: list[Mapping[str, Any]] = [
            {"$match": {"ns.coll": {"$in": sorted(wanted)}}},
            {"$project": dict.fromkeys(("operationType", "ns", "documentKey", *values), 1)},
        ]
        stream: Any = self._database.watch(pipeline, max_await_time_ms=AT_ONCE_MS)
        async with stream as changes:
            for follower in self._followers:
                await follower.opened()
            self._tell_in_step()
            opened.set()
            while changes.alive:
                # All in one thread: the way to it and back takes longer than a change.
                await self._tell(await self._read(changes.delegate))
                self._tell_in_step()
                await asyncio.sleep(PAUSE_S)

    async def _read(self, stream: Any) -> Sequence[Mapping[str, Any]]:
        """What waits in a stream of the driver; in the context, so that it is told apart by it."""
        here = copy_context().run
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, here, _waiting, stream)

    async def _tell(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Tell of changes, of each document once."""
        changed: dict[str, dict[Any, Told]] = defaultdict(dict)
        for change in changes:
            collection = change.get("ns", {}).get("coll")
            if "documentKey" in change:
                _add(changed[collection], change)
            elif collection is not None:
                for follower in self._following(collection):
                    await follower.replaced(collection)
        for collection, told in changed.items():
            for follower in self._following(collection):
                await follower.changed(collection, told)

    def _following(self, collection: str) -> list[Follower]:
        return [one for one in self._followers if collection in one.fields]

    def _tell_in_step(self) -> None:
        for follower in self._followers:
            follower.in_step()


def _waiting(stream: Any) -> list[Mapping[str, Any]]:
    """The changes that wait in a stream of the driver, which is read in a thread."""
    changes: list[Mapping[str, Any]] = []
    until = time.monotonic() + READ_S
    while (change := stream.try_next()) is not None:
        changes.append(change)
        if time.monotonic() > until:
            break
    return changes


def _add(told: dict[Any, Told], change: Mapping[str, Any]) -> None:
    """Put one change to those before it: of several values of one field the newest is told."""
    key = change["documentKey"]["_id"]
    if change["operationType"] == "delete":
        told[key] = None
    elif change["operationType"] == "update":
        written = change.get("updateDescription", {}).get("updatedFields", {})
        told[key] = {**(told.get(key) or {}), **written}
    else:
        told[key] = change.get(WHOLE) or {}
