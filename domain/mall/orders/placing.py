"""Placing an order: all of its lines are reserved, or none."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.catalogue.units import Units
from domain.kernel.ids import NewId, PersonId
from domain.kernel.places import Position
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, Refusal, Unavailable, refuse_all
from domain.mall.orders.order import PAY_WITHIN, Order, Orders, OrderState, placed
from domain.mall.orders.requests import (
    OrderRequest,
    fingerprint,
    order_lines,
    pickup_store,
    shortages,
)
from domain.mall.reference import ReferenceSource
from domain.mall.routing.candidates import candidates
from domain.mall.routing.routing import Decision, route
from domain.mall.routing.workload import Workload
from domain.mall.stock.pools import Change, OrderId, Pools, promise
from domain.network.stores import RegionId, StoreId
from domain.people.viewer import CONSUMERS, Viewer
from domain.sharing.attribution import Touches, credit_for

LONGEST_KEY = 64
# Each plan that fails means that somebody else got what it wanted.
MOST_PLANS = 12
WAIT_S = 0.1
MOST_WAITS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPorts(Ports):
    """The ports that placing an order needs.

    `settle` writes changes that stand to the ledger, now or a little later. `pause` waits for so
    many seconds; `turns` lets one at a time through for each key.
    """

    reference: ReferenceSource
    pools: Pools
    orders: Orders
    touches: Touches
    workload: Workload
    settle: Callable[[Sequence[Change]], Awaitable[None]]
    pause: Callable[[float], Awaitable[None]]
    turns: Callable[[Hashable], AbstractAsyncContextManager[None]]
    pay_within: timedelta = PAY_WITHIN


async def place(
    mall: OrderPorts,
    request: OrderRequest,
    *,
    idempotency_key: str,
    viewer: Viewer,
    now: datetime,
    new_id: NewId,
) -> Order:
    """Place an order, its units kept until it must be paid; the same key again is the same order.

    Raises OutOfStock for each line of which fewer units are left than asked for.
    """
    viewer.require_known()
    viewer.require(*CONSUMERS)
    _check_key(idempotency_key)
    try:
        draft = await _draft(mall, request, idempotency_key, viewer.id, now, new_id)
        order = await _promise(mall, request, draft, new_id)
    except Refusal:
        # What is refused now may have been placed before, with the same key.
        known = await mall.orders.by_key(viewer.id, idempotency_key)
        if known is None:
            raise
        order = known
    if order.fingerprint != fingerprint(request):
        raise Conflict(
            "This key was sent with another order; use a new key for each order.",
            field=["idempotencyKey"],
        )
    return order if order.state is not OrderState.PENDING else await _wait(mall, order)


async def view(mall: OrderPorts, id: str, viewer: Viewer) -> Order | None:
    """An order as its buyer may see it; None for anybody else's."""
    viewer.require_known()
    order = await mall.orders.by_id(OrderId(id))
    if order is None or order.buyer_id != viewer.id or order.state is OrderState.PENDING:
        return None
    return order


async def plan(
    mall: OrderPorts,
    *,
    region_id: RegionId,
    units: Units,
    destination: Position | None,
    pickup_store_id: StoreId | None,
    now: datetime,
) -> Decision:
    """Choose the stores for some units from the numbers as they are now."""
    pools = await mall.pools.load(region_id, list(units))
    stores = mall.reference.now().stores_of_region.get(region_id, ())
    return route(
        units,
        candidates(stores, pools, now, mall.workload.full(now)),
        destination=destination,
        pickup_store_id=pickup_store_id,
    )


async def _draft(
    mall: OrderPorts,
    request: OrderRequest,
    key: str,
    buyer_id: PersonId,
    now: datetime,
    new_id: NewId,
) -> Order:
    reference = mall.reference.now()
    store = reference.store(request.store_id)
    pickup = pickup_store(reference, request, store)
    return Order(
        id=OrderId(new_id("order")),
        buyer_id=buyer_id,
        idempotency_key=key,
        fingerprint=fingerprint(request),
        region_id=store.region_id,
        store_id=store.id,
        lines=order_lines(reference, request.lines, now),
        state=OrderState.PENDING,
        placed_at=now,
        expires_at=now + mall.pay_within,
        recipient=request.recipient,
        destination=request.destination or (None if pickup else store.position),
        pickup_store_id=pickup.id if pickup else None,
        credit=await credit_for(mall.touches, buyer_id, share_code=request.share_code, now=now),
    )


async def _promise(mall: OrderPorts, request: OrderRequest, order: Order, new_id: NewId) -> Order:
    """Write the order down, then take its units by one plan after the other until one succeeds."""
    begun = None
    try:
        for number in range(MOST_PLANS):
            # Whoever lost to others takes turns with the other losers: were all of them to plan
            # from the same numbers, all but one would lose again.
            async with mall.turns(order.region_id) if number else nullcontext():
                decision = await _plan(mall, order)
                refuse_all(shortages(mall.reference.now(), request, order, decision.short))
                if begun is None:
                    begun = await mall.orders.begin(order)
                    if begun is not order:
                        return begun
                if done := await _take(mall, order, decision, new_id):
                    return done
    except Refusal:
        if begun is order:
            await mall.orders.give_up(order.id)
        raise
    await mall.orders.give_up(order.id)
    raise Unavailable("Many people are buying this just now; try again in a moment.")


async def _plan(mall: OrderPorts, order: Order) -> Decision:
    return await plan(
        mall,
        region_id=order.region_id,
        units=order.units,
        destination=order.destination,
        pickup_store_id=order.pickup_store_id,
        now=order.placed_at,
    )


async def _take(mall: OrderPorts, order: Order, decision: Decision, new_id: NewId) -> Order | None:
    """Reserve what a plan says and place the order; None if others were faster on some line."""
    changes = promise(
        id=new_id("promise"),
        attempt=new_id("try"),
        region_id=order.region_id,
        order_id=order.id,
        at=order.placed_at,
        actor=order.buyer_id,
        shares={share.store_id: share.units for share in decision.shares},
        tentative=True,
    )
    taken = await mall.pools.take(changes)
    if len(taken) < len(changes):
        await mall.pools.undo(taken)
        return None
    done = placed(order, decision, changes[0].id)
    if not await mall.orders.place(done):
        await mall.pools.undo(taken)
        raise Unavailable("Placing this order took too long; try again.")
    await mall.settle(taken)
    return done


async def _wait(mall: OrderPorts, order: Order) -> Order:
    """Wait for another request that is placing the same order."""
    for _ in range(MOST_WAITS):
        await mall.pause(WAIT_S)
        found = await mall.orders.by_id(order.id)
        if found is None:
            break
        if found.state is not OrderState.PENDING:
            return found
    raise Unavailable("This order is being placed; ask again with the same key in a moment.")


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid(
            f"Make up a key of 1 to {LONGEST_KEY} characters for each order, such as a UUID.",
            field=["idempotencyKey"],
        )
