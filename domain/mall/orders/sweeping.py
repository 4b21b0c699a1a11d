"""What becomes of orders by the clock: unpaid ones expire, and what a crash left is put right.

Each function may run in any number of processes at once, at any time, to the effect of once.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from domain.kernel.each import each
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.kernel.versions import risen
from domain.mall.orders.order import Orders, OrderState, expired
from domain.mall.orders.order_budgets import return_budgets
from domain.mall.orders.ordered_units import release
from domain.mall.reference import ReferenceSource
from domain.mall.stock.operations import Outcomes
from domain.mall.stock.pools import Change, OrderId, Pools
from domain.people.act import Act
from domain.promotions.budgets import BudgetPorts

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
    budgets: BudgetPorts


async def sweep_orders(ports: OrderSweepPorts, act: Act) -> None:
    """Do all of it once."""
    jobs = (give_up_pending, resolve_changes, expire_unpaid, finish_releases)
    await each(jobs, lambda job: job(ports, act))


async def expire_unpaid(ports: OrderSweepPorts, act: Act) -> None:
    """Expire the orders that nobody paid in time and give their units back."""
    due = await ports.orders.expiring(act.at, MOST_AT_ONCE)
    await each(due, partial(_expire, ports, act))


async def finish_releases(ports: OrderSweepPorts, act: Act) -> None:
    """Give back the units of ended orders whose giving back was cut short."""
    due = await ports.orders.releasing(act.at - GRACE, MOST_AT_ONCE)
    await each(due, partial(_release, ports, act))


async def give_up_pending(ports: OrderSweepPorts, act: Act) -> None:
    """Forget the orders whose placing was cut short; what they took is given back after that."""
    due = await ports.orders.pending_since(act.at - GRACE, MOST_AT_ONCE)
    await each(due, partial(_give_up, ports, act))


async def resolve_changes(ports: OrderSweepPorts, act: Act) -> None:
    """Write changes of stock that were cut short to the ledger, or take them back.

    Whatever is not part of a promise stands as soon as it is made. A promise stands if its order
    was placed with it, or if that was decided for it.
    """
    changes = await ports.pools.unsettled(act.at - GRACE, MOST_AT_ONCE)
    await each(changes, partial(_resolve, ports))


async def _give_up(ports: OrderSweepPorts, act: Act, order_id: OrderId) -> None:
    order = await ports.orders.by_id(order_id)
    if await ports.orders.give_up(order_id) and order is not None and order.budgets:
        await return_budgets(ports.budgets, act, order, 1)


async def _expire(ports: OrderSweepPorts, act: Act, order_id: OrderId) -> None:
    order = await ports.orders.by_id(order_id)
    if order is None or order.state is not OrderState.PLACED:
        return
    cause = act.cause("It was not paid in time.")
    after = risen(expired(order, cause, release_id=act.new_id("release")))
    try:
        saved = await ports.orders.save(after, expected=order.version)
    except Conflict:
        return  # paid, cancelled or expired by somebody else just now
    await release(ports.pools, ports.reference.now(), ports.orders, saved, act)


async def _release(ports: OrderSweepPorts, act: Act, order_id: OrderId) -> None:
    order = await ports.orders.by_id(order_id)
    if order is not None:
        await release(ports.pools, ports.reference.now(), ports.orders, order, act)


async def _resolve(ports: OrderSweepPorts, change: Change) -> None:
    stands = await _stands(ports, change) if change.promises else True
    if stands is False:
        await ports.pools.undo([change])
    elif stands:
        await ports.pools.settle([change])


async def _stands(ports: OrderSweepPorts, change: Change) -> bool | None:
    """Whether a promise stands; None where whoever is at it is not to be disturbed."""
    if not change.tentative:
        return await ports.outcomes.decide(change.id, False)
    order = await ports.orders.by_id(change.order_id) if change.order_id else None
    if order is None:
        return False
    if change.id in order.promises:
        return True
    if order.state is OrderState.PENDING:
        return None
    try:
        # From here on, nobody who loaded the order before can still accept this promise.
        await ports.orders.save(risen(order), expected=order.version)
    except Conflict:
        return None
    return False
