"""What becomes of the units of an order in their stores, each operation to the effect of once."""

from collections.abc import Callable, Mapping

from domain.catalogue.units import Units
from domain.kernel.apply_once import Told
from domain.kernel.states import Cause
from domain.mall.orders.order import Order, Orders
from domain.mall.reference import Reference
from domain.mall.routing.routing import Decision
from domain.mall.stock.operations import do_once
from domain.mall.stock.pools import Change, Delta, Event, Movement, OrderId, Pools, promise
from domain.network.stores import StoreId
from domain.people.act import Act

# What becomes of n units in a store.
DELTAS: Mapping[Event, Callable[[StoreId, int], Delta]] = {
    Event.RELEASED: lambda store_id, n: Delta(store_id=store_id, reserved=-n),
    Event.SHIPPED: lambda store_id, n: Delta(store_id=store_id, on_hand=-n, reserved=-n),
    Event.WRITTEN_OFF: lambda store_id, n: Delta(store_id=store_id, on_hand=-n, reserved=-n),
    Event.DAMAGED: lambda store_id, n: Delta(store_id=store_id, on_hand=-n, reserved=-n, damaged=n),
    Event.RETURNED: lambda store_id, n: Delta(store_id=store_id, on_hand=n),
    Event.RETURNED_DAMAGED: lambda store_id, n: Delta(store_id=store_id, damaged=n),
}


async def carry_out(
    pools: Pools,
    reference: Reference,
    *,
    operation: str,
    event: Event,
    order_id: OrderId,
    shares: Mapping[StoreId, Units],
    cause: Cause,
    first: Told[Movement] | None = None,
) -> None:
    """Do one thing to units of an order in their stores; again, it changes nothing.

    A store's stock is in the pool of the region that the store belongs to by now.
    """
    movements = [
        Movement(
            change_id=operation,
            region_id=reference.store(store_id).region_id,
            sku=sku,
            event=event,
            delta=DELTAS[event](store_id, n),
            actor=cause.actor,
            at=cause.at,
            reason=cause.reason,
            order_id=order_id,
        )
        for store_id, units in sorted(shares.items())
        for sku, n in sorted(units.items())
    ]
    await do_once(pools, movements, first=first)


def promised(order: Order, decision: Decision, act: Act) -> list[Change]:
    """What reserves an order's units by a plan; it stands only if the order is saved with it."""
    return promise(
        id=act.new_id("promise"),
        attempt=act.new_id("try"),
        region_id=order.region_id,
        order_id=order.id,
        at=act.at,
        actor=act.viewer.id,
        shares={share.store_id: share.units for share in decision.shares},
        tentative=True,
    )


async def release(
    pools: Pools, reference: Reference, orders: Orders, order: Order, act: Act
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
        cause=act.cause(),
    )
    await orders.released(order, order.release.id)
