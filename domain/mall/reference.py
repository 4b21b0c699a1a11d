"""The small data that every request reads, held in memory: stores and the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import (
    Catalogue,
    CatalogueSource,
    Product,
    ProductId,
    Sku,
    Variant,
)
from domain.mall.faces.published import Layers
from domain.network.directory import Directory, DirectorySource
from domain.network.stores import Owner, OwnerId, Region, RegionId, Store, StoreId
from domain.promotions.offer_versions import Promotions
from domain.promotions.shown_offers import ShownOffers, asked_in, shopper_in
from domain.promotions.standing import NOBODY, BuyerStanding, ForSome


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One consistent view of the reference data; a change makes a new one."""

    directory: Directory = field(default_factory=Directory)
    catalogue: Catalogue = field(default_factory=Catalogue)
    layers: Layers = field(default_factory=Layers)
    promotions: Promotions = field(default_factory=Promotions)

    @property
    def regions(self) -> Mapping[RegionId, Region]:
        """The regions of the directory."""
        return self.directory.regions

    @property
    def owners(self) -> Mapping[OwnerId, Owner]:
        """The owners of the directory."""
        return self.directory.owners

    @property
    def stores(self) -> Mapping[StoreId, Store]:
        """The stores of the directory."""
        return self.directory.stores

    @property
    def stores_of_region(self) -> Mapping[RegionId, tuple[Store, ...]]:
        """The stores of each region, in the order of their ids."""
        return self.directory.stores_of_region

    @property
    def products(self) -> Mapping[ProductId, Product]:
        """The products of the catalogue."""
        return self.catalogue.products

    @property
    def variants(self) -> Mapping[Sku, tuple[Product, Variant]]:
        """Each SKU's product and variant."""
        return self.catalogue.variants

    def next_flip(self, now: datetime) -> datetime | None:
        """The next moment at which a price, an offer or what is for sale may be another."""
        flips = (self.catalogue.next_flip(now), self.promotions.next_flip(now))
        return min(filter(None, flips), default=None)

    def shown_offers(
        self, store: Store, now: datetime, standing: BuyerStanding = NOBODY
    ) -> ShownOffers:
        """The offers that hold for somebody in a storefront at a moment."""
        return ShownOffers.among(self.promotions.rules_at(now), shopper_in(store, now, standing))

    def offers_ask(self, store: Store, now: datetime) -> Iterator[ForSome]:
        """Whom the offers are for that hold in a storefront at a moment."""
        return asked_in(self.promotions.rules_at(now), shopper_in(store, now))

    def store(self, id: str) -> Store:
        """The store of this id, or NotFound."""
        return self.directory.store(id)

    def region(self, id: str) -> Region:
        """The region of this id, or NotFound."""
        return self.directory.region(id)

    def product(self, id: str) -> Product:
        """The product of this id, or NotFound."""
        return self.catalogue.product(id)


class ReferenceSource(DirectorySource, CatalogueSource, Protocol):
    """Keeps the reference data of this process fresh, stale by under a second."""

    def now(self) -> Reference:
        """The newest view."""
