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
    """Until when a store that is asked now has to answer: nobody does while it is shut."""
    if store.open_at(now) or store.opening_hours is None:
        return now + ACCEPT_WITHIN
    return (store.opening_hours.opens_next(now) or now) + ACCEPT_WITHIN


def offer_as_planned(
    fulfilment: Fulfilment,
    decision: Decision,
    act: Cause,
    *,
    answer_by: Callable[[StoreId], datetime],
) -> Fulfilment:
    """Make the parts of an order that is paid; their units are reserved where it was planned."""
    for share in decision.shares:
        fulfilment = fulfilment.with_new_part(
            act,
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
    fulfilment: Fulfilment, part: FulfilmentOrder, decision: Decision, act: Cause
) -> Fulfilment:
    """Note which store a part is to go to next; it is split if no single store can take it.

    Where no store is left, it is head office's: it stays reserved where it still is.
    """
    if decision.short:
        return fulfilment.with_part(
            part, PartState.UNASSIGNED, act, store_id=None, considered=decision.considered
        )
    if len(decision.shares) == 1:
        return fulfilment.with_plan(
            part, store_id=decision.shares[0].store_id, considered=decision.considered
        )
    held = part.held
    fulfilment = fulfilment.with_part(part, PartState.SPLIT, act, store_id=None, held={})
    for share in decision.shares:
        taken = _overlap(share.units, held)
        held = minus(held, taken)
        fulfilment = fulfilment.with_new_part(
            act,
            PartState.ROUTING,
            units=share.units,
            store_id=share.store_id,
            held_at=part.held_at,
            held=taken,
            refused=part.refused,
            considered=decision.considered,
            replaces=part.id,
        )
    return fulfilment


def to_reserve(part: FulfilmentOrder) -> Units:
    """What must be reserved in the planned store before the part can be offered there."""
    return minus(part.units, part.held) if part.held_at == part.store_id else part.units


def offer(
    fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause, *, answer_by: datetime
) -> Fulfilment:
    """Ask the planned store, in which the units are reserved now; the last one's are released."""
    if part.held_at != part.store_id:
        cause = f"{part.id}:{part.tries}"
        fulfilment = fulfilment.with_effect(StockEffectKind.RELEASE, cause, part.held_at, part.held)
    return fulfilment.with_part(
        part,
        PartState.OFFERED,
        act,
        held_at=part.store_id,
        held=part.units,
        accept_by=answer_by,
    )


def plan_again(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
    """Drop a plan whose units were gone; after so many tries head office gets the part."""
    tries = part.tries + 1
    if tries < MOST_TRIES:
        return fulfilment.with_plan(part, store_id=None, tries=tries)
    return fulfilment.with_part(part, PartState.UNASSIGNED, act, store_id=None, tries=tries)


def assign(
    fulfilment: Fulfilment, part: FulfilmentOrder, store_id: StoreId | None, act: Cause
) -> Fulfilment:
    """Plan a part by hand, for a store of head office's choice, or by the rules again."""
    return fulfilment.with_part(
        part, PartState.ROUTING, act, store_id=store_id, considered=(), tries=part.tries + 1
    )


def accept(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
    """The store takes the part on, or goes on with one that it held; again, it is nothing new."""
    if part.state is PartState.ACCEPTED:
        return fulfilment
    return fulfilment.with_part(part, PartState.ACCEPTED, act, accept_by=None)


def hold(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
    """The store lets an accepted part wait, and says for what."""
    return fulfilment.with_part(part, PartState.HELD, act)


def reject(
    fulfilment: Fulfilment,
    part: FulfilmentOrder,
    reason: RejectReason,
    act: Cause,
    *,
    missing: Units | None = None,
) -> Fulfilment:
    """The store turns the part down; a new one in its place is routed to others.

    What is missing or damaged, by default all of it, leaves the store's count at once. The rest
    stays reserved until another store has it.
    """
    gone = _missing(part, reason, missing)
    fulfilment = fulfilment.with_part(
        part, PartState.REJECTED, act, accept_by=None, held={}, reject_reason=reason
    )
    if gone:
        fulfilment = fulfilment.with_effect(_COUNT_WRONG[reason], part.id, part.held_at, gone)
    return _route_on(fulfilment, part, minus(part.held, gone), act)


def time_out(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
    """The store did not answer in time; the part is routed to others."""
    fulfilment = fulfilment.with_part(part, PartState.TIMED_OUT, act, accept_by=None, held={})
    return _route_on(fulfilment, part, part.held, act)


def overdue(part: FulfilmentOrder, now: datetime) -> bool:
    """Whether the store's time to answer has passed."""
    return part.state is PartState.OFFERED and part.accept_by is not None and part.accept_by <= now


def split(fulfilment: Fulfilment, part: FulfilmentOrder, units: Units, act: Cause) -> Fulfilment:
    """Make two accepted parts of one, so that the units named can go by themselves."""
    rest = minus(part.units, units)
    if not units or not rest or any(n > part.units.get(sku, 0) for sku, n in units.items()):
        raise Invalid("Name some of its units, and leave some.", field=["units"])
    fulfilment = fulfilment.with_part(part, PartState.SPLIT, act, held={})
    for some in (units, rest):
        fulfilment = fulfilment.with_new_part(
            act,
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
    fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause, *, carrier: str, number: str
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
        act,
        held={},
        carrier=carrier,
        tracking_number=number,
        done_at=act.at,
    )
    return fulfilment.with_effect(StockEffectKind.SHIP, part.id, part.held_at, part.held)


def _route_on(fulfilment: Fulfilment, part: FulfilmentOrder, held: Units, act: Cause) -> Fulfilment:
    refused = part.refused | ({part.store_id} if part.store_id else frozenset())
    return fulfilment.with_new_part(
        act,
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
