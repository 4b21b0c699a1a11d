"""The rules for fulfilment orders: how each is routed, offered, done or passed on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from domain.catalogue.units import Units, minus
from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import Cause
from domain.mall.fulfilment.fulfilments import (
    Fulfilment,
    FulfilmentOrder,
    PartState,
    RejectReason,
    StockEffectKind,
)
from domain.mall.routing.routing import Decision
from domain.network.stores import Store, StoreId

# From when it is asked, or from when it opens next.
ACCEPT_WITHIN = timedelta(minutes=30)
MOST_TRIES = 5

_COUNT_WRONG = {
    RejectReason.NOT_ON_SHELF: StockEffectKind.WRITE_OFF,
    RejectReason.DAMAGED: StockEffectKind.DAMAGE,
}


def answer_by(store: Store, now: datetime) -> datetime:
    """Until when a store that is asked now has to answer: its time runs only while it is open."""
    at, left = now, ACCEPT_WITHIN
    while hours := store.opening_hours:
        closes_at = hours.closes_at(at)
        if closes_at is not None:
            if at + left <= closes_at:
                break
            left -= closes_at - at
        opens_at = hours.opens_next(at)
        if opens_at is None:
            break
        at = opens_at
    return at + left


def offer_as_planned(
    fulfilment: Fulfilment,
    decision: Decision,
    cause: Cause,
    *,
    answer_by: Callable[[StoreId], datetime],
) -> Fulfilment:
    """Make the parts of an order that is paid; their units are reserved where it was planned."""
    for share in decision.shares:
        fulfilment = fulfilment.with_new_part(
            cause,
            PartState.OFFERED,
            units=share.units,
            store_id=share.store_id,
            held_at=share.store_id,
            held=share.units,
            considered=decision.considered,
            accept_by=answer_by(share.store_id),
        )
    return replace(fulfilment, settled=True)


def plan(
    fulfilment: Fulfilment, part: FulfilmentOrder, decision: Decision, cause: Cause
) -> Fulfilment:
    """Note which store a part is to go to next; it is split if no single store can take it.

    Where no store is left, it is head office's: it stays reserved where it still is.
    """
    if decision.short:
        return fulfilment.with_part(
            part, PartState.UNASSIGNED, cause, store_id=None, considered=decision.considered
        )
    if len(decision.shares) == 1:
        store_id = decision.shares[0].store_id
        return fulfilment.with_target(part, store_id, considered=decision.considered)
    held = part.held
    fulfilment = fulfilment.with_part(part, PartState.SPLIT, cause, store_id=None, held={})
    for share in decision.shares:
        taken = _overlap(share.units, held)
        held = minus(held, taken)
        fulfilment = fulfilment.with_new_part(
            cause,
            PartState.ROUTING,
            units=share.units,
            held_at=part.held_at,
            held=taken,
            refused=part.refused,
            considered=decision.considered,
            replaces=part.id,
        )
        fulfilment = fulfilment.with_target(fulfilment.parts[-1], share.store_id)
    return fulfilment


def to_reserve(part: FulfilmentOrder) -> Units:
    """What must be reserved in the planned store before the part can be offered there."""
    return minus(part.units, part.held) if part.held_at == part.store_id else part.units


def offer(
    fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause, *, answer_by: datetime
) -> Fulfilment:
    """Ask the planned store, in which the units are reserved now; the last one's are released."""
    if part.held_at != part.store_id:
        fulfilment = fulfilment.with_effect(StockEffectKind.RELEASE, part.held_at, part.held, cause)
    return fulfilment.with_part(
        part,
        PartState.OFFERED,
        cause,
        held_at=part.store_id,
        held=part.units,
        accept_by=answer_by,
    )


def plan_again(fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause) -> Fulfilment:
    """Drop a plan whose units were gone; after so many tries head office gets the part."""
    tries = part.tries + 1
    if tries < MOST_TRIES:
        return fulfilment.with_plan(part, store_id=None, tries=tries)
    return fulfilment.with_part(part, PartState.UNASSIGNED, cause, store_id=None, tries=tries)


def assign(
    fulfilment: Fulfilment, part: FulfilmentOrder, store_id: StoreId | None, cause: Cause
) -> Fulfilment:
    """Plan a part by hand, for a store of head office's choice, or by the rules again."""
    fulfilment = fulfilment.with_part(
        part, PartState.ROUTING, cause, store_id=None, considered=(), tries=0
    )
    if store_id is None:
        return fulfilment
    return fulfilment.with_target(fulfilment.part(part.id), store_id)


def accept(fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause) -> Fulfilment:
    """The store takes the part on, or goes on with one that it held; again, it is nothing new."""
    if part.state is PartState.ACCEPTED:
        return fulfilment
    return fulfilment.with_part(part, PartState.ACCEPTED, cause, accept_by=None)


def hold(fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause) -> Fulfilment:
    """The store lets an accepted part wait, and says for what."""
    return fulfilment.with_part(part, PartState.HELD, cause)


def reject(
    fulfilment: Fulfilment,
    part: FulfilmentOrder,
    reason: RejectReason,
    cause: Cause,
    *,
    missing: Units | None = None,
) -> Fulfilment:
    """The store turns the part down; a new one in its place is routed to others.

    What is missing or damaged, by default all of it, leaves the store's count at once. The rest
    stays reserved until another store has it.
    """
    gone = _missing(part, reason, missing)
    fulfilment = fulfilment.with_part(
        part, PartState.REJECTED, cause, accept_by=None, held={}, reject_reason=reason
    )
    if gone:
        fulfilment = fulfilment.with_effect(_COUNT_WRONG[reason], part.held_at, gone, cause)
    return _route_on(fulfilment, part, minus(part.held, gone), cause)


def time_out(fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause) -> Fulfilment:
    """The store did not answer in time; the part is routed to others."""
    fulfilment = fulfilment.with_part(part, PartState.TIMED_OUT, cause, accept_by=None, held={})
    return _route_on(fulfilment, part, part.held, cause)


def time_out_overdue(fulfilment: Fulfilment, cause: Cause) -> Fulfilment:
    """Route every part on whose store's time to answer has passed."""
    said = replace(cause, reason="The store did not answer in time.")
    for part in fulfilment.parts:
        due = part.accept_by if part.state is PartState.OFFERED else None
        if due is not None and due <= cause.at:
            fulfilment = time_out(fulfilment, part, said)
    return fulfilment


def split(fulfilment: Fulfilment, part: FulfilmentOrder, units: Units, cause: Cause) -> Fulfilment:
    """Make two accepted parts of one, so that the units named can go by themselves."""
    if part.state is not PartState.ACCEPTED:
        raise WrongState(f"This fulfilment order is {part.state}; accept it before you split it.")
    rest = minus(part.units, units)
    if not units or not rest or any(n > part.units.get(sku, 0) for sku, n in units.items()):
        raise Invalid("Name some of its units, and leave some.", field=["units"])
    fulfilment = fulfilment.with_part(part, PartState.SPLIT, cause, held={})
    for some in (units, rest):
        fulfilment = fulfilment.with_new_part(
            cause,
            PartState.ACCEPTED,
            units=some,
            store_id=part.store_id,
            held_at=part.held_at,
            held=some,
            refused=part.refused,
            considered=part.considered,
            replaces=part.id,
        )
    return fulfilment


def ship(
    fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause, *, carrier: str, number: str
) -> Fulfilment:
    """The parcel is with the carrier; its units have left the store. Told again, it is one."""
    if fulfilment.pickup_store_id is not None:
        raise WrongState("The buyer picks this order up; make it ready instead.")
    parcel = (part.carrier, part.tracking_number)
    if part.state is PartState.SHIPPED and parcel == (carrier, number):
        return fulfilment
    fulfilment = fulfilment.with_part(
        part,
        PartState.SHIPPED,
        cause,
        held={},
        carrier=carrier,
        tracking_number=number,
        done_at=cause.at,
    )
    return fulfilment.with_effect(StockEffectKind.SHIP, part.held_at, part.held, cause)


def _route_on(
    fulfilment: Fulfilment, part: FulfilmentOrder, held: Units, cause: Cause
) -> Fulfilment:
    refused = part.refused | ({part.store_id} if part.store_id else frozenset())
    return fulfilment.with_new_part(
        cause,
        PartState.ROUTING,
        units=part.units,
        held_at=part.held_at if held else None,
        held=held,
        refused=refused,
        replaces=part.id,
    )


def _missing(part: FulfilmentOrder, reason: RejectReason, missing: Units | None) -> Units:
    if reason not in _COUNT_WRONG:
        if missing:
            raise Invalid("Only goods not on the shelf or damaged are missing.", field=["missing"])
        return {}
    if missing is None:
        return part.units
    if any(not 0 < n <= part.units.get(sku, 0) for sku, n in missing.items()):
        raise Invalid("Name only units of this fulfilment order.", field=["missing"])
    return missing


def _overlap(units: Units, held: Units) -> Units:
    both = {sku: min(n, held.get(sku, 0)) for sku, n in units.items()}
    return {sku: n for sku, n in both.items() if n > 0}
