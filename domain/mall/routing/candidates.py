"""The stores of a region as routing sees them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.mall.routing.routing import Candidate
from domain.mall.stock.pools import Pool
from domain.network.stores import Store, StoreId


def candidates(
    stores: Collection[Store],
    pools: Mapping[Sku, Pool],
    now: datetime,
    full: Collection[StoreId],
) -> list[Candidate]:
    """The stores of a region as routing sees them, with what each could give of some SKUs."""
    return [
        Candidate(
            store=store,
            available={sku: pool.store(store.id).available for sku, pool in pools.items()},
            open_now=store.open_at(now),
            full=store.id in full,
        )
        for store in stores
    ]
