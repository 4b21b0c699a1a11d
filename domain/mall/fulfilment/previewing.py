"""What giving units back would pay, told before the buyer agrees, by the rules that then pay it."""

from collections.abc import Set
from dataclasses import dataclass

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units, added_up
from domain.kernel.money import Fen
from domain.kernel.refusals import WrongState
from domain.kernel.states import Cause
from domain.mall.fulfilment.cancelling import (
    BUYER_MAY,
    STAFF_MAY,
    cancel,
    gone,
    kept,
    sold_for,
    worth,
)
from domain.mall.fulfilment.following import follow
from domain.mall.fulfilment.fulfilments import Fulfilment, PartState
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.returning import require_returnable
from domain.people.act import Act
from domain.promotions.rechecks import missed


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedLine:
    """Units of one SKU and what was paid for them; a gift was paid with nothing."""

    sku: Sku
    quantity: int
    amount: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPreview:
    """What would be paid back for some units: the lines and the shipping, as far as any is left.

    `held_back` of it is not, as what stays does not meet the thresholds of the offers `missed`;
    below 0 it is what was held back before, and is paid back now. `by_return` says that the goods
    have to come back first, and pass a store's inspection.
    """

    amount: Fen
    shipping_fee: Fen
    held_back: Fen
    missed: tuple[str, ...]
    lines: tuple[PreviewedLine, ...]
    by_return: bool


async def preview_refund(
    ports: FulfilmentPorts, act: Act, order_id: str, units: Units | None
) -> RefundPreview:
    """What calling units off now, or else returning them, would pay back; by default all kept."""
    found = await follow(ports, act, order_id)
    if not found.payment.transaction_id:
        raise WrongState("Nothing is paid for this order yet; there is nothing to pay back.")
    asked = kept(found) if units is None else units
    among = BUYER_MAY if act.viewer.id == found.buyer_id else STAFF_MAY
    return previewed(found, asked, act.cause(), among=among)


def previewed(
    found: Fulfilment, units: Units, cause: Cause, *, among: Set[PartState]
) -> RefundPreview:
    """What the rules that call units off, or take them back, would pay for them."""
    try:
        after = cancel(found, units, cause, among=among)
    except WrongState:
        require_returnable(found, units, cause)
        goods = worth(found, units)
        amount, fee, by_return = min(goods, found.payment.refundable), 0, True
    else:
        goods = worth(found, units)
        amount = Fen(after.payment.promised_back - found.payment.promised_back)
        fee, by_return = max(0, amount - goods), False
    after_all = added_up([gone(found), units])
    return RefundPreview(
        amount=amount,
        shipping_fee=Fen(fee),
        held_back=Fen(sold_for(found, units) - goods),
        missed=tuple(one.name for one in missed(found.lines, found.rechecks, after_all)),
        lines=tuple(
            PreviewedLine(sku=sku, quantity=n, amount=sold_for(found, {sku: n}))
            for sku, n in sorted(units.items())
        ),
        by_return=by_return,
    )
