"""Frozen audiences in MongoDB, their members in parts, and whose customers members are."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from domain.audiences.trait_ports import FrozenAudience, GuideOf
from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId
from domain.people.successions import heir_at
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    from_document,
    one_of,
    to_document,
)
from storage.mongo.people.successions import MongoSuccessions


class MongoAudiences:
    """See `domain.audiences.trait_ports.Audiences`."""

    def __init__(self, database: Database) -> None:
        self._audiences = database["audiences"]
        self._parts = database["audience_parts"]

    async def begin(self, audience: FrozenAudience) -> None:
        """Write one down, without members yet."""
        await self._audiences.insert_one(to_document(audience))

    async def add_part(self, id: str, number: int, members: Sequence[PersonId]) -> None:
        """Write a part; one that is there stays."""
        try:
            await self._parts.insert_one({"_id": f"{id}:{number}", "members": list(members)})
        except DuplicateKeyError:
            return

    async def finish(self, audience: FrozenAudience) -> None:
        """Note that all parts are there."""
        fields = {"members": audience.members, "done": True}
        await self._audiences.update_one({"_id": audience.id}, {"$set": fields})

    async def by_id(self, id: str) -> FrozenAudience | None:
        """The audience of this id."""
        found = await self._audiences.find_one({"_id": id})
        return from_document(FrozenAudience, found) if found else None

    async def parts(self, id: str) -> AsyncIterator[Sequence[PersonId]]:
        """Its members, part by part."""
        number = 0
        while found := await self._parts.find_one({"_id": f"{id}:{number}"}):
            yield [PersonId(one) for one in found["members"]]
            number += 1


class MongoCustomers:
    """A guide's customers are those whose last touch came through the guide, or whom they follow.

    `heirs` follow guides who have left.
    """

    def __init__(self, database: Database) -> None:
        self.heirs = MongoSuccessions(database)
        self._touches = database["touches"]
        self._members = database["members"]

    async def is_customer(self, guide_id: str, member_id: PersonId) -> bool:
        """Whether a member came last through a link of the guide."""
        found = await self.guide_of(member_id)
        return found is not None and found.guide_id == guide_id

    async def guide_of(self, member_id: PersonId) -> GuideOf | None:
        """Through whose link a member came last, by any id that leads to them."""
        found = await self._members.find_one({"_id": member_id}, {"also": 1, "merged_into": 1})
        if found and (root := found.get("merged_into")):
            found = await self._members.find_one({"_id": root}, {"also": 1})
        ids = [found["_id"], *found.get("also", ())] if found else [member_id]
        newest = self._touches.find({"person_id": one_of(ids)}).sort(
            [("touched_at", -1), ("_id", -1)]
        )
        for one in await newest.limit(1).to_list(None):
            guide_id = await self.heirs.heir(one["guide_id"])
            return GuideOf(guide_id=guide_id, store_id=one["store_id"])
        return None

    async def last_guides_of(
        self, groups: Mapping[PersonId, Sequence[PersonId]]
    ) -> Mapping[PersonId, GuideOf]:
        """Through whose links members came last; the database looks for each id's newest touch."""
        ids = [one for group in groups.values() for one in group]
        newest_of = {name: {"$last": f"${name}"} for name in ("guide_id", "store_id", "touched_at")}
        newest: dict[PersonId, Document] = {}
        for start in range(0, len(ids), IN_AT_MOST):
            steps: list[Document] = [
                {"$match": {"person_id": {"$in": ids[start : start + IN_AT_MOST]}}},
                {"$sort": {"touched_at": 1, "_id": 1}},
                {"$group": {"_id": "$person_id", "touch": {"$last": "$_id"}, **newest_of}},
            ]
            newest |= {
                one["_id"]: one for one in await self._touches.aggregate(steps).to_list(None)
            }
        found: dict[PersonId, GuideOf] = {}
        for member_id, group in groups.items():
            touches = [newest[one] for one in group if one in newest]
            if touches:
                last = max(touches, key=lambda one: (one["touched_at"], one["touch"]))
                found[member_id] = GuideOf(guide_id=last["guide_id"], store_id=last["store_id"])
        return found

    async def guides_now(
        self, groups: Mapping[PersonId, Sequence[PersonId]]
    ) -> Mapping[PersonId, GuideOf]:
        """Whose customers many members are; a leaver's are their heir's."""
        found = await self.last_guides_of(groups)
        known = await self.heirs.known()
        return {
            one: replace(guide, guide_id=heir_at(known, GuideId(guide.guide_id)))
            for one, guide in found.items()
        }

    async def hear_of(self, guide_id: str) -> None:
        """Know anew who comes after a guide, of which this process may not have heard yet."""
        await self.heirs.heard_of(GuideId(guide_id))

    async def left_to(self, guide_id: str) -> Sequence[str]:
        """Through whose links a guide's customers came: the guide's own, and leavers'."""
        known = await self.heirs.known()
        guides = {GuideId(guide_id), *known}
        return sorted(one for one in guides if heir_at(known, one, None) == guide_id)
