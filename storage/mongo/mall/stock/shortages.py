"""Shortages of stores in MongoDB, one document each until they end."""

from collections.abc import Sequence
from datetime import datetime

from domain.mall.stock.stocking import Shortage
from domain.network.stores import StoreId
from storage.mongo.kernel.database import ASCENDING, Database, Document, UpdateOne
from storage.mongo.kernel.documents import converter


class MongoShortages:
    """Shortages; see `domain.mall.stock.stocking.Shortages`."""

    def __init__(self, database: Database) -> None:
        self._shortages = database["shortages"]

    async def put(self, shortages: Sequence[Shortage]) -> None:
        """Keep shortages; one that is kept already keeps its moment."""
        writes = []
        for shortage in shortages:
            document: Document = converter.unstructure(shortage)
            raised_at = document.pop("raised_at")
            begun = {"raised_at": raised_at, "attended_at": raised_at, "waiting": True}
            update = {"$set": document, "$setOnInsert": begun}
            writes.append(UpdateOne({"_id": shortage.id}, update, upsert=True))
        if writes:
            await self._shortages.bulk_write(writes, ordered=False)

    async def end(self, shortage: Shortage) -> None:
        """Forget one."""
        await self._shortages.delete_one({"_id": shortage.id})

    async def waiting(self, store_id: StoreId | None, most: int) -> Sequence[Shortage]:
        """Those of a store, or of all stores, the oldest first."""
        wanted: Document = {"store_id": store_id} if store_id else {"waiting": True}
        found = self._shortages.find(wanted).sort("raised_at", ASCENDING).limit(most)
        return [converter.structure(one, Shortage) for one in await found.to_list(None)]

    async def unattended(self, most: int) -> Sequence[Shortage]:
        """Those of all stores, the one first that nobody has attended to for longest."""
        found = self._shortages.find({"waiting": True}).sort("attended_at", ASCENDING).limit(most)
        return [converter.structure(one, Shortage) for one in await found.to_list(None)]

    async def attended(self, shortage: Shortage, at: datetime) -> None:
        """Note that somebody has attended to one, whatever came of it."""
        await self._shortages.update_one({"_id": shortage.id}, {"$set": {"attended_at": at}})
