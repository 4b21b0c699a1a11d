"""The rules of returns: asked for, received in any store, inspected, and paid back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.catalogue.units import Units, added_up, minus
from domain.kernel.money import Fen, yuan
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.kernel.states import Cause
from domain.mall.fulfilment import refunds
from domain.mall.fulfilment.cancelling import worth
from domain.mall.fulfilment.fulfilments import DONE, Fulfilment, StockEffectKind
from domain.mall.fulfilment.returns import RETURN, Return, ReturnId, ReturnState
from domain.network.stores import StoreId

# From the moment that the parcel was sent or the goods were handed over.
RETURN_WITHIN = timedelta(days=15)

GONE = frozenset({ReturnState.CANCELLED, ReturnState.REFUSED})


def returnable(fulfilment: Fulfilment, cause: Cause) -> Units:
    """What was sent or handed over lately and is not on its way back already."""
    sent = added_up(
        part.units
        for part in fulfilment.parts
        if part.state in DONE and part.done_at and cause.at < part.done_at + RETURN_WITHIN
    )
    return minus(sent, added_up(one.units for one in fulfilment.returns if one.state not in GONE))


def require_returnable(fulfilment: Fulfilment, units: Units, cause: Cause) -> None:
    """Refuse units that can't come back, or can't any more."""
    possible = returnable(fulfilment, cause)
    if not units or any(not 0 < n <= possible.get(sku, 0) for sku, n in units.items()):
        open_to = ", ".join(f"{n} of {sku}" for sku, n in sorted(possible.items())) or "nothing"
        raise Invalid(
            f"What can be returned within {RETURN_WITHIN.days} days is {open_to}.", field=["units"]
        )


def ask(
    fulfilment: Fulfilment,
    units: Units,
    store_id: StoreId,
    cause: Cause,
    *,
    parcel_refused: bool = False,
) -> Fulfilment:
    """The buyer wants to bring units back to a store, or did not take the parcel with them."""
    require_returnable(fulfilment, units, cause)
    return_id = ReturnId(f"{fulfilment.id}-b{len(fulfilment.returns) + 1}")
    asked = Return(
        id=return_id,
        store_id=store_id,
        units=units,
        reason=cause.reason,
        state=ReturnState.REQUESTED,
        requested_at=cause.at,
        parcel_refused=parcel_refused,
    )
    begun = RETURN.begin(return_id, ReturnState.REQUESTED, cause)
    return fulfilment.with_step(begun, returns=(*fulfilment.returns, asked))


def call_off(fulfilment: Fulfilment, return_id: str, cause: Cause) -> Fulfilment:
    """The buyer keeps the goods after all; again, it changes nothing."""
    if _was_done(fulfilment, return_id, ReturnState.CANCELLED, cause):
        return fulfilment
    return _move(fulfilment, return_id, ReturnState.CANCELLED, cause)


def receive(fulfilment: Fulfilment, return_id: str, cause: Cause) -> Fulfilment:
    """The goods are in the store; again, it changes nothing, whatever has come of them since."""
    if _was_done(fulfilment, return_id, ReturnState.RECEIVED, cause):
        return fulfilment
    return _move(fulfilment, return_id, ReturnState.RECEIVED, cause)


def refuse(fulfilment: Fulfilment, return_id: str, cause: Cause) -> Fulfilment:
    """The inspection sends the goods back to the buyer; nothing is paid back."""
    if _was_done(fulfilment, return_id, ReturnState.REFUSED, cause):
        return fulfilment
    return _move(fulfilment, return_id, ReturnState.REFUSED, cause)


def accept(
    fulfilment: Fulfilment,
    return_id: str,
    cause: Cause,
    *,
    damaged: Units,
    amount: Fen | None = None,
) -> Fulfilment:
    """The inspection takes the goods: what is not damaged can be sold there again.

    Paid back is what they were sold for, or what is left of the payment if that is less; or still
    less by agreement, which needs a reason.
    """
    found = find(fulfilment, return_id)
    if any(not 0 < n <= found.units.get(sku, 0) for sku, n in damaged.items()):
        raise Invalid("Name only units of this return as damaged.", field=["damaged"])
    if _was_done(fulfilment, return_id, ReturnState.ACCEPTED, cause):
        _require_same(fulfilment, found, damaged, amount)
        return fulfilment
    due = _due(fulfilment, found, cause, amount)
    good = minus(found.units, damaged)
    before = fulfilment.payment.refunds
    fulfilment = refunds.give_back(
        fulfilment, due, replace(cause, reason=cause.reason or RETURN.kind)
    )
    paid_back = fulfilment.payment.refunds[len(before) :]
    fulfilment = _move(
        fulfilment,
        return_id,
        ReturnState.ACCEPTED,
        cause,
        good=good,
        damaged=damaged,
        refund_id=paid_back[0].id if paid_back else None,
    )
    for kind, units in (
        (StockEffectKind.RESTOCK, good),
        (StockEffectKind.RESTOCK_DAMAGED, damaged),
    ):
        fulfilment = fulfilment.with_effect(kind, found.store_id, units, cause)
    return fulfilment


def find(fulfilment: Fulfilment, return_id: str) -> Return:
    """The return of this id, or NotFound."""
    for one in fulfilment.returns:
        if one.id == return_id:
            return one
    raise NotFound(f"There is no return {return_id}; look its id up in the order.")


def _due(fulfilment: Fulfilment, found: Return, cause: Cause, amount: Fen | None) -> Fen:
    """What an inspection pays back; nothing is left for it where all was paid back before."""
    full = worth(fulfilment, found.units)
    if amount is None:
        return full
    most = min(full, fulfilment.payment.refundable)
    if not 0 < amount <= most:
        told = f"more than ¥0 and at most {yuan(most)}" if most else "nothing: nothing is due"
        raise Invalid(f"Pay back {told}.", field=["amountFen"])
    if amount < full and not cause.reason:
        raise Invalid("Say why less than the price is paid back.", field=["note"])
    return amount


def _require_same(
    fulfilment: Fulfilment, found: Return, damaged: Units, amount: Fen | None
) -> None:
    """Refuse to have accepted a return in another way than it was."""
    paid = [one.amount for one in fulfilment.payment.refunds if one.id == found.refund_id]
    if damaged != found.damaged or (amount is not None and [amount] != paid):
        raise _done_otherwise(found)


def _was_done(fulfilment: Fulfilment, return_id: str, after: ReturnState, cause: Cause) -> bool:
    """Whether a return took this step before; Conflict where it was for another reason."""
    found = find(fulfilment, return_id)
    for step in fulfilment.history:
        if (step.subject, step.after) == (found.id, after):
            if step.reason != cause.reason:
                raise _done_otherwise(found)
            return True
    return False


def _done_otherwise(found: Return) -> Conflict:
    return Conflict(
        f"Return {found.id} is {found.state} already, and not as you ask for; look at it again."
    )


def _move(
    fulfilment: Fulfilment, return_id: str, after: ReturnState, cause: Cause, **changes: Any
) -> Fulfilment:
    found = find(fulfilment, return_id)
    taken = RETURN.step(found.id, found.state, after, cause)
    changed = replace(found, state=after, **changes)
    returns = tuple(changed if one.id == found.id else one for one in fulfilment.returns)
    return fulfilment.with_step(taken, returns=returns)
