"""Placing an order: all of its lines are reserved, or none."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from domain.audiences.trait_ports import TraitPorts
from domain.catalogue.catalogue import Sku
from domain.kernel.apply_once import Told
from domain.kernel.each import both
from domain.kernel.money import yuan
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Refusal, Unavailable, refuse_all
from domain.kernel.request_keys import RequestKey, request_key
from domain.mall.consumers.profiles import Consumers
from domain.mall.orders.order import PAY_WITHIN, Order, Orders, OrderState, Recipient, placed
from domain.mall.orders.order_audience import standing_of
from domain.mall.orders.order_budgets import hold_budgets, return_budgets
from domain.mall.orders.order_coupons import chosen, free_again, hold_for, require_used
from domain.mall.orders.order_points import free_points, hold_points, tender_asked
from domain.mall.orders.order_prices import PricedOrder, free_units, priced_order, with_gifts
from domain.mall.orders.ordered_units import promised
from domain.mall.orders.requests import (
    OrderRequest,
    checked_recipient,
    checked_wishes,
    order_lines,
    pickup_store,
    shortages,
    to_address,
)
from domain.mall.orders.unpaid import (
    UnpaidBook,
    UnpaidOrders,
    enter,
    leave,
    order_allowance,
    require_modest,
)
from domain.mall.reference import ReferenceSource
from domain.mall.routing.candidates import candidates
from domain.mall.routing.routing import Decision, route
from domain.mall.routing.workload import Workload
from domain.mall.stock.pools import Change, OrderId, Pool, Pools
from domain.network.divisions import Divisions
from domain.network.stores import Store
from domain.people.act import Act
from domain.people.viewer import Role
from domain.promotions.budgets import BudgetPorts, spendings
from domain.promotions.coupons import Coupons
from domain.promotions.rechecks import rechecks
from domain.sharing.attribution import Claims, CreditWindow, Touches, Visits, claims_to
from domain.wallets.movements import WalletMovement
from domain.wallets.ports import WalletPorts

# Each plan that fails means that somebody else got what it wanted.
MOST_PLANS = 12
WAIT_S = 0.1
MOST_WAITS = 30
# So often does a request begin anew because another one of its key gave up.
MOST_TURNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedOrder:
    """What a request comes to, and the pools of its units if they were read for it just now."""

    order: Order
    pools: Mapping[Sku, Pool] | None = None


Draft = Callable[[], Awaitable[DraftedOrder]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPorts(Ports):
    """The ports that placing an order needs.

    `settle` writes changes that stand to the ledger, now or a little later, and `conclude_points`
    puts on record that points are held. `pause` waits for so many seconds; `turns` lets one at a
    time through for each key.
    """

    reference: ReferenceSource
    divisions: Divisions
    pools: Pools
    orders: Orders
    touches: Touches
    workload: Workload
    settle: Callable[[Sequence[Change]], Awaitable[None]]
    pause: Callable[[float], Awaitable[None]]
    turns: Callable[[Hashable], AbstractAsyncContextManager[None]]
    coupons: Coupons
    unpaid: UnpaidBook
    unpaid_orders: UnpaidOrders
    wallets: WalletPorts
    conclude_points: Told[WalletMovement]
    budgets: BudgetPorts
    traits: TraitPorts
    consumers: Consumers
    credit_window: CreditWindow
    visits: Visits
    pay_within: timedelta = PAY_WITHIN


async def place(
    ports: OrderPorts, act: Act, request: OrderRequest, *, idempotency_key: str
) -> Order:
    """Place an order, its units kept until it must be paid; the same key again is the same order.

    Raises OutOfStock for each line of which fewer units are left than asked for, TooMany where the
    buyer or their address holds as much as may be held without paying.
    """
    act.viewer.require("order.place")
    key = request_key(idempotency_key, request)
    return await place_drafted(ports, act, request, key, partial(_draft, ports, act, request, key))


async def place_drafted(
    ports: OrderPorts, act: Act, request: OrderRequest, key: RequestKey, draft: Draft
) -> Order:
    """Place what a request is drafted as; see `place`."""
    for _ in range(MOST_TURNS):
        order = await _begun(ports, act, request, key, draft)
        key.is_among([RequestKey(key=order.idempotency_key, fingerprint=order.fingerprint)])
        if done := await _finished(ports, order):
            return done
    raise _still_at_it()


async def _begun(
    ports: OrderPorts, act: Act, request: OrderRequest, key: RequestKey, draft: Draft
) -> Order:
    """The order of a key: placed here, or by a request that came before or is just at it."""
    try:
        return await _promise(ports, act, request, await draft())
    except Refusal:
        # What is refused now may have been placed before, with the same key.
        known = await ports.orders.by_key(act.viewer.id, key.key)
        if known is None:
            raise
        return known


async def _claims(ports: OrderPorts, act: Act, request: OrderRequest) -> Claims:
    """Who has a claim to an order; what is bought within a booked visit is the advisor's."""
    claims, advisor = await both(
        claims_to(
            ports.touches,
            act.viewer.ids,
            share_code=request.share_code,
            now=act.at,
            window=ports.credit_window.window(),
        ),
        ports.visits.advisor_of(act.viewer.ids, act.at),
    )
    return replace(claims, bonded_to=advisor or claims.bonded_to)


async def _draft(
    ports: OrderPorts, act: Act, request: OrderRequest, key: RequestKey
) -> DraftedOrder:
    reference = ports.reference.now()
    store = reference.store(request.store_id)
    if request.address_id is not None:
        remembered = await ports.consumers.by_ids(act.viewer.ids)
        own = [address for one in remembered.values() for address in one.addresses]
        request = to_address(request, own)
    pickup = pickup_store(reference, request, store)
    said = request.recipient
    recipient = checked_recipient(ports.divisions, said) if said else None
    (priced, pools), claims = await both(
        _priced(ports, act, request, store, recipient),
        _claims(ports, act, request),
    )
    order = Order(
        id=OrderId(act.new_id("order")),
        buyer_id=act.viewer.id,
        idempotency_key=key.key,
        fingerprint=key.fingerprint,
        region_id=store.region_id,
        store_id=store.id,
        lines=priced.lines,
        state=OrderState.PENDING,
        placed_at=act.at,
        expires_at=act.at + ports.pay_within,
        recipient=recipient,
        destination=request.destination or (None if pickup else store.position),
        pickup_store_id=pickup.id if pickup else None,
        wishes=checked_wishes(request.wishes),
        discounts=priced.discounts,
        coupons=priced.priced.coupons,
        gifts=priced.given,
        points=priced.priced.points,
        budgets=spendings(priced.priced, priced.discounts),
        rechecks=rechecks(priced.priced, priced.discounts),
        shipping_fee=priced.priced.shipping_fee,
        credit=claims.shared,
        bonded_to=claims.bonded_to,
    )
    return DraftedOrder(order=order, pools=pools)


async def _priced(
    ports: OrderPorts,
    act: Act,
    request: OrderRequest,
    store: Store,
    recipient: Recipient | None,
) -> tuple[PricedOrder, Mapping[Sku, Pool]]:
    """What is asked for at its price, gifts included as far as there are any; and their pools."""
    reference = ports.reference.now()
    lines = order_lines(reference, request.lines, act.at)
    district = recipient.district if recipient else None
    coupons, pools = await both(
        chosen(ports.coupons, reference.promotions, act, request.coupon_ids),
        ports.pools.load(store.region_id, [line.sku for line in lines]),
    )
    tender = tender_asked(ports.wallets, act, request.points)
    offers = reference.promotions.rules_at(act.at)
    priced = priced_order(
        reference,
        store,
        lines,
        act.at,
        district=district,
        coupons=coupons,
        tender=tender,
        standing=await standing_of(ports.traits, act, offers, coupons),
    )
    require_used(priced.priced, request.coupon_ids)
    if priced.gifts:
        if others := priced.gifts - pools.keys():
            pools |= await ports.pools.load(store.region_id, sorted(others))
        free = free_units(pools, request.pickup_store_id)
        priced = with_gifts(reference, priced, free, act.at, most=order_allowance(act))
    shown = request.shown_total
    if shown is not None and shown != priced.payable:
        raise Conflict(
            f"This costs {yuan(priced.payable)} by now, not {yuan(shown)}; look at it again.",
            field=["input", "totalFen"],
        )
    return priced, {sku: pools[sku] for sku in (line.sku for line in priced.lines)}


async def _promise(
    ports: OrderPorts, act: Act, request: OrderRequest, drafted: DraftedOrder
) -> Order:
    """Write the order down, then take its units by one plan after the other until one succeeds."""
    order = drafted.order
    require_modest(act, request, order)
    begun = None
    try:
        for number in range(MOST_PLANS):
            # Whoever lost to others takes turns with the other losers: were all of them to plan
            # from the same numbers, all but one would lose again.
            async with ports.turns(order.region_id) if number else nullcontext():
                decision = await plan(ports, act, order, None if number else drafted.pools)
                refuse_all(shortages(ports.reference.now(), request, order, decision.short))
                if begun is None:
                    begun = await ports.orders.begin(order)
                    if begun is not order:
                        return begun
                    await both(
                        _require_still_theirs(ports, act, order),
                        both(
                            enter(ports.unpaid, ports.unpaid_orders, act, order),
                            _hold_means(ports, act, order),
                        ),
                    )
                if done := await _take(ports, act, order, decision):
                    return done
    except Refusal:
        if begun is order:
            await _give_up(ports, act, order)
        raise
    await _give_up(ports, act, order)
    raise Unavailable("Many people are buying this just now; try again in a moment.")


async def _require_still_theirs(ports: OrderPorts, act: Act, order: Order) -> None:
    """Refuse a visitor who asks again for an order that has become the member's meanwhile."""
    key = order.idempotency_key
    if act.viewer.role is Role.VISITOR and await ports.orders.handed_over(act.viewer.id, key):
        raise Conflict(
            "The order of this key is the member's since you have signed in; ask for it as the "
            "member, with the same key.",
            field=["idempotencyKey"],
        )


async def _give_up(ports: OrderPorts, act: Act, order: Order) -> None:
    gone = await ports.orders.give_up(order.id)
    if order.budgets:
        # Whoever gave it up meanwhile may have looked before they were taken.
        await return_budgets(ports.budgets, act, order, 1)
    if gone:
        await leave(ports.unpaid, act, order)
        if order.coupons:
            await free_again(ports.coupons, order, act.cause())
        if order.points:
            await free_points(ports.wallets, act, order)


async def _hold_means(ports: OrderPorts, act: Act, order: Order) -> None:
    """Hold the coupons and the points that the order is to be paid with, and what budgets give."""
    await both(
        _hold_coupons(ports, act, order),
        both(_hold_points(ports, act, order), _hold_budgets(ports, act, order)),
    )


async def _hold_coupons(ports: OrderPorts, act: Act, order: Order) -> None:
    if order.coupons and not await hold_for(ports.coupons, order, act.cause()):
        raise Conflict(
            "A coupon of this order has just been used for another; look at its price again.",
            field=["input", "couponIds"],
        )


async def _hold_points(ports: OrderPorts, act: Act, order: Order) -> None:
    if order.points and not await hold_points(
        ports.wallets, act, order, concluding=ports.conclude_points
    ):
        raise Conflict(
            f"You do not have {order.points:,} points to spend; look at its price again.",
            field=["input", "points"],
        )


async def _hold_budgets(ports: OrderPorts, act: Act, order: Order) -> None:
    if order.budgets and (short := await hold_budgets(ports.budgets, act, order)):
        raise Conflict(
            f"Too little is left of {short.name} for this order; look at its price again, or order "
            "less.",
            field=["input"],
        )


async def plan(
    ports: OrderPorts, act: Act, order: Order, pools: Mapping[Sku, Pool] | None = None
) -> Decision:
    """Choose the stores for an order's units from the numbers as they are now, or were read."""
    if pools is None:
        pools = await ports.pools.load(order.region_id, list(order.units))
    stores = ports.reference.now().stores_of_region.get(order.region_id, ())
    return route(
        order.units,
        candidates(stores, pools, act.at, ports.workload.full(act.at)),
        destination=order.destination,
        pickup_store_id=order.pickup_store_id,
    )


async def _take(ports: OrderPorts, act: Act, order: Order, decision: Decision) -> Order | None:
    """Reserve what a plan says and place the order; None if others were faster on some line."""
    changes = promised(order, decision, act)
    taken = await ports.pools.take(changes)
    if len(taken) < len(changes):
        await ports.pools.undo(taken)
        return None
    done = await ports.orders.place(placed(order, decision, changes[0].id))
    if done is None:
        await ports.pools.undo(taken)
        raise Unavailable("Placing this order took too long; try again.")
    await ports.settle(taken)
    return done


async def _finished(ports: OrderPorts, order: Order) -> Order | None:
    """The order once whoever is placing it is done; None if they gave up, so that others may try.

    Raises Unavailable if that takes too long.
    """
    for _ in range(MOST_WAITS):
        if order.state is not OrderState.PENDING:
            return order
        await ports.pause(WAIT_S)
        found = await ports.orders.by_id(order.id)
        if found is None:
            return None
        order = found
    raise _still_at_it()


def _still_at_it() -> Unavailable:
    return Unavailable("This order is being placed; ask again with the same key in a moment.")
