"""The ports that feeding and keeping stock needs, and the exceptions that feeds raise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.kernel.ports import Ports
from domain.mall.reference import ReferenceSource
from domain.mall.stock.pools import Change, Pool, Pools
from domain.mall.stock.safety import SafetyRules
from domain.network.stores import RegionId, StoreId


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A store has fewer units on hand than are promised in it; it waits until that has ended."""

    region_id: RegionId
    store_id: StoreId
    sku: Sku
    on_hand: int
    reserved: int
    raised_at: datetime

    @property
    def id(self) -> str:
        """One for each SKU in a store."""
        return f"{self.store_id}/{self.sku}"

    @property
    def missing(self) -> int:
        """How many units are promised that are not there."""
        return self.reserved - self.on_hand


class Shortages(Protocol):
    """The shortages that have not ended."""

    async def put(self, shortages: Sequence[Shortage]) -> None:
        """Keep shortages; one that is kept already keeps its moment."""

    async def end(self, shortage: Shortage) -> None:
        """Forget one."""

    async def waiting(self, store_id: StoreId | None, most: int) -> Sequence[Shortage]:
        """Those of a store, or of all stores, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPorts(Ports):
    """The ports that feeds of stock need."""

    reference: ReferenceSource
    pools: Pools
    safety: SafetyRules
    shortages: Shortages


async def conclude(stocking: StockPorts, changes: Sequence[Change], *, now: datetime) -> None:
    """Raise the shortages that changes have made, then write the changes to the ledger.

    In this order, so that after a crash whoever finds the changes raises them again.
    """
    await raise_shortages(stocking.pools, stocking.shortages, changes, now=now)
    await stocking.pools.settle(changes)


async def raise_shortages(
    pools: Pools, shortages: Shortages, changes: Sequence[Change], *, now: datetime
) -> None:
    """Keep a shortage for each store in which units are promised that a change took away."""
    suspects = [
        (change, delta) for change in changes for delta in change.deltas if delta.on_hand < 0
    ]
    found = []
    for region_id in sorted({change.region_id for change, _ in suspects}):
        skus = sorted({change.sku for change, _ in suspects if change.region_id == region_id})
        loaded = await pools.load(region_id, skus)
        for change, delta in suspects:
            if change.region_id != region_id:
                continue
            shortage = shortage_of(loaded[change.sku], delta.store_id, now=now)
            if shortage is not None:
                found.append(shortage)
    await shortages.put(found)


def shortage_of(pool: Pool, store_id: StoreId, *, now: datetime) -> Shortage | None:
    """What is missing of a SKU in a store; None where there is as much as is promised."""
    stock = pool.store(store_id)
    if stock.on_hand >= stock.reserved:
        return None
    return Shortage(
        region_id=pool.region_id,
        store_id=store_id,
        sku=pool.sku,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        raised_at=now,
    )
