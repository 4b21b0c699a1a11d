"""What a store's people do with their fulfilment orders."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from api.mall.fulfilment.fulfilment import (
    FulfilmentOrder,
    FulfilmentOrderPayload,
    SkuUnitsInput,
    units_of,
)
from api.mall.orders.orders import Recipient
from domain.kernel.paging import PageRequest
from domain.mall.fulfilment import store_desk
from domain.mall.fulfilment.fulfilments import PartState, RejectReason
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.people.act import Act

PartIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The fulfilment order's id.")
]
StoreIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The store's code.")]
StatesArgument = Annotated[
    list[PartState] | None,
    strawberry.argument(description="Only those in these states; by default all that need work."),
]
ReasonArgument = Annotated[str, strawberry.argument(description="Why, in the store's words.")]


@query("One fulfilment order, for its store and head office.")
async def fulfilment_order(ports: FulfilmentPorts, act: Act, id: PartIdArgument) -> FulfilmentOrder:
    return FulfilmentOrder.of(await store_desk.find(ports, act, id))


@query("A store's fulfilment orders, those of the oldest order first.")
async def fulfilment_queue(
    ports: FulfilmentPorts,
    act: Act,
    store_id: StoreIdArgument,
    states: StatesArgument = None,
    first: First = 20,
    after: After = None,
) -> Connection[FulfilmentOrder]:
    request = PageRequest(first=first, after=after)
    page = await store_desk.queue(ports, act, store_id, states or (), request)
    return connection(page, FulfilmentOrder.of)


@mutation(
    "Show who gets a parcel, with the number in full, to whoever sends it; each look is recorded.",
    recipient="Who gets it.",
)
async def recipient_show(ports: FulfilmentPorts, act: Act, id: PartIdArgument) -> Recipient:
    return Recipient.of(await store_desk.show_recipient(ports, act, id))


@mutation("Take a fulfilment order on, or go on with one that was held.")
async def fulfilment_order_accept(
    ports: FulfilmentPorts, act: Act, id: PartIdArgument
) -> FulfilmentOrderPayload:
    return FulfilmentOrderPayload.after(await store_desk.accept(ports, act, id), id)


@mutation("Turn a fulfilment order down; the next store that has the goods is asked at once.")
async def fulfilment_order_reject(
    ports: FulfilmentPorts,
    act: Act,
    id: PartIdArgument,
    reason: Annotated[RejectReason, strawberry.argument(description="Why.")],
    note: Annotated[str, strawberry.argument(description="More about it.")] = "",
    missing: Annotated[
        list[SkuUnitsInput] | None,
        strawberry.argument(
            description="Which units are not on the shelf or damaged; by default all of them."
        ),
    ] = None,
) -> FulfilmentOrderPayload:
    gone = None if missing is None else units_of(missing, "missing")
    found = await store_desk.reject(ports, act, id, reason, note, missing=gone)
    return FulfilmentOrderPayload.after(found, id)


@mutation("Let an accepted fulfilment order wait; accept it again to go on.")
async def fulfilment_order_hold(
    ports: FulfilmentPorts, act: Act, id: PartIdArgument, reason: ReasonArgument
) -> FulfilmentOrderPayload:
    return FulfilmentOrderPayload.after(await store_desk.hold(ports, act, id, reason), id)


@mutation("Make two of an accepted fulfilment order, so that some units can go first.")
async def fulfilment_order_split(
    ports: FulfilmentPorts,
    act: Act,
    id: PartIdArgument,
    units: Annotated[list[SkuUnitsInput], strawberry.argument(description="What goes by itself.")],
) -> FulfilmentOrderPayload:
    some = units_of(units, "units")
    return FulfilmentOrderPayload.after(await store_desk.split(ports, act, id, some), id)


@mutation("Hand the parcel of an accepted fulfilment order to a carrier.")
async def fulfilment_order_ship(
    ports: FulfilmentPorts,
    act: Act,
    id: PartIdArgument,
    carrier: Annotated[str, strawberry.argument(description="Who carries it, such as 顺丰.")],
    number: Annotated[str, strawberry.argument(description="The parcel's number there.")],
) -> FulfilmentOrderPayload:
    found = await store_desk.ship(ports, act, id, carrier=carrier, number=number)
    return FulfilmentOrderPayload.after(found, id)


@mutation("Put the goods of a pickup at the counter; the buyer learns of it, and of the code.")
async def fulfilment_order_ready(
    ports: FulfilmentPorts, act: Act, id: PartIdArgument
) -> FulfilmentOrderPayload:
    return FulfilmentOrderPayload.after(await store_desk.ready(ports, act, id), id)


@mutation("Hand the goods of a pickup to whoever shows its code.")
async def fulfilment_order_hand_over(
    ports: FulfilmentPorts,
    act: Act,
    id: PartIdArgument,
    code: Annotated[str, strawberry.argument(description="The code that the buyer shows.")],
) -> FulfilmentOrderPayload:
    return FulfilmentOrderPayload.after(await store_desk.hand_over(ports, act, id, code=code), id)


@mutation("Tell that a pickup could not be handed over; head office decides what comes of it.")
async def fulfilment_order_unclaimed(
    ports: FulfilmentPorts, act: Act, id: PartIdArgument, reason: ReasonArgument
) -> FulfilmentOrderPayload:
    return FulfilmentOrderPayload.after(await store_desk.unclaimed(ports, act, id, reason), id)


QUERIES = (fulfilment_order, fulfilment_queue)
MUTATIONS = (
    recipient_show,
    fulfilment_order_accept,
    fulfilment_order_reject,
    fulfilment_order_hold,
    fulfilment_order_split,
    fulfilment_order_ship,
    fulfilment_order_ready,
    fulfilment_order_hand_over,
    fulfilment_order_unclaimed,
)
