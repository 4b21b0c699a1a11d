"""The last counts of stores: each lies in its pool alone until its store counts again.

A count's mark in the pool is all that is to be known of it, so its line of the ledger is written
only when the mark is about to go, or somebody wants to read the ledger. A brand's first stock is
that many lines less to write.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by_ids, in_one_batch, insert_new
from storage.mongo.mall.stock.pool_documents import last_counts, movement_documents

# So few lines of one store's feed are found by their ids, together with others'.
FEW_LINES = 10


class LastCounts:
    """Writes last counts to the ledger while their marks are there; done again, it does nothing."""

    def __init__(self, database: Database) -> None:
        self._movements = database["movements"]

    async def keep(self, pools: Iterable[Mapping[str, Any]], stores: Collection[StoreId]) -> None:
        """See to it that the ledger has the last counts of some stores in documents of pools."""
        counts = [
            movement
            for document in pools
            for change in last_counts(document)
            if change.deltas[0].store_id in stores
            for movement in movement_documents(change)
        ]
        written = await self._written(counts)
        missing = [one for one in counts if one["_id"] not in written]
        await insert_new(self._movements, missing)

    async def _written(self, lines: Sequence[Document]) -> set[str]:
        """The ids of lines that the ledger has, those of one store's feed read as one.

        To find a thousand by their ids takes the embedded server eight times as long.
        """
        feeds: dict[tuple[str, datetime], list[str]] = defaultdict(list)
        for one in lines:
            feeds[one["store_id"], one["at"]].append(one["_id"])
        few = [one for ids in feeds.values() if len(ids) <= FEW_LINES for one in ids]
        found = await find_by_ids(self._movements, few, {"_id": 1})
        for (store_id, at), ids in feeds.items():
            if len(ids) > FEW_LINES:
                wanted = {"store_id": store_id, "at": at}
                found += await in_one_batch(self._movements.find(wanted, {"_id": 1}), ids)
        return {one["_id"] for one in found}
