"""The small data that every request reads, held in memory: stores and the catalogue."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from domain.mall.catalogue import Catalogue, Product, ProductId, Sku, Variant
from domain.mall.prices import PriceChange
from domain.mall.stores import Owner, OwnerId, Region, RegionId, Store, StoreId
from domain.refusals import NotFound


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One consistent view of the reference data; a change makes a new one."""

    regions: Mapping[RegionId, Region] = field(default_factory=dict)
    owners: Mapping[OwnerId, Owner] = field(default_factory=dict)
    stores: Mapping[StoreId, Store] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=Catalogue)

    @cached_property
    def stores_by_id(self) -> tuple[Store, ...]:
        """All stores, in the order of their ids."""
        return tuple(sorted(self.stores.values(), key=lambda store: store.id))

    @cached_property
    def stores_of_region(self) -> Mapping[RegionId, tuple[Store, ...]]:
        """The stores of each region, in the order of their ids."""
        found: dict[RegionId, list[Store]] = defaultdict(list)
        for store in self.stores_by_id:
            found[store.region_id].append(store)
        return {region: tuple(stores) for region, stores in found.items()}

    @property
    def products(self) -> Mapping[ProductId, Product]:
        """The products of the catalogue."""
        return self.catalogue.products

    @property
    def variants(self) -> Mapping[Sku, tuple[Product, Variant]]:
        """Each SKU's product and variant."""
        return self.catalogue.variants

    def store(self, id: str) -> Store:
        """The store of this id, or NotFound."""
        store = self.stores.get(StoreId(id))
        if store is None:
            raise NotFound(f"There is no store {id}; look its id up in the list of stores.")
        return store

    def region(self, id: str) -> Region:
        """The region of this id, or NotFound."""
        region = self.regions.get(RegionId(id))
        if region is None:
            raise NotFound(f"There is no region {id}; look its id up in the list of regions.")
        return region

    def product(self, id: str) -> Product:
        """The product of this id, or NotFound."""
        return self.catalogue.product(id)


class ReferenceSource(Protocol):
    """Keeps the reference data of this process fresh, stale by under a second."""

    def now(self) -> Reference:
        """The newest view."""

    def staleness_s(self) -> float:
        """Seconds since the stream of changes was last known to be in step."""


class ReferenceWriter(Protocol):
    """Writes reference data; what was written is in this process's next view."""

    async def save_regions(self, regions: list[Region]) -> None:
        """Write regions over whatever has their ids."""

    async def save_owners(self, owners: list[Owner]) -> None:
        """Write owners over whatever has their ids."""

    async def save_stores(self, stores: list[Store]) -> None:
        """Write stores over whatever has their ids."""

    async def products_by_ids(self, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """The products of these ids as they are written down, ahead of any view."""

    async def save_products(self, products: list[Product]) -> None:
        """Write products, each over the version before its own.

        Conflict where somebody else has written one meanwhile; the others are written all the same.
        """

    async def save_price_change(self, change: PriceChange) -> None:
        """Write a price change over whatever has its id."""
