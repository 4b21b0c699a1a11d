"""Transfers between stores in MongoDB, one document each."""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.paging import Cursors, Page, PageRequest
from domain.mall.stock.transfers import UNDER_WAY, Transfer
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.pages import NEWEST_FIRST, page

TRANSFERS = Cursors("transfers", datetime, str)
UNDER_WAY_NOW = Cursors("transfersUnderWay", datetime, str)


class MongoTransfers:
    """Transfers; see `domain.mall.stock.transfers.Transfers`."""

    def __init__(self, database: Database) -> None:
        self._transfers = database["transfers"]

    async def by_id(self, id: str) -> Transfer | None:
        """The transfer of this id."""
        found = await self._transfers.find_one({"_id": id})
        return from_document(Transfer, found) if found else None

    async def save(self, transfer: Transfer, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else raise Conflict."""
        document = to_document(transfer)
        document["stores"] = [transfer.from_store_id, transfer.to_store_id]
        await save_version(self._transfers, document, expected=expected)

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[Transfer]:
        """What a store has sent or is to get, the newest first."""
        wanted = {"stores": store_id}
        return await page(self._transfers, wanted, NEWEST_FIRST, request, TRANSFERS, _read)

    async def under_way(self, store_id: StoreId | None, request: PageRequest) -> Page[Transfer]:
        """Those of a store, or of all, of which something is on its way, the newest first."""
        wanted: Document = {"stores": store_id} if store_id else {}
        wanted["state"] = {"$in": sorted(UNDER_WAY)}
        return await page(self._transfers, wanted, NEWEST_FIRST, request, UNDER_WAY_NOW, _read)

    async def unfinished(self, before: datetime, most: int) -> Sequence[str]:
        """The ids of those begun before a moment to which stock has yet to follow."""
        wanted = {"unfinished": True, "at": {"$lt": before}}
        found = await self._transfers.find(wanted, {"_id": 1}).limit(most).to_list(None)
        return [one["_id"] for one in found]


def _read(document: Document) -> Transfer:
    return from_document(Transfer, document)
