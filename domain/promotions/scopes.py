"""Which goods an offer is for, where, when and for whom."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.catalogue.catalogue import Channel, ProductId, Sku
from domain.kernel.refusals import Invalid
from domain.network.hours import OpeningHours
from domain.network.stores import RegionId, StoreId
from domain.promotions.baskets import Basket, Shopper


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A choice of goods: all of them where nothing is named, less what is excepted.

    A category is named by its path from the top, and means all below it.
    """

    products: frozenset[ProductId] = frozenset()
    skus: frozenset[Sku] = frozenset()
    categories: frozenset[tuple[str, ...]] = frozenset()
    except_products: frozenset[ProductId] = frozenset()

    def among(self, basket: Basket) -> list[int]:
        """The lines of a basket that are chosen, by index."""
        if not (self.products or self.skus or self.categories):
            found = set(range(len(basket.lines)))
        else:
            # Most offers are for other goods: that much is seen without building anything.
            found = set()
            if self.products and not basket.by_product.keys().isdisjoint(self.products):
                found.update(_lines_of(self.products, basket.by_product))
            if self.skus and not basket.by_sku.keys().isdisjoint(self.skus):
                found.update(_lines_of(self.skus, basket.by_sku))
            if self.categories and not basket.by_category.keys().isdisjoint(self.categories):
                found.update(_lines_of(self.categories, basket.by_category))
            if not found:
                return []
        if found and self.except_products:
            found.difference_update(_lines_of(self.except_products, basket.by_product))
        return sorted(found)

    def touches(self, product_id: ProductId, category: tuple[str, ...], skus: Set[Sku]) -> bool:
        """Whether some of a product's SKUs are chosen."""
        if product_id in self.except_products:
            return False
        if product_id in self.products or not self.skus.isdisjoint(skus):
            return True
        if self.categories:
            return any(category[:n] in self.categories for n in range(1, len(category) + 1))
        return not (self.products or self.skus)


def _lines_of(keys: frozenset[Any], lines: Mapping[Any, Sequence[int]]) -> Iterator[int]:
    return (i for key in keys & lines.keys() for i in lines[key])


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Where an offer holds and for whom; what is empty excludes nobody."""

    channels: frozenset[Channel] = frozenset()
    regions: frozenset[RegionId] = frozenset()
    stores: frozenset[StoreId] = frozenset()
    segments: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()

    def holds_at(self, shopper: Shopper) -> bool:
        """Whether the place is one of its own: the channel, and the region or the store."""
        if self.channels and shopper.channel not in self.channels:
            return False
        if not self.regions and not self.stores:
            return True
        return shopper.region_id in self.regions or shopper.store_id in self.stores

    def holds_for(self, level: str | None, segments: Set[str]) -> bool:
        """Whether a buyer is one of its own: by level, and by any of the segments."""
        if self.levels and level not in self.levels:
            return False
        return not self.segments or not self.segments.isdisjoint(segments)


EVERYTHING = Goods()
EVERYBODY = Eligibility()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferWindow:
    """When an offer holds: from one moment until before another, within `hours` in China if any."""

    begins_at: datetime
    ends_at: datetime
    hours: OpeningHours | None = None

    def __post_init__(self) -> None:
        """Refuse a window in which nothing can happen."""
        if self.ends_at <= self.begins_at:
            raise Invalid("let it end after it begins.", field=["endsAt"])

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        within = self.begins_at <= moment < self.ends_at
        return within and (self.hours is None or self.hours.open_at(moment))

    def flips_after(self, moment: datetime) -> Iterator[datetime]:
        """The moments after one at which it may begin or end to hold, as far as hours tell them."""
        flips = [self.begins_at, self.ends_at]
        if self.hours is not None:
            flips += filter(None, (self.hours.closes_at(moment), self.hours.opens_next(moment)))
        return (flip for flip in flips if flip > moment)
