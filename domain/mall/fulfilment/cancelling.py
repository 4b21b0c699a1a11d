"""The rules for calling off what is paid and not yet on its way."""

from collections.abc import Set

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units, added_up, minus
from domain.kernel.money import Fen, part_of
from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import SYSTEM, Cause, Step
from domain.mall.fulfilment import refunds
from domain.mall.fulfilment.fulfilments import (
    PART,
    Fulfilment,
    FulfilmentOrder,
    PartState,
    StockEffectKind,
)
from domain.mall.fulfilment.payments import PaymentState
from domain.mall.fulfilment.returns import ReturnState
from domain.promotions.rechecks import given_back

# Until a store has accepted, the buyer may change their mind; then they ask the store.
BUYER_MAY = frozenset({PartState.UNASSIGNED, PartState.OFFERED})
STAFF_MAY = BUYER_MAY | {
    PartState.ACCEPTED,
    PartState.HELD,
    PartState.READY,
    PartState.UNCLAIMED,
}


def cancel(
    fulfilment: Fulfilment, units: Units | None, cause: Cause, *, among: Set[PartState]
) -> Fulfilment:
    """Call off units, by default all, that are in parts of some states, and promise them back.

    All of the units named, or none. The shipping fee comes back with the last of them, where none
    was sent or handed over.
    """
    before = fulfilment
    possible = [part for part in fulfilment.live_parts() if part.state in among]
    if units is None:
        units = total(fulfilment)
        if not units:
            raise WrongState("Nothing of this order is left to cancel.", field=["units"])
    left = dict(units)
    if not left or any(n < 1 for n in left.values()):
        raise Invalid("Name at least 1 unit to cancel.", field=["units"])
    for part in possible:
        taken = {sku: min(n, part.units.get(sku, 0)) for sku, n in left.items()}
        taken = {sku: n for sku, n in taken.items() if n > 0}
        if taken:
            left = minus(left, taken)
            fulfilment = _take_from(fulfilment, part, taken, cause)
    if left:
        missing = ", ".join(f"{n} of {sku}" for sku, n in sorted(left.items()))
        raise WrongState(
            f"It is too late to cancel {missing}: a store has them in hand or they are sent, or "
            "they are no part of this order. Ask the store, or return them.",
            field=["units"],
        )
    fee = Fen(0) if total(fulfilment) else fulfilment.shipping_fee
    return refunds.give_back(fulfilment, Fen(worth(before, units) + fee), cause)


def without_paid_back(fulfilment: Fulfilment) -> Fulfilment:
    """What is not on its way is called off once all of the payment is promised back."""
    if not fulfilment.payment.all_promised_back:
        return fulfilment
    at = fulfilment.history[-1].at
    cause = Cause(actor=SYSTEM, at=at, reason="All that was paid is paid back.")
    for part in fulfilment.parts:
        if part.state in STAFF_MAY:
            fulfilment = _take_from(fulfilment, part, part.units, cause)
    return fulfilment


def nothing_left(fulfilment: Fulfilment) -> Fulfilment:
    """An order that cost nothing is paid back whole once none of it is kept."""
    payment = fulfilment.payment
    unpriced = payment.state is PaymentState.PAID and not payment.amount
    if not unpriced or not fulfilment.parts or kept(fulfilment):
        return fulfilment
    last = fulfilment.history[-1]
    cause = Cause(actor=last.actor, at=last.at, reason=last.reason)
    return refunds.settle_state(fulfilment, cause)


def worth(fulfilment: Fulfilment, units: Units) -> Fen:
    """What units of an order give back, after those that were given back before.

    Each gives back what was paid for it; where the order has thresholds that are asked for again,
    less what the units that stay have gained by one that they no longer meet, but never less than
    nothing (`domain/promotions/rechecks.py`). All units together give back all that was paid.
    """
    if not fulfilment.rechecks:
        return sold_for(fulfilment, units)
    before = gone(fulfilment)
    return Fen(
        given_back(fulfilment.lines, fulfilment.rechecks, added_up([before, units]))
        - given_back(fulfilment.lines, fulfilment.rechecks, before)
    )


def sold_for(fulfilment: Fulfilment, units: Units) -> Fen:
    """What units of an order were sold for, after those that were given back before."""
    back = gone(fulfilment)
    return Fen(
        sum(
            part_of(
                line.payable,
                line.quantity,
                before=back.get(line.sku, 0),
                count=units[line.sku],
            )
            for line in fulfilment.lines
            if line.sku in units
        )
    )


def gone(fulfilment: Fulfilment) -> Units:
    """Everything that was ordered and has been cancelled or has come back."""
    return minus({line.sku: line.quantity for line in fulfilment.lines}, kept(fulfilment))


def kept(fulfilment: Fulfilment) -> Units:
    """Everything that was ordered and has neither been cancelled nor come back."""
    left = total(fulfilment)
    for one in fulfilment.returns:
        if one.state is ReturnState.ACCEPTED:
            left = minus(left, one.units)
    return left


def total(fulfilment: Fulfilment) -> Units:
    """Everything that was ordered and has not been cancelled."""
    found: dict[Sku, int] = {}
    for part in fulfilment.live_parts():
        if part.state is not PartState.CANCELLED:
            for sku, n in part.units.items():
                found[sku] = found.get(sku, 0) + n
    return {line.sku: found[line.sku] for line in fulfilment.lines if line.sku in found}


def _take_from(
    fulfilment: Fulfilment, part: FulfilmentOrder, units: Units, cause: Cause
) -> Fulfilment:
    rest = minus(part.units, units)
    held = {sku: min(n, rest.get(sku, 0)) for sku, n in part.held.items()}
    kept = {sku: n for sku, n in held.items() if n > 0}
    freed = minus(part.held, kept)
    fulfilment = fulfilment.with_effect(StockEffectKind.RELEASE, part.held_at, freed, cause)
    if not rest:
        return fulfilment.with_part(part, PartState.CANCELLED, cause, held={}, accept_by=None)
    fewer = Step(
        subject=part.id,
        kind=PART.kind,
        before=part.state,
        after=part.state,
        actor=cause.actor,
        at=cause.at,
        reason=cause.reason,
    )
    return fulfilment.with_plan(part, units=rest, held=kept).with_step(fewer)
