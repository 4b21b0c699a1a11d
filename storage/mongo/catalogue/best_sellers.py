"""What sold most lately, one ranking for each store, each region and the brand."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.catalogue.best_sellers import BRAND, Sold, region_scope, store_scope
from domain.catalogue.catalogue import ProductId
from domain.mall.faces.modules import SalesScope
from domain.mall.orders.order import OrderState
from domain.network.stores import RegionId, StoreId
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import replace_all

# Holds when the rankings were last made; no scope has this name.
_TURN = "turn"


class MongoBestSellers:
    """Rankings by the names of their scopes, made from the orders."""

    def __init__(self, database: Database) -> None:
        self._rankings = database["best_sellers"]
        self._orders = database["orders"]

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

    async def best_sellers(self) -> Sequence[ProductId]:
        """The products that sold in the whole brand, most units first; one round trip."""
        found = await self._rankings.find_one({"_id": BRAND})
        return found["products"] if found else ()

    async def claim(self, *, made_before: datetime, now: datetime) -> bool:
        """Take it on to make rankings anew, if they are older than that; one process alone may."""
        due = {"_id": _TURN, "taken_at": {"$lte": made_before}}
        try:
            taken = await self._rankings.replace_one(due, {"_id": _TURN, "taken_at": now}, True)
        except DuplicateKeyError:
            return False
        return taken.matched_count == 1 or taken.upserted_id is not None

    async def sold_since(self, since: datetime) -> Sequence[Sold]:
        """What was paid for since a moment."""
        product = {
            "store_id": "$store_id",
            "region_id": "$region_id",
            "product_id": "$lines.product_id",
        }
        found = self._orders.aggregate(
            [
                {"$match": {"state": OrderState.PAID, "placed_at": {"$gte": since}}},
                {"$unwind": "$lines"},
                {"$group": {"_id": product, "units": {"$sum": "$lines.quantity"}}},
            ]
        )
        return [Sold(**one["_id"], units=one["units"]) for one in await found.to_list(None)]

    async def replace(self, rankings: Mapping[str, Sequence[ProductId]]) -> None:
        """Write each ranking over the one of its name; the others stay."""
        await replace_all(
            self._rankings,
            [{"_id": scope, "products": list(products)} for scope, products in rankings.items()],
        )
