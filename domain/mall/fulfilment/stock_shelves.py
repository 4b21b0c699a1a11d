"""The shelves of stores as fulfilment changes them, on the pools of stock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.ids import NewId
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment.fulfilments import StockEffect, StockEffectKind
from domain.mall.orders.ordered_units import carry_out
from domain.mall.routing.candidates import candidates
from domain.mall.routing.routing import Candidate
from domain.mall.routing.workload import Workload
from domain.mall.stock.heeding import heed
from domain.mall.stock.operations import Outcomes, take_once
from domain.mall.stock.pools import Event, OrderId, promise
from domain.mall.stock.stocking import StockPorts
from domain.network.stores import RegionId, StoreId
from domain.people.act import by_the_clock

EFFECTS = {
    StockEffectKind.RELEASE: Event.RELEASED,
    StockEffectKind.SHIP: Event.SHIPPED,
    StockEffectKind.WRITE_OFF: Event.WRITTEN_OFF,
    StockEffectKind.DAMAGE: Event.DAMAGED,
    StockEffectKind.RESTOCK: Event.RETURNED,
    StockEffectKind.RESTOCK_DAMAGED: Event.RETURNED_DAMAGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockShelves:
    """The shelves that fulfilment sees; see `domain.mall.fulfilment.ports.Shelves`."""

    stocking: StockPorts
    outcomes: Outcomes
    workload: Workload
    new_id: NewId

    async def candidates(
        self, region_id: RegionId, skus: Iterable[Sku], *, now: datetime
    ) -> Sequence[Candidate]:
        """The region's stores with what each could give just now."""
        pools = await self.stocking.pools.load(region_id, list(skus))
        stores = self.stocking.reference.now().stores_of_region.get(region_id, ())
        return candidates(stores, pools, now, self.workload.full(now))

    async def given(self, part_id: str, store_id: StoreId, *, now: datetime) -> None:
        """Count a fulfilment order towards its store's capacity of today."""
        await self.workload.given(part_id, self.stocking.reference.now().store(store_id), now=now)

    async def reserve(
        self, operation: str, order_id: str, store_id: StoreId, units: Units, *, now: datetime
    ) -> bool:
        """Promise units of one store, all or none; False where some are gone."""
        changes = promise(
            id=operation,
            attempt=self.new_id("try"),
            region_id=self.stocking.reference.now().store(store_id).region_id,
            order_id=OrderId(order_id),
            at=now,
            actor=SYSTEM,
            shares={store_id: units},
            tentative=False,
        )
        return await take_once(self.stocking.pools, self.outcomes, changes)

    async def carry_out(self, effect: StockEffect, order_id: str, *, now: datetime) -> None:
        """Do what a step of fulfilment calls for."""
        await carry_out(
            self.stocking.pools,
            self.stocking.reference.now(),
            operation=effect.id,
            event=EFFECTS[effect.kind],
            order_id=OrderId(order_id),
            shares={effect.store_id: effect.units},
            cause=Cause(actor=SYSTEM, at=effect.at or now),
            first=heed(self.stocking, by_the_clock(now, self.new_id)),
        )
