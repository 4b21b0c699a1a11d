"""How far followers have come in the stream of facts, and what is held for them, in MongoDB."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.kernel.following import Held, Place
from domain.kernel.refusals import Conflict
from storage.mongo.kernel.database import (
    BulkWriteError,
    Database,
    Document,
    InsertOne,
    UpdateMany,
    only_duplicates,
)
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.together import Together


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A place that is written, and until when whoever writes it has it; no two are the same."""

    place: Place
    until: datetime


class MongoPlaces:
    """A document for each follower in `followers`, and for each held subject in `held_facts`.

    Whoever claims a follower makes a new token; every later write of its place names the token,
    so that one whose claim has ended writes nothing any more. A process has some twenty followers
    that all look and write every second or two; what they want of the database goes there together.
    """

    def __init__(self, database: Database) -> None:
        self._followers = database["followers"]
        self._held = database["held_facts"]
        self._found = Together(self._find)
        self._begun = Together(self._begin)
        self._moved = Together(self._move)
        self._holding = Together(self._find_held)

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
        found = await self._found.of(follower)
        if found is None:
            place = Place(follower=follower, n=begin_at, token=1)
            return place if await self._begun.of(Write(place, until)) else None
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
        found = await self._found.of(place.follower)
        return _place(found) if found and found["token"] == place.token else None

    async def move(self, place: Place, *, until: datetime) -> bool:
        """Write a place; False, and nothing written, if somebody else has the follower by now."""
        return bool(await self._moved.of(Write(place, until)))

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
        return await self._holding.of(follower) or []

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

    async def _find(self, followers: Sequence[str]) -> Mapping[str, Document]:
        """The documents of followers."""
        found = self._followers.find({"_id": {"$in": list(followers)}})
        return {one["_id"]: one for one in await found.to_list(None)}

    async def _find_held(self, followers: Sequence[str]) -> Mapping[str, Sequence[Held]]:
        """What is held for each follower."""
        found = self._held.find({"follower": {"$in": list(followers)}})
        held: dict[str, list[Held]] = defaultdict(list)
        for one in await found.to_list(None):
            read = from_document(Held, {**one, "_id": one["subject"]}, key="subject")
            held[read.follower].append(read)
        return held

    async def _begin(self, writes: Sequence[Write]) -> Mapping[Write, bool]:
        """Write places of followers that are new; those that others have begun meanwhile stay."""
        inserts = [InsertOne({**_document(one.place), "until": one.until}) for one in writes]
        taken: set[int] = set()
        try:
            await self._followers.bulk_write(inserts, ordered=False)
        except BulkWriteError as fault:
            taken = {error["index"] for error in only_duplicates(fault)}
        return {one: i not in taken for i, one in enumerate(writes)}

    async def _move(self, writes: Sequence[Write]) -> Mapping[Write, bool]:
        """Write places, each if nobody else has its follower by now."""
        result = await self._followers.bulk_write(_moving(writes), ordered=True)
        if result.matched_count == len(writes):
            return dict.fromkeys(writes, True)
        found = await self._find([one.place.follower for one in writes])
        return {one: _is_of(one.place, found.get(one.place.follower)) for one in writes}


def _moving(writes: Sequence[Write]) -> list[UpdateMany]:
    """The updates that write places: one for all that come to the same, as most do."""
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for one in writes:
        place, until = one.place, one.until.replace(microsecond=0)
        moved = (place.n, place.failures, place.error, until)
        alike[place.token, place.generation, *moved].append(place.follower)
    return [
        UpdateMany(
            {"_id": {"$in": followers}, "token": token, "generation": generation},
            {"$set": {"n": n, "failures": failures, "error": error, "until": until}},
        )
        for (token, generation, n, failures, error, until), followers in alike.items()
    ]


def _is_of(place: Place, found: Document | None) -> bool:
    """Whether a document is the place of this claim and generation."""
    ours = (place.token, place.generation)
    return found is not None and (found["token"], found["generation"]) == ours


def _key(held: Held) -> str:
    return f"{held.follower} {held.subject}"


def _document(place: Place) -> Document:
    return to_document(place, key="follower")


def _place(found: Document) -> Place:
    return from_document(Place, found, key="follower")
