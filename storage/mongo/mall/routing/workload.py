"""The fulfilment orders that stores were given, one document for each store and day."""

from collections.abc import Collection
from datetime import datetime

from domain.mall.routing.workload import day_of
from domain.network.stores import Store, StoreId
from storage.mongo.kernel.database import BulkWriteError, Database, UpdateOne, only_duplicates


class MongoWorkload:
    """See `domain.mall.routing.workload.Workload`; `refresh` keeps what is full today in memory."""

    def __init__(self, database: Database) -> None:
        self._days = database["store_days"]
        self._day = ""
        self._full: set[StoreId] = set()

    def full(self, now: datetime) -> Collection[StoreId]:
        """The stores that have got their capacity today, as was known a moment ago."""
        return self._full if self._day == day_of(now) else frozenset()

    async def given(self, part_id: str, store: Store, *, now: datetime) -> None:
        """Count a fulfilment order for its store; counted again, it is still one."""
        day = day_of(now)
        key = f"{store.id}:{day}"
        last = f"parts.{max(0, store.capacity_a_day - 1)}"
        counted = UpdateOne(
            {"_id": key, "parts": {"$ne": part_id}},
            {"$push": {"parts": part_id}, "$set": {"store_id": store.id, "day": day}},
            upsert=True,
        )
        full = UpdateOne({"_id": key, last: {"$exists": True}}, {"$set": {"full": True}})
        try:
            await self._days.bulk_write([counted, full])
        except BulkWriteError as fault:
            only_duplicates(fault)  # it is counted already

    async def refresh(self, now: datetime) -> None:
        """Read which stores are full today."""
        day = day_of(now)
        found = await self._days.find({"day": day, "full": True}, {"store_id": 1}).to_list(None)
        self._day, self._full = day, {StoreId(one["store_id"]) for one in found}
