"""How far followers have come in the stream of facts, and what is held for them, in MongoDB."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.kernel.following import Held, Place
from domain.kernel.refusals import Conflict
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import from_document, save_version, to_document


class MongoPlaces:
    """A document for each follower in `followers`, and for each held subject in `held_facts`.

    Whoever claims a follower makes a new token; every later write of its place names the token,
    so that one whose claim has ended writes nothing any more.
    """

    def __init__(self, database: Database) -> None:
        self._followers = database["followers"]
        self._held = database["held_facts"]

    async def claim(
        self, follower: str, *, begin_at: int, now: datetime, until: datetime
    ) -> Place | None:
        """Have a follower to oneself, unless somebody else has; a new one begins at a place."""
        claiming = asyncio.ensure_future(self._claim(follower, begin_at, now, until))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            # Who is asked to stop just now has it all the same, once the write is there.
            if place := await claiming:
                await self.move(place, until=now)
            raise

    async def _claim(
        self, follower: str, begin_at: int, now: datetime, until: datetime
    ) -> Place | None:
        found = await self._followers.find_one({"_id": follower})
        if found is None:
            place = Place(follower=follower, n=begin_at, token=1)
            try:
                await self._followers.insert_one({**_document(place), "until": until})
            except DuplicateKeyError:
                return None
            return place
        # What ends much later than a new one would was taken by a clock that was wrong.
        if now < found["until"] <= until + (until - now):
            return None
        place = _place(found)
        claimed = replace(place, token=place.token + 1)
        result = await self._followers.update_one(
            {"_id": follower, "token": place.token},
            {"$set": {"token": claimed.token, "until": until}},
        )
        return claimed if result.matched_count else None

    async def look(self, place: Place) -> Place | None:
        """The place as it is now; None if somebody else has the follower by now."""
        found = await self._followers.find_one({"_id": place.follower, "token": place.token})
        return _place(found) if found else None

    async def move(self, place: Place, *, until: datetime) -> bool:
        """Write a place; False, and nothing written, if somebody else has the follower by now."""
        moved = {"n": place.n, "failures": place.failures, "error": place.error, "until": until}
        result = await self._followers.update_one(
            {"_id": place.follower, "token": place.token, "generation": place.generation},
            {"$set": moved},
        )
        return result.matched_count == 1

    async def begin_anew(self, place: Place) -> Place | None:
        """Go to the first fact in a new generation, with nothing held; None as `look`."""
        anew = replace(place, n=0, generation=place.generation + 1, failures=0, rebuild=False)
        await self._held.delete_many({"follower": place.follower})
        result = await self._followers.update_one(
            {"_id": place.follower, "token": place.token}, {"$set": _document(anew)}
        )
        return anew if result.matched_count else None

    async def held(self, follower: str) -> Sequence[Held]:
        """What is held for a follower."""
        found = await self._held.find({"follower": follower}).to_list(None)
        return [from_document(Held, {**one, "_id": one["subject"]}, key="subject") for one in found]

    async def hold(self, held: Held) -> Held:
        """Write what is held over the version that it was made from; answer the new version."""
        saved = replace(held, version=held.version + 1)
        document = {**to_document(saved, key="subject"), "_id": _key(held), "subject": held.subject}
        await save_version(self._held, document, expected=held.version)
        return saved

    async def let_go(self, held: Held) -> None:
        """Hold a subject no more; raises Conflict as `hold`."""
        result = await self._held.delete_one({"_id": _key(held), "version": held.version})
        if result.deleted_count == 0:
            raise Conflict(f"What is held of {held.subject} has changed meanwhile.")

    async def all(self) -> Sequence[Place]:
        """The places of all followers that ever began."""
        return [_place(one) for one in await self._followers.find({}).to_list(None)]

    async def ask_for_rebuild(self, follower: str) -> bool:
        """Have whoever runs a follower begin anew; False if it has never begun."""
        asked = await self._followers.update_one({"_id": follower}, {"$set": {"rebuild": True}})
        return asked.matched_count == 1


def _key(held: Held) -> str:
    return f"{held.follower} {held.subject}"


def _document(place: Place) -> Document:
    return to_document(place, key="follower")


def _place(found: Document) -> Place:
    return from_document(Place, found, key="follower")
