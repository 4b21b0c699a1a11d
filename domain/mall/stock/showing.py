"""Stock as somebody who browses is told it: quick to know, and never a promise."""

from collections.abc import Collection, Mapping
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.mall.stock.pools import Pool
from domain.network.stores import RegionId


class ShownStock(Protocol):
    """The stock of every region, at most a second old.

    Of a region or a pool that has been asked for before, nothing costs a round trip.
    """

    async def available(self, region_id: RegionId, skus: Collection[Sku]) -> Mapping[Sku, int]:
        """How many units of each SKU a region may sell; at most one round trip."""

    async def in_stock(self, region_id: RegionId) -> frozenset[Sku]:
        """The SKUs of which a region may sell at least one unit; at most one round trip."""

    async def pools(self, region_id: RegionId, skus: Collection[Sku]) -> Mapping[Sku, Pool]:
        """The pool of each SKU, store by store; at most one round trip."""
