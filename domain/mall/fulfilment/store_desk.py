"""What a store does with the fulfilment orders that it is asked for."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from domain.catalogue.units import Units
from domain.kernel.paging import Page, PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.mall.fulfilment import fulfilment_orders, pickup
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import (
    REPLACED,
    Fulfilment,
    PartState,
    Placed,
    PlacedReturn,
    RejectReason,
)
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.returns import COMING, ReturnState
from domain.mall.fulfilment.saving import change
from domain.mall.orders.order import Recipient
from domain.members.phones import masked
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.people.viewer import Viewer

MOST_REASON = 200
WORKING = (PartState.OFFERED, PartState.ACCEPTED, PartState.HELD, PartState.READY)

PartRule = Callable[..., Fulfilment]


def order_of(part_id: str) -> str:
    """The id of the order that a fulfilment order is a part of."""
    return part_id.rpartition("-")[0]


def sees_recipient(viewer: Viewer, placed: Placed) -> bool:
    """Whether somebody may know who gets a parcel: its buyer, head office, the store at work."""
    part = placed.part
    if viewer.may("recipient.see", person=placed.fulfilment.buyer_id):
        return True
    at_work = part.state not in REPLACED | {PartState.CANCELLED, PartState.ROUTING}
    return at_work and viewer.may("recipient.see", store=part.store_id)


def shown_to(viewer: Viewer, placed: Placed) -> Recipient | None:
    """Who gets a parcel, as somebody may know; but for its buyer the number is masked."""
    to = placed.fulfilment.recipient
    if to is None or not sees_recipient(viewer, placed):
        return None
    return to if viewer.id == placed.fulfilment.buyer_id else replace(to, phone=masked(to.phone))


async def show_recipient(ports: FulfilmentPorts, act: Act, part_id: str) -> Recipient:
    """Who gets a parcel, with their number in full; it is written down who looked.

    Forbidden for another store's people, WrongState for those of a store that is done with it.
    """
    act.viewer.require("recipient.see")
    placed = await _placed(ports, part_id)
    own, to = act.viewer.id == placed.fulfilment.buyer_id, placed.fulfilment.recipient
    if not own:
        act.viewer.require("recipient.see", store=placed.part.store_id)
    if to is None or not sees_recipient(act.viewer, placed):
        raise WrongState("Nothing of this is to be sent by the store; look into the queue.")
    if not own:
        subject = Subject(kind="order", id=placed.fulfilment.id)
        seen = {"fulfilment_order": placed.part.id}
        await ports.records.append(act.record("recipientShow", subject, before={}, after=seen))
    return to


async def find(ports: FulfilmentPorts, act: Act, part_id: str) -> Placed:
    """A fulfilment order, for those who may see it: its store, head office."""
    act.viewer.require("fulfilment.see")
    placed = await _placed(ports, part_id)
    act.viewer.require("fulfilment.see", store=placed.part.store_id)
    return placed


async def queue(
    ports: FulfilmentPorts,
    act: Act,
    store_id: str,
    states: Collection[PartState],
    request: PageRequest,
) -> Page[Placed]:
    """A store's fulfilment orders in some states, oldest order first; else all that need work."""
    act.viewer.require("fulfilment.see", store=store_id)
    return await ports.fulfilments.queue(StoreId(store_id), states or WORKING, request)


async def returns(
    ports: FulfilmentPorts,
    act: Act,
    store_id: str,
    states: Collection[ReturnState],
    request: PageRequest,
) -> Page[PlacedReturn]:
    """A store's returns in some states, oldest order first; else those that need work."""
    act.viewer.require("return.receive", store=store_id)
    return await ports.fulfilments.returns(StoreId(store_id), states or COMING, request)


async def accept(ports: FulfilmentPorts, act: Act, part_id: str) -> Fulfilment:
    """Take a fulfilment order on, or go on with one that was held."""
    return await _take(ports, act, part_id, fulfilment_orders.accept)


async def hold(ports: FulfilmentPorts, act: Act, part_id: str, reason: str) -> Fulfilment:
    """Let an accepted fulfilment order wait."""
    return await _take(ports, act, part_id, fulfilment_orders.hold, said_why(reason))


async def reject(
    ports: FulfilmentPorts,
    act: Act,
    part_id: str,
    reason: RejectReason,
    note: str = "",
    *,
    missing: Units | None = None,
) -> Fulfilment:
    """Turn a fulfilment order down; the next store that has the goods is asked at once."""
    rule = partial(fulfilment_orders.reject, reason=reason, missing=missing)
    said = f"{reason}: {note.strip()}" if note.strip() else str(reason)
    return await _take(ports, act, part_id, rule, said[:MOST_REASON])


async def split(ports: FulfilmentPorts, act: Act, part_id: str, units: Units) -> Fulfilment:
    """Make two fulfilment orders of an accepted one."""
    return await _take(ports, act, part_id, partial(fulfilment_orders.split, units=units))


async def ship(
    ports: FulfilmentPorts, act: Act, part_id: str, *, carrier: str, number: str
) -> Fulfilment:
    """Hand the parcel to a carrier."""
    carrier, number = carrier.strip(), number.strip()
    for name, value in (("carrier", carrier), ("number", number)):
        if not 0 < len(value) <= 64:
            raise Invalid(f"Fill in the {name}, in at most 64 characters.", field=[name])
    parcel = partial(fulfilment_orders.ship, carrier=carrier, number=number)
    return await _take(ports, act, part_id, parcel)


async def ready(ports: FulfilmentPorts, act: Act, part_id: str) -> Fulfilment:
    """Put the goods of a pickup at the counter, under a code that the buyer shows."""
    return await _take(ports, act, part_id, partial(pickup.ready, code=ports.new_pickup_code()))


async def hand_over(ports: FulfilmentPorts, act: Act, part_id: str, *, code: str) -> Fulfilment:
    """Give the goods to whoever shows the code."""
    return await _take(ports, act, part_id, partial(pickup.hand_over, code=code))


async def unclaimed(ports: FulfilmentPorts, act: Act, part_id: str, reason: str) -> Fulfilment:
    """Tell that the goods could not be handed over."""
    return await _take(ports, act, part_id, pickup.unclaimed, said_why(reason))


async def _take(
    ports: FulfilmentPorts, act: Act, part_id: str, rule: PartRule, reason: str = ""
) -> Fulfilment:
    """Take a part one step further by a rule, and do what that calls for."""

    def step(fulfilment: Fulfilment) -> Fulfilment:
        part = fulfilment.part(part_id)
        act.viewer.require("fulfilment.handle", store=part.store_id)
        return rule(fulfilment, part, cause=act.cause(reason))

    act.viewer.require("fulfilment.handle")
    order_id = (await _of_part(ports, part_id)).id
    after = await change(ports.fulfilments, order_id, step)
    return await advance(ports, act, order_id, found=after)


async def _placed(ports: FulfilmentPorts, part_id: str) -> Placed:
    fulfilment = await _of_part(ports, part_id)
    return Placed(fulfilment=fulfilment, part=fulfilment.part(part_id))


async def _of_part(ports: FulfilmentPorts, part_id: str) -> Fulfilment:
    found = await ports.fulfilments.by_id(order_of(part_id))
    if found is None:
        raise NotFound(f"There is no fulfilment order {part_id}; look its id up in the queue.")
    return found


def said_why(reason: str) -> str:
    """A reason that somebody has to give; Invalid if there is none."""
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_REASON:
        raise Invalid(f"Say why, in at most {MOST_REASON} characters.", field=["reason"])
    return reason
