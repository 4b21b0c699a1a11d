"""Which products sold most lately: in each store, in each region and in the whole brand."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.catalogue.catalogue import ProductId
from domain.network.stores import RegionId, StoreId

# Paid orders of this long count.
LATELY = timedelta(days=30)
# The rankings are made anew when they are as old as this.
RANK_EVERY = timedelta(minutes=10)
MOST_RANKED = 200

BRAND = "brand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """Units of a product that were paid for through one store's storefront."""

    store_id: StoreId
    region_id: RegionId
    product_id: ProductId
    units: int


class Rankings(Protocol):
    """The rankings by their scopes' names, and the sales that they are made of."""

    async def claim(self, *, made_before: datetime, now: datetime) -> bool:
        """Take it on to make rankings anew, if they are older than that; one process alone may."""

    async def sold_since(self, since: datetime) -> Sequence[Sold]:
        """What was paid for since a moment."""

    async def replace(self, rankings: Mapping[str, Sequence[ProductId]]) -> None:
        """Write each ranking over the one of its name; the others stay."""


async def rank_best_sellers(rankings: Rankings, *, now: datetime) -> bool:
    """Make the rankings anew if they are due; tell whether they were."""
    if not await rankings.claim(made_before=now - RANK_EVERY, now=now):
        return False
    await rankings.replace(ranked(await rankings.sold_since(now - LATELY)))
    return True


def store_scope(id: StoreId) -> str:
    """The name of a store's ranking."""
    return f"store:{id}"


def region_scope(id: RegionId) -> str:
    """The name of a region's ranking."""
    return f"region:{id}"


def ranked(sales: Iterable[Sold]) -> dict[str, list[ProductId]]:
    """The products of each scope, most units first, the smaller id first among equals."""
    units: dict[str, Counter[ProductId]] = defaultdict(Counter)
    units[BRAND] = Counter()
    for sold in sales:
        for scope in (BRAND, region_scope(sold.region_id), store_scope(sold.store_id)):
            units[scope][sold.product_id] += sold.units
    return {
        scope: sorted(counts, key=lambda product: (-counts[product], product))[:MOST_RANKED]
        for scope, counts in units.items()
    }
