"""What sold most in a store and in its region, for the store's page."""

from collections.abc import Mapping, Sequence

from domain.catalogue.best_sellers import region_scope, store_scope
from domain.catalogue.catalogue import ProductId
from domain.mall.faces.modules import SalesScope
from domain.network.stores import RegionId, StoreId
from storage.mongo.kernel.database import Database


class MongoStoreBestSellers:
    """The rankings of the catalogue, by the scopes of a store."""

    def __init__(self, database: Database) -> None:
        self._rankings = database["best_sellers"]

    async def of(
        self, store_id: StoreId, region_id: RegionId
    ) -> Mapping[SalesScope, Sequence[ProductId]]:
        """Products that sold, most units first, in a store and in its region; one round trip."""
        scopes = {
            store_scope(store_id): SalesScope.STORE,
            region_scope(region_id): SalesScope.REGION,
        }
        found = await self._rankings.find({"_id": {"$in": list(scopes)}}).to_list(None)
        return {scopes[ranking["_id"]]: ranking["products"] for ranking in found}
