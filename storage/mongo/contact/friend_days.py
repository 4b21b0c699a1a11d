"""What new friends count, and who paid in stores, by day, in MongoDB."""

from collections.abc import Sequence

from domain.contact.bonds import BondId
from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import insert_new


class MongoFriendDays:
    """A document for each person and day, with the bonds that count; the cap is in the write."""

    def __init__(self, database: Database) -> None:
        self._days = database["friend_days"]

    async def take(self, user_id: str, day: str, bond_id: BondId, cap: int) -> bool:
        """Count one, unless as many as may be are; one that is counted is not counted again."""
        key = f"{user_id}:{day}"
        try:
            await self._days.update_one(
                {"_id": key, "count": {"$lt": cap}, "counted": {"$ne": bond_id}},
                {"$inc": {"count": 1}, "$push": {"counted": bond_id}},
                upsert=True,
            )
        except DuplicateKeyError:  # as many as may be, or counted before
            found = await self._days.find_one({"_id": key}) or {}
            return bond_id in found.get("counted", ())
        return True


class MongoStoreBuyers:
    """A document for each store, day and member."""

    def __init__(self, database: Database) -> None:
        self._buyers = database["store_buyers"]

    async def note(self, store_id: StoreId, day: str, member_id: PersonId) -> None:
        """Note one; again, it changes nothing."""
        key = f"{store_id}:{day}"
        await insert_new(
            self._buyers, [{"_id": f"{key}:{member_id}", "key": key, "member_id": member_id}]
        )

    async def of(self, store_id: StoreId, day: str) -> Sequence[PersonId]:
        """Those of a day."""
        found = await self._buyers.find({"key": f"{store_id}:{day}"}).to_list(None)
        return [one["member_id"] for one in found]
