"""Touches in MongoDB, and who is credited by them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.sharing.attribution import Credit
from domain.sharing.share_links import ShareCode
from domain.sharing.touches import FRIEND, Touch
from storage.mongo.kernel.database import DESCENDING, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import change_saying, converter, one_of, saying
from storage.mongo.people.successions import MongoSuccessions

# Of two in the same instant it is always the same one that came last.
NEWEST = [("touched_at", DESCENDING), ("_id", DESCENDING)]
NOT_FRIENDS: Document = {"code": {"$not": {"$gte": FRIEND, "$lt": f"{FRIEND}\uffff"}}}


class MongoTouches:
    """One document for each visitor, link and short interval.

    Who has left is credited as whoever came after them: `heirs`.
    """

    def __init__(self, database: Database) -> None:
        self._touches = database["touches"]
        self._links = database["share_links"]
        self.heirs = MongoSuccessions(database)

    async def add(self, touch: Touch, facts: Sequence[Fact] = ()) -> None:
        """Note a touch; another one in its interval only moves the moment on, never back.

        Whose it is stays as it was written, since the visitor may have become a member meanwhile.
        """
        first: Document = converter.unstructure(touch)
        change = {
            "$max": {"touched_at": first.pop("touched_at")},
            "$setOnInsert": saying(first, facts),
        }
        try:
            await self._touches.update_one({"_id": touch.id}, change, upsert=True)
        except DuplicateKeyError:  # two came first at once
            await self._touches.update_one({"_id": touch.id}, change)

    async def hand_over(
        self, visitor_id: PersonId, member_id: PersonId, facts: Sequence[Fact] = ()
    ) -> None:
        """Make the visitor's touches the member's, which say so; again, it changes nothing."""
        await self._touches.update_many(
            {"person_id": visitor_id}, change_saying({"person_id": member_id}, facts)
        )

    async def counts(self, codes: Sequence[ShareCode]) -> Mapping[ShareCode, int]:
        """How many touches links have had; one that had none is left out."""
        counting: list[Document] = [
            {"$match": {"code": {"$in": list(codes)}}},
            {"$group": {"_id": "$code", "count": {"$sum": 1}}},
        ]
        found = await self._touches.aggregate(counting).to_list(None)
        return {one["_id"]: one["count"] for one in found}

    async def last_credit(
        self, ids: Sequence[PersonId], *, since: datetime, by_link: bool = False
    ) -> Credit | None:
        """The newest touch of a consumer, by any id, since a moment; None where there is none."""
        wanted: Document = {"person_id": one_of(ids), "touched_at": {"$gte": since}}
        if by_link:
            wanted |= NOT_FRIENDS
        newest = await self._touches.find(wanted).sort(NEWEST).limit(1).to_list(1)
        return await self._credit(newest[0], newest[0]["touched_at"]) if newest else None

    async def touches_of(
        self, ids: Sequence[PersonId], *, since: datetime, until: datetime, most: int
    ) -> Sequence[Credit]:
        """The newest visits through links of a person, by any id, the newest first."""
        wanted = {
            "person_id": one_of(ids),
            "touched_at": {"$gte": since, "$lte": until},
            **NOT_FRIENDS,
        }
        newest = self._touches.find(wanted).sort(NEWEST).limit(most)
        return [
            await self._credit(one, one["touched_at"], until) for one in await newest.to_list(most)
        ]

    async def last_before(self, ids: Sequence[PersonId], at: datetime) -> Credit | None:
        """What makes a person, by any id, somebody's customer at a moment; None while nobody's."""
        wanted = {"person_id": one_of(ids), "touched_at": {"$lte": at}}
        newest = await self._touches.find(wanted).sort(NEWEST).limit(1).to_list(1)
        return await self._credit(newest[0], newest[0]["touched_at"], at) if newest else None

    async def shared_by(self, share_code: str, *, now: datetime) -> Credit | None:
        """Who gave a share code out, as a touch through it at this moment; None if nobody did."""
        found = await self._links.find_one({"_id": share_code})
        return await self._credit({**found, "code": share_code}, now) if found else None

    async def _credit(
        self, document: Document, touched_at: datetime, at: datetime | None = None
    ) -> Credit:
        return Credit(
            guide_id=await self.heirs.heir(document["guide_id"], at),
            store_id=document["store_id"],
            share_code=document["code"],
            touched_at=touched_at,
        )
