"""What a payment, or a buyer who does not want to pay, makes of an order that was placed."""

from domain.kernel.refusals import Conflict
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import SYSTEM, Cause
from domain.kernel.versions import risen
from domain.mall.orders.order import Order, OrderState, cancelled, forgone, paid, revived
from domain.mall.orders.order_budgets import hold_budgets, return_budgets
from domain.mall.orders.order_coupons import hold_for
from domain.mall.orders.order_points import hold_points
from domain.mall.orders.ordered_units import promised, release
from domain.mall.orders.placing import OrderPorts, plan
from domain.mall.routing.routing import Decision
from domain.mall.stock.pools import OrderId
from domain.people.act import Act

MOST_TRIES = 8


async def settle(ports: OrderPorts, act: Act, order_id: str) -> Decision | None:
    """Mark the order paid and answer which store gives what; again, it is the same answer.

    One that expired is revived if its units can still be had. Else the answer is None, and stays
    so: another who asks at the same time must not revive what is paid back already.
    """
    cause = Cause(actor=SYSTEM, at=act.at)
    for _ in range(MOST_TRIES):
        order = await ports.orders.by_id(OrderId(order_id))
        if order is None or order.state is OrderState.CANCELLED or order.forgone:
            return None
        if order.state is OrderState.PAID:
            return order.decision
        try:
            if order.release is not None:
                # Its units are free again first, so that it may have them itself; and meanwhile
                # somebody else may have decided.
                await release(ports.pools, ports.reference.now(), ports.orders, order, act)
                continue
            if order.state is OrderState.EXPIRED:
                return await _revive_or_forgo(ports, act, order, cause)
            saved = await ports.orders.save(risen(paid(order, cause)), expected=order.version)
            return saved.decision
        except Conflict:
            continue
    raise Conflict("Others are changing this order at the same time; try again in a moment.")


async def cancel_unpaid(
    ports: OrderPorts, act: Act, order_id: str, key: RequestKey, reason: str
) -> bool:
    """Call off an order that is not paid and give its units back; tell whether it is off.

    The same request again answers the same; another one under its key is a Conflict.
    """
    order = await _called_off(ports, act, order_id, key, reason)
    if order is None or order.cancel_key is None or not key.is_among([order.cancel_key]):
        return False
    await release(ports.pools, ports.reference.now(), ports.orders, order, act)
    return True


async def _called_off(
    ports: OrderPorts, act: Act, order_id: str, key: RequestKey, reason: str
) -> Order | None:
    """The order as it ends up: called off here, or whatever others were faster to make of it."""
    for _ in range(MOST_TRIES):
        order = await ports.orders.by_id(OrderId(order_id))
        if order is None or order.state is not OrderState.PLACED:
            return order
        release_id = act.new_id("release")
        after = cancelled(order, act.cause(reason), key=key, release_id=release_id)
        try:
            return await ports.orders.save(risen(after), expected=order.version)
        except Conflict:
            continue
    return None


async def _revive_or_forgo(
    ports: OrderPorts, act: Act, order: Order, cause: Cause
) -> Decision | None:
    """Reserve the units of an expired order anew; None, for good, where they are gone."""
    decision = await plan(ports, act, order)
    if decision.short:
        if await ports.pools.being_promised(order.region_id, list(order.units), order.id):
            raise Conflict("Somebody else is reviving this order; what is short is what they took.")
        await _forgo(ports, act, order)
        return None
    if order.coupons and not await hold_for(ports.coupons, order, cause):
        await _forgo(ports, act, order)
        return None
    if order.points and not await hold_points(
        ports.wallets, act, order, concluding=ports.conclude_points
    ):
        await _forgo(ports, act, order)
        return None
    if order.budgets and await hold_budgets(ports.budgets, act, order):
        await _forgo(ports, act, order)
        return None
    changes = promised(order, decision, act)
    taken = await ports.pools.take(changes)
    if len(taken) < len(changes):
        await ports.pools.undo(taken)
        raise Conflict("Others were faster; plan again.")
    try:
        after = risen(revived(order, decision, changes[0].id, cause))
        await ports.orders.save(after, expected=order.version)
    except Conflict:
        await ports.pools.undo(taken)
        raise
    await ports.pools.settle(taken)
    return decision


async def _forgo(ports: OrderPorts, act: Act, order: Order) -> None:
    await ports.orders.save(risen(forgone(order)), expected=order.version)
    if order.budgets:
        await return_budgets(ports.budgets, act, order, len(order.promises) + 1)
