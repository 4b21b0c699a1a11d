"""Who members are by now who were merged or parted while tokens say otherwise, in memory."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cachetools import TTLCache

from domain.kernel.ids import PersonId
from domain.people.tokens import ACCESS_LIFETIME
from domain.people.viewer import Viewer
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by, find_by_ids
from storage.mongo.people.people import MongoMembers

MERGES = "member_merges"
# Longer than any access token lasts that was given before, on whatever clock.
KNOWN_FOR = ACCESS_LIFETIME + timedelta(minutes=5)


class MovedMembers:
    """As many as were moved in the last half an hour: a merge is read again when it changes."""

    def __init__(self, database: Database) -> None:
        self._merges = database[MERGES]
        self._documents = database["members"]
        self._members = MongoMembers(database)
        self._now: TTLCache[PersonId, Viewer] = TTLCache(math.inf, KNOWN_FOR.total_seconds())

    def as_now(self, id: PersonId) -> Viewer | None:
        """The member whom an id names by now; None where that was so for as long as any token."""
        return self._now.get(id)

    async def read_lately(self) -> None:
        """Read all that were moved lately."""
        since = {"$gte": datetime.now(UTC) - KNOWN_FOR}
        for moment in ("at", "undone.at"):
            await self._note(await self._merges.find({moment: since}).to_list(None))

    async def read(self, merges: Sequence[str]) -> None:
        """Read whom some merges moved."""
        await self._note(await find_by_ids(self._merges, merges))

    async def _note(self, merges: Iterable[Document]) -> None:
        parties = sorted({one for merge in merges for one in (merge["loser"], merge["survivor"])})
        led = await find_by(self._documents, "merged_into", parties, {"_id": 1})
        for key in sorted({*parties, *(one["_id"] for one in led)}):
            if member := await self._members.live(key):
                viewer = member.viewer()
                if key not in viewer.ids:
                    # They lead there, and the survivor is about to say so too.
                    viewer = replace(viewer, also=(*viewer.also, key))
                # All who lead there: tokens of theirs may be older than this move, too.
                for one in viewer.ids:
                    self._now[one] = viewer
