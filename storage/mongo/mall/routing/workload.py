"""The fulfilment orders that stores were given, one document for each store and day."""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.mall.routing.workload import day_of
from domain.network.stores import Store, StoreId
from storage.mongo.kernel.database import BulkWriteError, Database, UpdateOne, only_duplicates

Given = tuple[str, Store, str]


class MongoWorkload:
    """See `domain.mall.routing.workload.Workload`; `refresh` keeps what is full today in memory.

    What a process was given and has not counted yet when it is killed is not counted: the capacity
    of a store is a soft bound.
    """

    def __init__(self, database: Database) -> None:
        self._days = database["store_days"]
        self._day = ""
        self._full: set[StoreId] = set()
        self._given: list[Given] = []

    def full(self, now: datetime) -> Collection[StoreId]:
        """The stores that have got their capacity today, as was known a moment ago."""
        return self._full if self._day == day_of(now) else frozenset()

    async def given(self, part_id: str, store: Store, *, now: datetime) -> None:
        """Have a fulfilment order counted with the next look; counted again, it is still one."""
        self._given.append((part_id, store, day_of(now)))

    async def refresh(self, now: datetime) -> None:
        """Count what was given, and read which stores are full today."""
        given, self._given = self._given, []
        try:
            await self._count(given)
        except Exception:
            self._given = given + self._given
            raise
        day = day_of(now)
        found = await self._days.find({"day": day, "full": True}, {"store_id": 1}).to_list(None)
        self._day, self._full = day, {StoreId(one["store_id"]) for one in found}

    async def _count(self, given: Sequence[Given]) -> None:
        if not given:
            return
        counted = [
            UpdateOne(
                {"_id": f"{store.id}:{day}", "parts": {"$ne": part_id}},
                {"$push": {"parts": part_id}, "$set": {"store_id": store.id, "day": day}},
                upsert=True,
            )
            for part_id, store, day in given
        ]
        lasts = {
            f"{store.id}:{day}": f"parts.{max(0, store.capacity_a_day - 1)}"
            for _, store, day in given
        }
        full = [
            UpdateOne({"_id": key, last: {"$exists": True}}, {"$set": {"full": True}})
            for key, last in lasts.items()
        ]
        try:
            await self._days.bulk_write(counted, ordered=False)
        except BulkWriteError as fault:
            only_duplicates(fault)  # these are counted already
        await self._days.bulk_write(full, ordered=False)
