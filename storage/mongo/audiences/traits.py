"""Members' traits in MongoDB: one document each, folded from facts and changed by hand alike.

Both write over the `folded.revision` that they have read, so that neither loses what the other did.
`segments` and `due_at` are in indexes; `chance`, made of the id, lets a sample be a range.
"""

import asyncio
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from domain.audiences.level_facts import facts_of_traits
from domain.audiences.trait_ports import OF_SEGMENT
from domain.audiences.traits import MemberTraits
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict
from storage.mongo.kernel.database import EARLIEST, Database, Document
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    to_document,
)
from storage.mongo.kernel.folds import MongoFolds, marks_of
from storage.mongo.kernel.pages import page

MOST_REPEATS = 20
PAUSE_S = 0.02
# A sample of so many is a range of `chance`, which runs from 0 to this.
CHANCES = 1_000_000
BY_ID = [("_id", 1)]


class MongoTraits(MongoFolds[MemberTraits]):
    """Traits; see `domain.audiences.trait_ports.Traits`."""

    def __init__(self, database: Database) -> None:
        self._traits = database["member_traits"]
        super().__init__(self._traits, _read, _fields, facts=facts_of_traits)

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, MemberTraits]:
        """The traits of these members; of one of whom nothing is known there are none yet."""
        found = await find_by_ids(self._traits, list(ids))
        return {PersonId(one["_id"]): _read(one) for one in found}

    async def change(
        self, ids: Sequence[PersonId], rule: Callable[[MemberTraits], MemberTraits]
    ) -> Mapping[PersonId, MemberTraits]:
        """Change some members' traits by a rule, each over what it was made from."""
        for _ in range(MOST_REPEATS):
            found = {one["_id"]: one for one in await find_by_ids(self._traits, ids)}
            before = {one: _read(found.get(one, {"_id": one})) for one in ids}
            after = {one: rule(traits) for one, traits in before.items()}
            writes = [
                self._over(found.get(one), one, after[one], marks_of(found.get(one)))
                for one in ids
                if after[one] != before[one]
            ]
            if await self._write_all(writes):
                return after
            await asyncio.sleep(PAUSE_S)
        raise Conflict("Others are changing these members at the same time; try again.")

    async def due(self, now: datetime, most: int) -> Sequence[PersonId]:
        """Members of whom time alone changes something by now."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._traits.find(wanted, {"_id": 1}).limit(most).to_list(None)
        return [PersonId(one["_id"]) for one in found]

    async def after(self, id: PersonId | None, most: int) -> Sequence[PersonId]:
        """The members who follow one by id, from the first one on for None."""
        return await self._following(id, most)

    async def of_guide(self, guide_id: str, id: PersonId | None, most: int) -> Sequence[PersonId]:
        """The customers of a guide who follow one by id, from the first one on for None.

        All members are looked through: that is cheaper, as seldom as guides leave, than an index.
        """
        return await self._following(id, most, **{"told.guide_id": guide_id})

    async def _following(self, id: PersonId | None, most: int, **those: str) -> Sequence[PersonId]:
        wanted = {"_id": {"$gt": id or ""}, **those}
        found = await self._traits.find(wanted, {"_id": 1}).sort("_id").limit(most).to_list(None)
        return [PersonId(one["_id"]) for one in found]

    async def in_segment(self, key: str, request: PageRequest) -> Page[PersonId]:
        """The members in a version of a segment, by id, and how many there are."""
        return await page(
            self._traits, {"segments": key}, BY_ID, request, OF_SEGMENT, lambda one: one["_id"]
        )

    async def sample(self, most: int) -> tuple[Sequence[MemberTraits], int]:
        """Some members by chance, and how many there are of whom something is known."""
        everybody = await self._traits.estimated_document_count()
        below = CHANCES if everybody <= most else CHANCES * most // everybody
        wanted = {"chance": {"$gte": 0, "$lt": below}}
        found = await self._traits.find(wanted).limit(most).to_list(None)
        return [_read(one) for one in found], everybody


def _read(document: Document) -> MemberTraits:
    return from_document(MemberTraits, document)


def _fields(id: str, traits: MemberTraits) -> Document:
    fields = to_document(traits)
    del fields["_id"]
    return {**fields, "chance": zlib.crc32(id.encode()) % CHANCES}
