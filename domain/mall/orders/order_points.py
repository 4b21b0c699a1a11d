"""The points of orders: held while one waits for its payment, used or free again after that.

As with coupons, whether they are used is read from the order, never from what happened to it last.
A hold is named by the order and the promise of stock that it belongs to, so that what an order held
before it expired is told from what it holds to be revived.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from domain.kernel.apply_once import State, Told, apply_once, take
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact, FactKind, kind_of
from domain.kernel.money import Fen, part_of
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid
from domain.kernel.versions import risen
from domain.mall.orders.order import ORDER, Order, Orders, OrderState
from domain.mall.stock.pools import OrderId
from domain.people.act import Act
from domain.people.viewer import Role
from domain.promotions.calculating import Tender
from domain.wallets.lots import negative, section
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.points_rules import PointsRule
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import HeldUnits, Unit, Wallet, wallet_id

# How long whoever holds points has to place or revive its order, before the clock looks.
GRACE = timedelta(seconds=15)
MOST_AT_ONCE = 200
REFUNDED = FactKind("refund.done")
POINT_FACTS = frozenset(
    {
        kind_of(ORDER.kind, OrderState.PAID),
        kind_of(ORDER.kind, OrderState.CANCELLED),
        kind_of(ORDER.kind, OrderState.EXPIRED),
        REFUNDED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPointPorts(Ports):
    """The ports that the points of orders need."""

    orders: Orders
    wallets: WalletPorts


def tender_of(rule: PointsRule, points: int) -> Tender | None:
    """What so many points may pay by the rules; None where there are none."""
    if points <= 0:
        return None
    terms = rule.terms
    return Tender(points=points, points_per_yuan=terms.for_a_yuan, most_percent=terms.most_percent)


def tender_asked(wallets: WalletPorts, act: Act, points: int) -> Tender | None:
    """What a buyer wants to pay with; whether they have as many is seen when they are held."""
    if points < 0:
        raise Invalid("Write how many points to pay with.", field=["input", "points"])
    if points:
        act.viewer.require("points.have")
    return tender_of(wallets.rules.now(), points)


async def own_tender(ports: WalletPorts, act: Act) -> Tender | None:
    """All that the viewer has to pay with; a visitor has none."""
    if act.viewer.role is not Role.MEMBER:
        return None
    wallet = await ports.points_of(act.viewer.id)
    return tender_of(ports.rules.now(), wallet.active(act.at))


async def hold_points(
    ports: WalletPorts, act: Act, order: Order, *, concluding: Told[WalletMovement]
) -> bool:
    """Hold an order's points for its next promise; False where they are not to be had.

    What holds them is in the wallet; that it is done is put on record soon.
    """
    about = _hold_id(order, len(order.promises) + 1)
    [entry] = await apply_once(
        ports.ledger,
        [
            WalletMovement(
                id=f"hold:{about}",
                target=wallet_id(Unit.POINTS, order.buyer_id),
                kind=MovementKind.HOLD,
                at=act.at,
                units=order.points,
                about=about,
                rule=ports.rules.now().version,
            )
        ],
        concluding=concluding,
    )
    return entry.state is State.APPLIED


async def free_points(ports: WalletPorts, act: Act, order: Order) -> None:
    """Give back what an order holds that was not placed."""
    wallet = await ports.points_of(order.buyer_id)
    for held in _holds_of(wallet, order.id):
        await _end(ports, act, wallet, held, MovementKind.RELEASE)


async def follow_points(ports: OrderPointPorts, act: Act, batch: Batch) -> None:
    """Use the points of orders that are paid, free those of orders that came to nothing.

    What is paid back gives its part of them back.
    """
    for order_id in dict.fromkeys(fact.data["orderId"] for fact in batch.facts):
        order = await ports.orders.by_id(OrderId(order_id))
        if order is None or not order.points:
            continue
        wallet = await ports.wallets.points_of(order.buyer_id)
        for held in _holds_of(wallet, order.id):
            # Whoever is faster decides the same, or is just reviving the order.
            with contextlib.suppress(Conflict):
                await _settle(ports, act, wallet, held)
        refunds = [one for one in batch.facts if one.data["orderId"] == order_id and _refund(one)]
        if refunds and order.state is OrderState.PAID:
            await _give_back(ports, order, refunds)


async def sweep_points(ports: OrderPointPorts, act: Act) -> int:
    """Look at the orders of points that have been held for a while; tell of how many wallets."""
    before = act.at - GRACE
    waiting = await ports.wallets.wallets.holding_since(before, MOST_AT_ONCE)
    return await each(waiting, partial(_sweep, ports, act))


async def _sweep(ports: OrderPointPorts, act: Act, wallet: Wallet) -> None:
    for held in wallet.holds:
        if held.since < act.at - GRACE:
            await _settle(ports, act, wallet, held)


async def _settle(ports: OrderPointPorts, act: Act, wallet: Wallet, held: HeldUnits) -> None:
    """Use what is held, free it, or leave it, by how its order stands."""
    order_id, _, promise = held.id.rpartition(":")
    order = await ports.orders.by_id(OrderId(order_id))
    kind = MovementKind.RELEASE
    if order is None or order.state is OrderState.CANCELLED or order.forgone:
        pass
    elif order.state is OrderState.PAID:
        if int(promise) == len(order.promises):
            kind = MovementKind.USE
    elif order.state is OrderState.EXPIRED and int(promise) <= len(order.promises):
        pass
    elif order.state is OrderState.EXPIRED and held.since < act.at - GRACE:
        # From here on, nobody who loaded the order before can still revive it with these points.
        await ports.orders.save(risen(order), expected=order.version)
    else:
        return
    await _end(ports.wallets, act, wallet, held, kind)


async def _end(
    wallets: WalletPorts, act: Act, wallet: Wallet, held: HeldUnits, kind: MovementKind
) -> None:
    ended = WalletMovement(
        id=f"{kind.lower()}:{held.id}", target=wallet.id, kind=kind, at=act.at, about=held.id
    )
    await apply_once(wallets.ledger, [ended])


async def _give_back(ports: OrderPointPorts, order: Order, refunds: Sequence[Fact]) -> None:
    """Give back the refunds' parts of the points, to the lots that they were taken from.

    By cumulative rounding on what the goods cost in money: all of it gives back all of them.
    """
    ledger = ports.wallets.ledger
    hold = f"hold:{_hold_id(order, len(order.promises))}"
    taken = (await take(ledger, [hold]))[hold].movement
    lots = negative(taken.effect.lots)
    goods = sum(line.payable for line in order.lines)
    back = []
    for fact in refunds:
        upto = min(fact.data["refundedFen"], goods)
        before = min(fact.data["refundedFen"] - fact.data["details"]["amountFen"], goods)
        after_units = part_of(Fen(order.points), goods, before=0, count=before)
        units = part_of(Fen(order.points), goods, before=before, count=upto - before)
        back.append(
            WalletMovement(
                id=f"give_back:{fact.data['of']}",
                target=taken.target,
                kind=MovementKind.GIVE_BACK,
                at=fact.at,
                units=units,
                about=order.id,
                shares=section(lots, after_units, units),
                rule=taken.rule,
            )
        )
    await apply_once(ledger, [one for one in back if one.units])


def _refund(fact: Fact) -> bool:
    return fact.kind == REFUNDED


def _hold_id(order: Order, promise: int) -> str:
    return f"{order.id}:{promise}"


def _holds_of(wallet: Wallet, order_id: str) -> list[HeldUnits]:
    return [one for one in wallet.holds if one.id.startswith(f"{order_id}:")]
