"""What a store does with the fulfilment orders that it is asked for."""

from collections.abc import Callable, Collection
from datetime import datetime

from domain.catalogue.units import Units
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.states import Cause
from domain.mall.fulfilment import fulfilment_orders, pickup
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import (
    REPLACED,
    Fulfilment,
    FulfilmentOrder,
    PartState,
    Placed,
    RejectReason,
)
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import change
from domain.network.stores import StoreId
from domain.people.viewer import Role, Viewer

MOST_REASON = 200
StepRule = Callable[[Fulfilment, FulfilmentOrder, Cause], Fulfilment]


def order_of(part_id: str) -> str:
    """The id of the order that a fulfilment order is a part of."""
    return part_id.rpartition("-")[0]


def sees_recipient(viewer: Viewer, placed: Placed) -> bool:
    """Whether somebody may know who gets a parcel: its buyer, head office, the store at work."""
    part = placed.part
    if viewer.role is Role.HEAD_OFFICE or viewer.id == placed.fulfilment.buyer_id:
        return True
    at_work = part.state not in REPLACED | {PartState.CANCELLED, PartState.ROUTING}
    of_store = viewer.role in {Role.STORE_MANAGER, Role.GUIDE} and viewer.store_id == part.store_id
    return at_work and of_store and part.store_id is not None


async def find(mall: FulfilmentPorts, viewer: Viewer, part_id: str) -> Fulfilment:
    """The fulfilment that a part belongs to, for those who may see it: its store, head office."""
    fulfilment = await mall.fulfilments.by_id(order_of(part_id))
    if fulfilment is None:
        raise NotFound(f"There is no fulfilment order {part_id}; look its id up in the queue.")
    _require_store_of(viewer, fulfilment.part(part_id))
    return fulfilment


async def queue(
    mall: FulfilmentPorts,
    viewer: Viewer,
    store_id: StoreId,
    states: Collection[PartState],
    request: PageRequest,
) -> Page[Placed]:
    """A store's fulfilment orders in some states, oldest order first."""
    viewer.require_store(store_id)
    return await mall.fulfilments.queue(store_id, states, request)


async def accept(
    mall: FulfilmentPorts, viewer: Viewer, part_id: str, *, now: datetime
) -> Fulfilment:
    """Take a fulfilment order on, or go on with one that was held."""
    return await _take(mall, viewer, part_id, fulfilment_orders.accept, now=now)


async def hold(
    mall: FulfilmentPorts, viewer: Viewer, part_id: str, reason: str, *, now: datetime
) -> Fulfilment:
    """Let an accepted fulfilment order wait."""
    return await _take(
        mall, viewer, part_id, fulfilment_orders.hold, now=now, reason=said_why(reason)
    )


async def reject(
    mall: FulfilmentPorts,
    viewer: Viewer,
    part_id: str,
    reason: RejectReason,
    note: str = "",
    *,
    missing: Units | None = None,
    now: datetime,
) -> Fulfilment:
    """Turn a fulfilment order down; the next store that has the goods is asked at once."""

    def rule(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
        return fulfilment_orders.reject(fulfilment, part, reason, act, missing=missing)

    said = f"{reason}: {note.strip()}" if note.strip() else str(reason)
    return await _take(mall, viewer, part_id, rule, now=now, reason=said[:MOST_REASON])


async def split(
    mall: FulfilmentPorts, viewer: Viewer, part_id: str, units: Units, *, now: datetime
) -> Fulfilment:
    """Make two fulfilment orders of an accepted one."""
    return await _take(
        mall,
        viewer,
        part_id,
        lambda found, part, act: fulfilment_orders.split(found, part, units, act),
        now=now,
    )


async def ship(
    mall: FulfilmentPorts, viewer: Viewer, part_id: str, *, carrier: str, number: str, now: datetime
) -> Fulfilment:
    """Hand the parcel to a carrier."""
    given = {"carrier": carrier.strip(), "number": number.strip()}
    for name, value in given.items():
        if not 0 < len(value) <= 64:
            raise Invalid(f"Fill in the {name}, in at most 64 characters.", field=[name])

    def rule(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
        return fulfilment_orders.ship(fulfilment, part, act, **given)

    return await _take(mall, viewer, part_id, rule, now=now)


async def ready(
    mall: FulfilmentPorts, viewer: Viewer, part_id: str, *, code: str, now: datetime
) -> Fulfilment:
    """Put the goods of a pickup at the counter, under a code that the buyer shows."""

    def rule(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
        return pickup.ready(fulfilment, part, act, code=code)

    return await _take(mall, viewer, part_id, rule, now=now)


async def hand_over(
    mall: FulfilmentPorts, viewer: Viewer, part_id: str, *, code: str, now: datetime
) -> Fulfilment:
    """Give the goods to whoever shows the code."""

    def rule(fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause) -> Fulfilment:
        return pickup.hand_over(fulfilment, part, act, code=code)

    return await _take(mall, viewer, part_id, rule, now=now)


async def unclaimed(
    mall: FulfilmentPorts, viewer: Viewer, part_id: str, reason: str, *, now: datetime
) -> Fulfilment:
    """Tell that the goods could not be handed over."""
    said = said_why(reason)
    return await _take(mall, viewer, part_id, pickup.unclaimed, now=now, reason=said)


async def _take(
    mall: FulfilmentPorts,
    viewer: Viewer,
    part_id: str,
    rule: StepRule,
    *,
    now: datetime,
    reason: str = "",
) -> Fulfilment:
    """Take a part one step further by a rule, and do what that calls for."""
    act = Cause(actor=viewer.id, at=now, reason=reason)
    order_id = order_of(part_id)

    def step(fulfilment: Fulfilment) -> Fulfilment:
        part = fulfilment.part(part_id)
        _require_store_of(viewer, part)
        return rule(fulfilment, part, act)

    if await mall.fulfilments.by_id(order_id) is None:
        raise NotFound(f"There is no fulfilment order {part_id}; look its id up in the queue.")
    await change(mall, order_id, step)
    return await advance(mall, order_id, now=now)


def _require_store_of(viewer: Viewer, part: FulfilmentOrder) -> None:
    if part.store_id is not None:
        viewer.require_store(part.store_id)
    else:
        viewer.require(Role.HEAD_OFFICE)


def said_why(reason: str) -> str:
    """A reason that somebody has to give; Invalid if there is none."""
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_REASON:
        raise Invalid(f"Say why, in at most {MOST_REASON} characters.", field=["reason"])
    return reason
