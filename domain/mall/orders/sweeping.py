"""What becomes of orders by the clock: unpaid ones expire, and what a crash left is put right.

Each function may run in any number of processes at once, at any time, to the effect of once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel.ids import NewId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.kernel.states import SYSTEM, Cause
from domain.mall.orders.order import Orders, OrderState, expired
from domain.mall.orders.ordered_units import release
from domain.mall.reference import ReferenceSource
from domain.mall.stock.operations import Outcomes
from domain.mall.stock.pools import Change, Pools

# How long whoever began something has to finish it, before others take it for abandoned.
GRACE = timedelta(seconds=15)
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSweepPorts(Ports):
    """The ports that sweeping needs."""

    reference: ReferenceSource
    orders: Orders
    pools: Pools
    outcomes: Outcomes


async def sweep_orders(mall: OrderSweepPorts, *, now: datetime, new_id: NewId) -> None:
    """Do all of it once."""
    await give_up_pending(mall, now=now)
    await resolve_changes(mall, now=now)
    await expire_unpaid(mall, now=now, new_id=new_id)
    await finish_releases(mall, now=now)


async def expire_unpaid(mall: OrderSweepPorts, *, now: datetime, new_id: NewId) -> None:
    """Expire the orders that nobody paid in time and give their units back."""
    act = Cause(actor=SYSTEM, at=now, reason="It was not paid in time.")
    for order in await mall.orders.expiring(now, MOST_AT_ONCE):
        try:
            saved = await mall.orders.save(expired(order, act, release_id=new_id("release")))
        except Conflict:
            continue  # paid, cancelled or expired by somebody else just now
        await release(mall.pools, mall.reference.now(), mall.orders, saved, act)


async def finish_releases(mall: OrderSweepPorts, *, now: datetime) -> None:
    """Give back the units of ended orders whose giving back was cut short."""
    for order in await mall.orders.releasing(now - GRACE, MOST_AT_ONCE):
        act = Cause(actor=SYSTEM, at=now)
        await release(mall.pools, mall.reference.now(), mall.orders, order, act)


async def give_up_pending(mall: OrderSweepPorts, *, now: datetime) -> None:
    """Forget the orders whose placing was cut short; what they took is given back after that."""
    for order in await mall.orders.pending_since(now - GRACE, MOST_AT_ONCE):
        await mall.orders.give_up(order.id)


async def resolve_changes(mall: OrderSweepPorts, *, now: datetime) -> None:
    """Write changes of stock that were cut short to the ledger, or take them back.

    Whatever is not part of a promise stands as soon as it is made. A promise stands if its order
    was placed with it, or if that was decided for it.
    """
    changes = await mall.pools.unsettled(now - GRACE, MOST_AT_ONCE)
    standing = [change for change in changes if not change.promises]
    failed: list[Change] = []
    for change in changes:
        if change.promises:
            stands = await _stands(mall, change)
            if stands is not None:
                (standing if stands else failed).append(change)
    await mall.pools.undo(failed)
    await mall.pools.settle(standing)


async def _stands(mall: OrderSweepPorts, change: Change) -> bool | None:
    """Whether a promise stands; None where whoever is at it is not to be disturbed."""
    if not change.tentative:
        return await mall.outcomes.decide(change.id, False)
    order = await mall.orders.by_id(change.order_id) if change.order_id else None
    if order is None:
        return False
    if change.id in order.promises:
        return True
    if order.state is OrderState.PENDING:
        return None
    try:
        # From here on, nobody who loaded the order before can still accept this promise.
        await mall.orders.save(order)
    except Conflict:
        return None
    return False
