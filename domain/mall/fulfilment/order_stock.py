"""What fulfilling an order does to the stock of stores, each operation to the effect of once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.ids import NewId
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment.fulfilments import StockEffect, StockEffectKind
from domain.mall.fulfilment.parts import answer_by
from domain.mall.orders.order import Order, Orders
from domain.mall.orders.placing import candidates
from domain.mall.reference import Reference, ReferenceSource
from domain.mall.routing.routing import Candidate
from domain.mall.routing.workload import Workload
from domain.mall.stock.operations import Outcomes, do_once, take_once
from domain.mall.stock.pools import Change, Delta, Event, OrderId, PoolKey, Pools, promise
from domain.network.stores import RegionId, StoreId

# What becomes of n units in a store.
DELTAS: Mapping[Event, Callable[[StoreId, int], Delta]] = {
    Event.RELEASED: lambda store_id, n: Delta(store_id=store_id, reserved=-n),
    Event.SHIPPED: lambda store_id, n: Delta(store_id=store_id, on_hand=-n, reserved=-n),
    Event.WRITTEN_OFF: lambda store_id, n: Delta(store_id=store_id, on_hand=-n, reserved=-n),
    Event.DAMAGED: lambda store_id, n: Delta(store_id=store_id, on_hand=-n, reserved=-n, damaged=n),
    Event.RETURNED: lambda store_id, n: Delta(store_id=store_id, on_hand=n),
    Event.RETURNED_DAMAGED: lambda store_id, n: Delta(store_id=store_id, damaged=n),
}

EFFECTS = {
    StockEffectKind.RELEASE: Event.RELEASED,
    StockEffectKind.SHIP: Event.SHIPPED,
    StockEffectKind.WRITE_OFF: Event.WRITTEN_OFF,
    StockEffectKind.DAMAGE: Event.DAMAGED,
    StockEffectKind.RESTOCK: Event.RETURNED,
    StockEffectKind.RESTOCK_DAMAGED: Event.RETURNED_DAMAGED,
}


async def carry_out(
    pools: Pools,
    reference: Reference,
    *,
    operation: str,
    event: Event,
    order_id: OrderId,
    shares: Mapping[StoreId, Units],
    act: Cause,
    new_id: NewId,
) -> None:
    """Do one thing to units of an order in their stores; again, it changes nothing.

    A store's stock is in the pool of the region that the store belongs to by now.
    """
    deltas: dict[PoolKey, list[Delta]] = defaultdict(list)
    for store_id, units in shares.items():
        for sku, n in units.items():
            deltas[reference.store(store_id).region_id, sku].append(DELTAS[event](store_id, n))
    attempt = new_id("try")
    changes = [
        Change(
            id=operation,
            attempt=attempt,
            region_id=region_id,
            sku=sku,
            event=event,
            deltas=tuple(found),
            actor=act.actor,
            at=act.at,
            reason=act.reason,
            order_id=order_id,
        )
        for (region_id, sku), found in sorted(deltas.items())
    ]
    await do_once(pools, changes)


async def release(
    pools: Pools, reference: Reference, orders: Orders, order: Order, act: Cause, new_id: NewId
) -> None:
    """Give back what is to be released of an order that ended before it was paid."""
    if order.release is None:
        return
    await carry_out(
        pools,
        reference,
        operation=order.release.id,
        event=Event.RELEASED,
        order_id=order.id,
        shares={share.store_id: share.units for share in order.release.shares},
        act=act,
        new_id=new_id,
    )
    await orders.released(order.id, order.release.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockShelves:
    """The shelves that fulfilment sees; see `domain.mall.fulfilment.changing.Shelves`."""

    reference: ReferenceSource
    pools: Pools
    outcomes: Outcomes
    workload: Workload
    new_id: NewId

    async def candidates(
        self, region_id: RegionId, skus: Iterable[Sku], *, now: datetime
    ) -> Sequence[Candidate]:
        """The region's stores with what each could give just now."""
        pools = await self.pools.load(region_id, list(skus))
        stores = self.reference.now().stores_of_region.get(region_id, ())
        return candidates(stores, pools, now, self.workload.full(now))

    def answer_by(self, store_id: StoreId, *, now: datetime) -> datetime:
        """Until when a store that is asked now has to answer."""
        return answer_by(self.reference.now().store(store_id), now)

    async def given(self, part_id: str, store_id: StoreId, *, now: datetime) -> None:
        """Count a fulfilment order towards its store's capacity of today."""
        await self.workload.given(part_id, self.reference.now().store(store_id), now=now)

    async def reserve(
        self, operation: str, order_id: str, store_id: StoreId, units: Units, *, now: datetime
    ) -> bool:
        """Promise units of one store, all or none; False where some are gone."""
        changes = promise(
            id=operation,
            attempt=self.new_id("try"),
            region_id=self.reference.now().store(store_id).region_id,
            order_id=OrderId(order_id),
            at=now,
            actor=SYSTEM,
            shares={store_id: units},
            tentative=False,
        )
        return await take_once(self.pools, self.outcomes, changes)

    async def carry_out(self, effect: StockEffect, order_id: str, *, now: datetime) -> None:
        """Do what a step of fulfilment calls for."""
        await carry_out(
            self.pools,
            self.reference.now(),
            operation=effect.id,
            event=EFFECTS[effect.kind],
            order_id=OrderId(order_id),
            shares={effect.store_id: effect.units},
            act=Cause(actor=SYSTEM, at=now),
            new_id=self.new_id,
        )
