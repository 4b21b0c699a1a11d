"""What sold most lately, one ranking for each store, each region and the brand."""

from collections.abc import Mapping, Sequence

from domain.mall.catalogue import ProductId
from domain.mall.faces.modules import SalesScope
from domain.mall.stores import RegionId, StoreId
from storage.mongo.database import Database


class MongoBestSellers:
    """Rankings by `store:ID` and `region:ID`, and one of the whole `brand`."""

    def __init__(self, database: Database) -> None:
        self._rankings = database["best_sellers"]

    async def of(
        self, store_id: StoreId, region_id: RegionId
    ) -> Mapping[SalesScope, Sequence[ProductId]]:
        """Products that sold, most units first, in a store and in its region; one round trip."""
        scopes = {f"store:{store_id}": SalesScope.STORE, f"region:{region_id}": SalesScope.REGION}
        found = await self._rankings.find({"_id": {"$in": list(scopes)}}).to_list(None)
        return {scopes[ranking["_id"]]: ranking["products"] for ranking in found}

    async def best_sellers(self) -> Sequence[ProductId]:
        """The products that sold in the whole brand, most units first; one round trip."""
        found = await self._rankings.find_one({"_id": "brand"})
        return found["products"] if found else ()
