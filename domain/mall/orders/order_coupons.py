"""The coupons of orders: held while one waits for its payment, used or free again after that.

Whether a copy is used is read from its order, never from what happened to it last: who comes late
decides the same. A hold names the promise of stock that it belongs to, so that what an order held
before it expired is told from what it holds to be revived.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from domain.kernel.each import each
from domain.kernel.facts import Batch, FactKind, kind_of
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, Refusal, refuse_all
from domain.kernel.states import Cause
from domain.kernel.versions import risen
from domain.mall.orders.order import ORDER, Order, Orders, OrderState
from domain.mall.reference import ReferenceSource
from domain.mall.stock.pools import OrderId
from domain.people.act import Act
from domain.people.viewer import Role
from domain.promotions.calculating import Priced
from domain.promotions.coupon_choice import MOST_TRIED
from domain.promotions.coupons import (
    Coupons,
    CouponState,
    Hold,
    MemberCoupon,
    as_candidate,
    issued,
    used,
)
from domain.promotions.offer_versions import Promotions
from domain.promotions.offers import Coupon, CouponId
from domain.promotions.reckoning import RuleOutcome

# How long whoever holds a coupon has to place or revive its order, before the clock looks.
GRACE = timedelta(seconds=15)
MOST_AT_ONCE = 200
MOST_TRIES = 8

COUPON_FACTS = frozenset(
    {
        kind_of(ORDER.kind, OrderState.PAID),
        kind_of(ORDER.kind, OrderState.CANCELLED),
        kind_of(ORDER.kind, OrderState.EXPIRED),
        FactKind("payment.refunded"),
    }
)

_REASONS = {
    RuleOutcome.NOT_NOW: "it is not its time",
    RuleOutcome.NOT_HERE: "it does not hold in this storefront",
    RuleOutcome.NOT_FOR_THIS_BUYER: "it is for other members",
    RuleOutcome.NO_SUCH_GOODS: "it is for other goods",
    RuleOutcome.BELOW_THRESHOLD: "the goods cost too little",
    RuleOutcome.DOES_NOT_COMBINE: "it does not go together with an offer that holds",
    RuleOutcome.ANOTHER_IS_BETTER: "another coupon does not go together with it",
    RuleOutcome.NOTHING_TO_GIVE: "there is nothing left that it could take off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCouponPorts(Ports):
    """The ports that the coupons of orders need."""

    reference: ReferenceSource
    orders: Orders
    coupons: Coupons


async def candidates_of(coupons: Coupons, promotions: Promotions, act: Act) -> Sequence[Coupon]:
    """The viewer's coupons that an order may take; a visitor has none."""
    if act.viewer.role is not Role.MEMBER:
        return []
    own = await coupons.usable_of(act.viewer.ids, act.at)
    return [one for one in (as_candidate(promotions, coupon) for coupon in own) if one]


async def chosen(
    coupons: Coupons, promotions: Promotions, act: Act, ids: Sequence[str]
) -> Sequence[Coupon]:
    """The viewer's coupons of these ids; each that can't be had is refused by its place."""
    if not ids:
        return []
    if len(ids) > MOST_TRIED:
        raise Invalid(f"Choose at most {MOST_TRIED} coupons.", field=["input", "couponIds"])
    found = {one.id: one for one in await coupons.by_ids([CouponId(one) for one in ids])}
    wanted, faults = [], list[Refusal]()
    for number, one in enumerate(ids):
        coupon = found.get(CouponId(one))
        candidate = as_candidate(promotions, coupon) if coupon else None
        path = ["input", "couponIds", str(number)]
        if coupon is None or coupon.member_id not in act.viewer.ids:
            faults.append(NotFound("You have no such coupon; look at your coupons.", field=path))
        elif candidate is None or not coupon.usable(act.at):
            faults.append(Conflict("This coupon is used, held or over.", field=path))
        else:
            wanted.append(candidate)
    refuse_all(faults)
    return wanted


def require_used(priced: Priced, ids: Sequence[str]) -> None:
    """Refuse an order that would not use a coupon that its buyer chose, and say why."""
    why = {one.coupon.id: one for one in priced.traced if one.coupon}
    refuse_all(
        Conflict(
            f"{why[CouponId(one)].offer.name} can't be used for this order: "
            f"{_REASONS[why[CouponId(one)].outcome]}.",
            field=["input", "couponIds", str(number)],
        )
        for number, one in enumerate(ids)
        if one not in priced.coupons
    )


async def hold_for(coupons: Coupons, order: Order, cause: Cause) -> bool:
    """Hold an order's coupons for its next promise; False where one of them is not to be had.

    One that is revived may come before what it held in vain was given back.
    """
    hold = Hold(order_id=order.id, promise=len(order.promises) + 1, since=cause.at)
    return await coupons.hold(order.coupons, hold)


async def free_again(coupons: Coupons, order: Order, cause: Cause) -> None:
    """Give back what an order holds that was not placed."""
    for coupon in await coupons.by_ids(order.coupons):
        if coupon.held_by(order.id):
            with contextlib.suppress(Conflict):
                await coupons.save(issued(coupon, cause), expected=coupon.version)


async def follow_orders(ports: OrderCouponPorts, act: Act, batch: Batch) -> None:
    """Use the coupons of orders that are paid, and free those of orders that came to nothing."""
    for order_id in dict.fromkeys(fact.data["orderId"] for fact in batch.facts):
        for coupon in await ports.coupons.of_order(order_id):
            # Whoever is faster decides the same, or is just reviving the order.
            with contextlib.suppress(Conflict):
                await _settled(ports, act, coupon)
    for fact in batch.facts:
        if fact.kind == "payment.refunded":
            await _give_back_used(ports, act, fact.data["orderId"])


async def sweep_coupons(ports: OrderCouponPorts, act: Act) -> int:
    """Look at the orders of coupons that have been held for a while; tell of how many."""
    waiting = await ports.coupons.waiting(CouponState.HELD, act.at - GRACE, MOST_AT_ONCE)
    return await each(waiting, partial(_settled, ports, act))


async def _settled(ports: OrderCouponPorts, act: Act, coupon: MemberCoupon) -> None:
    """Use a held copy, free it, or leave it, by how its order stands."""
    hold = coupon.hold
    if coupon.state is not CouponState.HELD or hold is None:
        return
    order = await ports.orders.by_id(OrderId(hold.order_id))
    if order is None or order.state is OrderState.CANCELLED or order.forgone:
        after = issued(coupon, act.cause())
    elif order.state is OrderState.PAID:
        after = used(coupon, act.cause())
    elif order.state is OrderState.EXPIRED and hold.promise <= len(order.promises):
        after = issued(coupon, act.cause())
    elif order.state is OrderState.EXPIRED and hold.since < act.at - GRACE:
        # From here on, nobody who loaded the order before can still revive it with this copy.
        await ports.orders.save(risen(order), expected=order.version)
        after = issued(coupon, act.cause())
    else:
        return
    await ports.coupons.save(after, expected=coupon.version)


async def _give_back_used(ports: OrderCouponPorts, act: Act, order_id: str) -> None:
    """Free what an order used that is paid back whole, where its offer says so."""
    promotions = ports.reference.now().promotions
    for coupon in await ports.coupons.of_order(order_id):
        candidate = as_candidate(promotions, coupon)
        claiming = candidate.offer.claiming if candidate else None
        if coupon.state is CouponState.USED and claiming and claiming.back_on_refund:
            with contextlib.suppress(Conflict):
                await ports.coupons.save(issued(coupon, act.cause()), expected=coupon.version)
