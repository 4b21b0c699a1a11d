"""Sessions, those that ended lately, and counts of tries; the database forgets each in time."""

from datetime import datetime

from domain.people.limits import Tally
from domain.people.sessions import Session
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import from_document, to_document


class MongoSessions:
    """Sessions, one document each; see `domain.people.sessions.Sessions`."""

    def __init__(self, database: Database) -> None:
        self._sessions = database["sessions"]
        self._ended = database["ended_sessions"]

    async def add(self, session: Session) -> None:
        """Keep a new session until it expires."""
        await self._sessions.insert_one(to_document(session))

    async def by_id(self, id: str) -> Session | None:
        """One session."""
        # One that was kept before sessions had generations ended with them.
        found = await self._sessions.find_one({"_id": id, "generation": {"$gte": 1}})
        return from_document(Session, found) if found else None

    async def turn(self, id: str, generation: int, *, at: datetime, expires_at: datetime) -> bool:
        """Go on to the next generation if it is still in this one; tell whether it was."""
        result = await self._sessions.update_one(
            {"_id": id, "generation": generation},
            {"$set": {"generation": generation + 1, "turned_at": at, "expires_at": expires_at}},
        )
        return result.matched_count == 1

    async def end(self, id: str, *, known_until: datetime) -> None:
        """Forget the session, and have every process know until a moment that it ended."""
        await self._ended.update_one(
            {"_id": id}, {"$setOnInsert": {"expires_at": known_until}}, upsert=True
        )
        await self._sessions.delete_one({"_id": id})


class MongoTallies:
    """Counts, one document each; see `domain.people.limits.Tallies`."""

    def __init__(self, database: Database) -> None:
        self._tallies = database["tallies"]

    async def count(self, tally: Tally) -> bool:
        """Count one more and tell that it was; False where there are as many as may be."""
        change = {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": tally.expires_at}}
        # Where there is no room it tries to insert a second one. So does the later of two who
        # begin a count at the same time, and the other has begun it when this is repeated.
        for _ in range(2):
            try:
                await self._tallies.update_one(
                    {"_id": tally.id, "count": {"$lt": tally.most}}, change, upsert=True
                )
            except DuplicateKeyError:
                continue
            return True
        return False

    async def give_back(self, tally: Tally) -> None:
        """Count one less."""
        await self._tallies.update_one(
            {"_id": tally.id, "count": {"$gte": 1}}, {"$inc": {"count": -1}}
        )
