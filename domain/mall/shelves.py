"""What fulfilling an order does to the stock of stores, each operation to the effect of once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.mall.catalogue import Sku
from domain.mall.fulfilment import StockEffect, StockEffectKind
from domain.mall.ordering import NewId, candidates
from domain.mall.orders import Order, Orders
from domain.mall.reference import ReferenceSource
from domain.mall.routing import Candidate, Units
from domain.mall.states import SYSTEM, Act
from domain.mall.stock import Change, Delta, Event, OrderId, Pools, promise
from domain.mall.stores import RegionId, StoreId
from domain.refusals import Unavailable

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


class Outcomes(Protocol):
    """Whether promises made outside the placing of an order stand."""

    async def of(self, promise_id: str) -> bool | None:
        """Whether a promise stands; None while nobody has decided."""

    async def decide(self, promise_id: str, stands: bool) -> bool:
        """Decide it for everybody, unless somebody was faster; answer what was decided."""


async def carry_out(
    pools: Pools,
    *,
    operation: str,
    event: Event,
    region_id: RegionId,
    order_id: OrderId,
    shares: Mapping[StoreId, Units],
    act: Act,
    new_id: NewId,
) -> None:
    """Do one thing to units of an order in their stores; again, it changes nothing."""
    attempt = new_id("try")
    changes = {
        (region_id, sku): Change(
            id=operation,
            attempt=attempt,
            region_id=region_id,
            sku=sku,
            event=event,
            deltas=tuple(
                DELTAS[event](store_id, units[sku])
                for store_id, units in sorted(shares.items())
                if sku in units
            ),
            actor=act.actor,
            at=act.at,
            reason=act.reason,
            order_id=order_id,
        )
        for sku in sorted({sku for units in shares.values() for sku in units})
    }
    for key in await pools.recorded(list(changes.values())):
        del changes[key]
    done = await pools.apply(changes, lambda pool: changes[pool.key])
    await pools.settle(done)


async def release(pools: Pools, orders: Orders, order: Order, act: Act, new_id: NewId) -> None:
    """Give back the units of an order that has ended before it was paid."""
    await carry_out(
        pools,
        operation=f"{order.id}:release",
        event=Event.RELEASED,
        region_id=order.region_id,
        order_id=order.id,
        shares=order.shares,
        act=act,
        new_id=new_id,
    )
    await orders.released(order.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockShelves:
    """The shelves that fulfilment sees; see `domain.mall.fulfilling.Shelves`."""

    reference: ReferenceSource
    pools: Pools
    outcomes: Outcomes
    new_id: NewId

    async def candidates(
        self, region_id: RegionId, skus: Iterable[Sku], *, now: datetime
    ) -> Sequence[Candidate]:
        """The region's stores with what each could give just now."""
        pools = await self.pools.load(region_id, list(skus))
        stores = self.reference.now().stores_of_region.get(region_id, ())
        return candidates(stores, pools, now)

    async def reserve(
        self, operation: str, order_id: str, store_id: StoreId, units: Units, *, now: datetime
    ) -> bool:
        """Promise units of one store, all or none; False where some are gone.

        An operation that is repeated answers as it did. Raises Unavailable while another process
        is at the same operation.
        """
        decided = await self.outcomes.of(operation)
        if decided is False:
            return False
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
        if decided:
            return True
        taken = await self.pools.take(changes)
        mine = [change for change in taken if change.attempt == changes[0].attempt]
        if len(mine) < len(taken):
            await self.pools.undo(mine)
            raise Unavailable("Another process is reserving this; try again in a moment.")
        stands = await self.outcomes.decide(operation, len(mine) == len(changes))
        if stands and len(mine) == len(changes):
            await self.pools.settle(mine)
        else:
            await self.pools.undo(mine)
        return stands

    async def carry_out(self, effect: StockEffect, order_id: str, *, now: datetime) -> None:
        """Do what a step of fulfilment calls for."""
        await carry_out(
            self.pools,
            operation=effect.id,
            event=EFFECTS[effect.kind],
            region_id=self.reference.now().store(effect.store_id).region_id,
            order_id=OrderId(order_id),
            shares={effect.store_id: effect.units},
            act=Act(actor=SYSTEM, at=now),
            new_id=self.new_id,
        )
