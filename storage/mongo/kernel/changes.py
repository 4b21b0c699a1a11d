"""One stream of the database's changes for a whole process, shared by all who follow it.

An open stream holds a thread of the driver, so there is one, and it is fanned out here.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from storage.mongo.kernel.database import Database

logger = logging.getLogger(__name__)

POLL_MS = 250
RETRY_S = 1.0
# So many changes are read before the followers hear of them, however many more are waiting.
MOST_TOGETHER = 2_000


class Follower(Protocol):
    """Somebody who follows the changes of some collections."""

    @property
    def collections(self) -> Collection[str]:
        """Which ones."""

    async def opened(self) -> None:
        """The stream begins, or begins anew: whatever was known before may be out of date."""

    async def changed(self, collection: str, ids: Collection[Any]) -> None:
        """These documents were written or removed."""

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
        collections = sorted({name for one in self._followers for name in one.collections})
        wanted: list[Mapping[str, Any]] = [
            {"$match": {"ns.coll": {"$in": collections}}},
            {"$project": {"operationType": 1, "ns": 1, "documentKey": 1}},
        ]
        stream: Any = self._database.watch(wanted, max_await_time_ms=POLL_MS)
        async with stream as changes:
            for follower in self._followers:
                await follower.opened()
            self._tell_in_step()
            opened.set()
            while changes.alive:
                await self._tell_waiting(changes)
                self._tell_in_step()

    async def _tell_waiting(self, changes: Any) -> None:
        """Tell of all the changes that wait, of each document once."""
        changed: dict[str, set[Any]] = defaultdict(set)
        for _ in range(MOST_TOGETHER):
            change: Mapping[str, Any] | None = await changes.try_next()
            if change is None:
                break
            collection = change.get("ns", {}).get("coll")
            if "documentKey" in change:
                changed[collection].add(change["documentKey"]["_id"])
            elif collection is not None:
                for follower in self._following(collection):
                    await follower.replaced(collection)
        for collection, ids in changed.items():
            for follower in self._following(collection):
                await follower.changed(collection, ids)

    def _following(self, collection: str) -> list[Follower]:
        return [one for one in self._followers if collection in one.collections]

    def _tell_in_step(self) -> None:
        for follower in self._followers:
            follower.in_step()
