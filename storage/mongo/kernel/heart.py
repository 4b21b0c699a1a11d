"""Whether the database answers, told at once to whoever waits for it.

A process writes a document of its own again and again, and follows it in the stream of changes. So
it knows on its own clock when the last write was acknowledged by a majority, how old at most what
it has heard of is, and when the database was last heard of at all. Nobody waits for a database that
has been silent for longer than `PATIENCE_S`.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from domain.kernel.refusals import Unavailable
from storage.mongo.kernel.database import (
    Database,
    PyMongoError,
    heard_of,
    is_silence,
    is_unsure,
)
from storage.mongo.kernel.fitness import MOST_APART_S, seconds_apart
from storage.mongo.kernel.migrating import schema_of

logger = logging.getLogger(__name__)

BEAT_S = 0.5
LOOK_S = 0.1
# A request is told within two seconds: what it waits for has been silent since before it came.
PATIENCE_S = 1.5
# While the database is silent, what is in memory is still answered: that takes no longer.
FROM_MEMORY_S = 0.2
# Writes that take longer than this are no commits to rely on.
COMMITS_WITHIN_S = 3.0
# Beats that may still be on their way through the stream; told together, they are told once.
MOST_UNSEEN = 2
CLOCKS_EVERY_S = 60.0
# What a process that stops gives the database for its last word.
LAST_S = 0.5
UNSURE = (
    "The database could not confirm this in time, so it may be done or not; send it again "
    "with the same key, and it is done once."
)
TOO_LONG = (
    "This took too long and was given up, so it may be done or not; send it again with the same "
    "key, and it is done once, or ask for less at a time."
)
DOWN = "The database does not answer just now; try again in a moment."


class Heart:
    """Beats in the database while it serves; see `api.kernel.world.Heart`."""

    def __init__(self, database: Database, *, knows: int) -> None:
        """`knows` is the last migration that this process knows."""
        self._database, self._knows = database, knows
        self._hearts = database["hearts"]
        self._heard = heard_of(database)
        self._id = secrets.token_hex(8)
        self._acknowledged_at = self._looked_at = monotonic()
        self._seen_at = float("-inf")
        self._unseen: deque[float] = deque(maxlen=MOST_UNSEEN)
        self._down = False
        self._apart_s = 0.0
        self._floor = 0
        self._sent: asyncio.Future[Any]
        self._waiting: set[asyncio.Timeout] = set()

    @property
    def answers(self) -> bool:
        """Whether the database has been heard of lately."""
        return not self._down

    @property
    def commits(self) -> bool:
        """Whether a majority has lately acknowledged a write."""
        return monotonic() - self._acknowledged_at < COMMITS_WITHIN_S

    @property
    def clocks(self) -> bool:
        """Whether this machine's clock and the database's agree, as far as was last asked."""
        return self._apart_s <= MOST_APART_S

    @property
    def reads(self) -> bool:
        """Whether this process can read all that is kept, as far as was last asked."""
        return self._floor <= self._knows

    def staleness_s(self) -> float:
        """How old at most what this process has heard of is; infinite before it has heard."""
        return monotonic() - self._seen_at

    @contextlib.asynccontextmanager
    async def waiting(self, until: float | None = None) -> AsyncIterator[Callable[[], None]]:
        """Wait for the database for the length of a block; Unavailable where it does not answer.

        What is in memory is answered all the same. Whoever has got from it what they need says so
        by the call that they are given. The block ends `until` a moment of the loop's clock.
        """
        soon = asyncio.get_running_loop().time() + FROM_MEMORY_S
        limit = asyncio.timeout_at(soon if self._down else until)
        try:
            async with limit:
                self._waiting.add(limit)
                yield lambda: self._waiting.discard(limit)
        except PyMongoError as fault:
            if is_unsure(fault):
                raise Unavailable(UNSURE) from fault
            if is_silence(fault):
                raise Unavailable(DOWN) from None
            raise
        except TimeoutError:
            if limit.expired():
                raise Unavailable(DOWN if self._down else TOO_LONG) from None
            raise
        finally:
            self._waiting.discard(limit)

    @contextlib.asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat, and look whether the database answers, for the length of a block."""
        await self._beat()
        doing = (self._beat_on(), self._look_on(), self._compare_on())
        tasks = [asyncio.create_task(one) for one in doing]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Who waits for this process to be gone need not wait until it is forgotten.
            with contextlib.suppress(PyMongoError, TimeoutError):
                async with asyncio.timeout(LAST_S):
                    await asyncio.gather(self._sent, return_exceptions=True)
                    await self._hearts.delete_one({"_id": self._id})

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """Where it beats."""
        return {"hearts": ()}

    async def opened(self) -> None:
        """The stream begins, and those that it tells have just loaded everything.

        What was on its way in an earlier one is not told any more.
        """
        self._unseen.clear()
        self._seen_at = monotonic()

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """A beat came back: everything up to the oldest that was on its way has been told."""
        if self._id in changed and self._unseen:
            self._seen_at = self._unseen.popleft()

    async def replaced(self, collection: str) -> None:
        """The next beat makes its document anew."""

    def in_step(self) -> None:
        """Nothing that the beats do not tell better."""

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self._beat()
            except PyMongoError:
                logger.warning("a write of the database's heart failed", exc_info=True)

    async def _beat(self) -> None:
        began = monotonic()
        self._unseen.append(began)
        beat = {"$set": {"at": datetime.now(UTC), "knows": self._knows}}
        self._sent = asyncio.ensure_future(
            self._hearts.update_one({"_id": self._id}, beat, upsert=True)
        )
        await asyncio.shield(self._sent)
        self._acknowledged_at = began

    async def _look_on(self) -> None:
        while True:
            self._look(monotonic())
            await asyncio.sleep(LOOK_S)

    async def _compare_on(self) -> None:
        while True:
            with contextlib.suppress(PyMongoError):
                self._apart_s = await seconds_apart(self._database)
                self._floor = (await schema_of(self._database)).floor
            if not self.clocks:
                logger.error("the clocks are %.1f seconds apart", self._apart_s)
            if not self.reads:
                logger.error("what is kept can be read by later versions alone; start one")
            await asyncio.sleep(CLOCKS_EVERY_S)

    def _look(self, now: float) -> None:
        """Notice whether the database answers; where it stopped, tell everybody who waits."""
        # While this process itself stood still, the database may well have answered.
        if now - self._looked_at > PATIENCE_S:
            self._heard.at = now
        self._looked_at = now
        # Any answer counts: a beat may wait long for its turn in a busy process.
        down = now - self._heard.at > PATIENCE_S
        if down != self._down:
            logger.warning("the database %s", "does not answer" if down else "answers again")
        self._down = down
        if down:
            moment = asyncio.get_running_loop().time()
            for limit in self._waiting:
                if not limit.expired():
                    limit.reschedule(moment)
            self._waiting.clear()
