"""Standings that somebody in this process looks at, read anew once a second at most."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from domain.guiding.contests import ContestId, ContestPlace, ranked
from domain.guiding.guide_sales import SALE_FACTS
from domain.guiding.sale_report_facts import SALE_APPROVED
from domain.kernel.facts import Fact
from storage.mongo.guiding.contests import MongoContests
from storage.mongo.kernel.database import Database

EVERY_S = 1.0
# A sale that is heard of is counted by then, or the process that counts is in trouble; and so
# often a standing is read anew whatever is heard.
COUNTED_WITHIN_S = 5.0
ANYHOW_S = 15.0


@dataclass(slots=True)
class _Watched:
    """A standing: its places, how often they have changed, and when they were read last."""

    watchers: int = 0
    places: Sequence[ContestPlace] = ()
    changes: int = 0
    read_at: float = float("-inf")
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class MongoLivePlaces:
    """See `domain.guiding.running_contests.LivePlaces`; one query a second for all who look."""

    def __init__(self, database: Database) -> None:
        self._contests = MongoContests(database)
        self._watched: dict[tuple[ContestId, str], _Watched] = {}
        self._stirred_at = float("-inf")

    def hear(self, facts: Sequence[Fact]) -> None:
        """Note that something was sold or paid back."""
        if any(one.kind in SALE_FACTS | {SALE_APPROVED} for one in facts):
            self._stirred_at = time.monotonic()

    async def follow(
        self, contest_id: ContestId, day: str
    ) -> AsyncGenerator[Sequence[ContestPlace], None]:
        """The places of a day, or of all together, now and each time that they have changed."""
        key = contest_id, day
        watched = self._watched.setdefault(key, _Watched())
        watched.watchers += 1
        seen = None
        try:
            while True:
                await self._read(key, watched)
                if watched.changes != seen:
                    seen = watched.changes
                    yield watched.places
                await asyncio.sleep(EVERY_S)
        finally:
            watched.watchers -= 1
            if not watched.watchers:
                self._watched.pop(key, None)

    async def _read(self, key: tuple[ContestId, str], watched: _Watched) -> None:
        async with watched.reading:
            now = time.monotonic()
            age = now - watched.read_at
            stirred = watched.read_at < self._stirred_at + COUNTED_WITHIN_S
            if age < EVERY_S or not (stirred or age >= ANYHOW_S):
                return
            places = ranked(await self._contests.scores(*key))
            if places != watched.places:
                watched.places = places
                watched.changes += 1
            watched.read_at = now
