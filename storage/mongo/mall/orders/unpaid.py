"""The book of unpaid orders in MongoDB, one document for each holder."""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.mall.orders.unpaid import Holding, UnpaidBound
from domain.mall.stock.pools import OrderId
from storage.mongo.kernel.database import BulkWriteError, Database, UpdateOne, only_duplicates
from storage.mongo.kernel.documents import find_by_ids


class MongoUnpaidBook:
    """What each holder holds, with its sums; see `domain.mall.orders.unpaid.UnpaidBook`."""

    def __init__(self, database: Database) -> None:
        self._holders = database["unpaid"]

    async def enter(
        self, entries: Sequence[tuple[Holding, UnpaidBound]], *, keep_until: datetime
    ) -> Collection[str]:
        """Enter each where its holder has room for it; the holders that have none."""
        writes = [
            # Where there is no room, this tries to insert a second document of the holder.
            UpdateOne(
                {
                    "_id": entry.holder,
                    "orders": {"$lt": allowance.orders},
                    "units": {"$lte": allowance.units - entry.units},
                },
                {
                    "$inc": {"orders": 1, "units": entry.units},
                    "$push": {"open": {"id": entry.order_id, "units": entry.units}},
                    "$max": {"forget_at": keep_until},
                },
                upsert=True,
            )
            for entry, allowance in entries
        ]
        try:
            await self._holders.bulk_write(writes, ordered=False)
        except BulkWriteError as fault:
            return {entries[error["index"]][0].holder for error in only_duplicates(fault)}
        return ()

    async def of(self, holders: Collection[str]) -> Sequence[Holding]:
        """All that is entered for some holders."""
        found = await find_by_ids(self._holders, list(holders))
        return [
            Holding(holder=one["_id"], order_id=OrderId(held["id"]), units=held["units"])
            for one in found
            for held in one["open"]
        ]

    async def strike(self, entries: Collection[Holding]) -> None:
        """Take entries out; one that is out already is no error."""
        writes = [
            UpdateOne(
                {"_id": one.holder, "open.id": one.order_id},
                {
                    "$pull": {"open": {"id": one.order_id}},
                    "$inc": {"orders": -1, "units": -one.units},
                },
            )
            for one in entries
        ]
        if writes:
            await self._holders.bulk_write(writes, ordered=False)
