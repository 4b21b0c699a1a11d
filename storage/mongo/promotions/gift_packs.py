"""The gift packs of stores in MongoDB, one document for each offer and store."""

from collections.abc import Sequence

from domain.network.stores import StoreId
from domain.promotions.gift_packs import LEFT, StorePacks
from domain.promotions.offers import OfferId
from storage.mongo.kernel.database import Database


class MongoPackStock:
    """See `domain.promotions.gift_packs.PackStock`."""

    def __init__(self, database: Database) -> None:
        self._packs = database["gift_packs"]

    async def of_store(self, store_id: StoreId) -> Sequence[StorePacks]:
        """What a store has, or had, by offer."""
        found = await self._packs.find({"store_id": store_id}).to_list(None)
        packs = (
            StorePacks(offer_id=OfferId(one["offer_id"]), store_id=store_id, left=one[LEFT])
            for one in found
        )
        return sorted(packs, key=lambda one: one.offer_id)
