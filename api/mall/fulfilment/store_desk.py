"""What a store's people do with their fulfilment orders."""

from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import mutation
from api.mall.fulfilment.fulfilment import (
    FulfilmentOrder,
    FulfilmentOrderPayload,
    SkuUnitsInput,
    units_of,
)
from domain.kernel.paging import PageRequest
from domain.mall.fulfilment import store_desk
from domain.mall.fulfilment.fulfilments import PartState, Placed, RejectReason
from domain.network.stores import StoreId

WORKING = (PartState.OFFERED, PartState.ACCEPTED, PartState.HELD, PartState.READY)

PartIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The fulfilment order's id.")
]
StoreIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The store's code.")]
StatesArgument = Annotated[
    list[PartState] | None,
    strawberry.argument(description="Only those in these states; by default all that need work."),
]
ReasonArgument = Annotated[str, strawberry.argument(description="Why, in the store's words.")]


@strawberry.type(description="The answer to an acceptance.")
class FulfilmentOrderAcceptPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to a rejection.")
class FulfilmentOrderRejectPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to a hold.")
class FulfilmentOrderHoldPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to a split.")
class FulfilmentOrderSplitPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to a shipment.")
class FulfilmentOrderShipPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to goods put at the counter.")
class FulfilmentOrderReadyPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to a hand-over.")
class FulfilmentOrderHandOverPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to a hand-over that failed.")
class FulfilmentOrderUnclaimedPayload(FulfilmentOrderPayload):
    pass


@strawberry.type
class StoreDeskQuery:
    @strawberry.field(description="One fulfilment order, for its store and head office.")
    async def fulfilment_order(self, info: Info, id: PartIdArgument) -> FulfilmentOrder:
        context = info.context
        fulfilment = await store_desk.find(context.world.fulfilling, context.viewer, id)
        return FulfilmentOrder.of(Placed(fulfilment=fulfilment, part=fulfilment.part(id)))

    @strawberry.field(description="A store's fulfilment orders, those of the oldest order first.")
    async def fulfilment_queue(
        self,
        info: Info,
        store_id: StoreIdArgument,
        states: StatesArgument = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[FulfilmentOrder]:
        context = info.context
        page = await store_desk.queue(
            context.world.fulfilling,
            context.viewer,
            StoreId(store_id),
            states or WORKING,
            PageRequest(first=first, after=after),
        )
        return connection(page, FulfilmentOrder.of)


@strawberry.type
class StoreDeskMutation:
    @mutation("Take a fulfilment order on, or go on with one that was held.")
    async def fulfilment_order_accept(
        self, info: Info, id: PartIdArgument
    ) -> FulfilmentOrderAcceptPayload:
        context = info.context
        fulfilment = await store_desk.accept(
            context.world.fulfilling, context.viewer, id, now=context.now
        )
        return FulfilmentOrderAcceptPayload.after(fulfilment, id)

    @mutation("Turn a fulfilment order down; the next store that has the goods is asked at once.")
    async def fulfilment_order_reject(
        self,
        info: Info,
        id: PartIdArgument,
        reason: Annotated[RejectReason, strawberry.argument(description="Why.")],
        note: Annotated[str, strawberry.argument(description="More about it.")] = "",
        missing: Annotated[
            list[SkuUnitsInput] | None,
            strawberry.argument(
                description="Which units are not on the shelf or damaged; by default all of them."
            ),
        ] = None,
    ) -> FulfilmentOrderRejectPayload:
        context = info.context
        fulfilment = await store_desk.reject(
            context.world.fulfilling,
            context.viewer,
            id,
            reason,
            note,
            missing=None if missing is None else units_of(missing, "missing"),
            now=context.now,
        )
        return FulfilmentOrderRejectPayload.after(fulfilment, id)

    @mutation("Let an accepted fulfilment order wait; accept it again to go on.")
    async def fulfilment_order_hold(
        self, info: Info, id: PartIdArgument, reason: ReasonArgument
    ) -> FulfilmentOrderHoldPayload:
        context = info.context
        fulfilment = await store_desk.hold(
            context.world.fulfilling, context.viewer, id, reason, now=context.now
        )
        return FulfilmentOrderHoldPayload.after(fulfilment, id)

    @mutation("Make two of an accepted fulfilment order, so that some units can go first.")
    async def fulfilment_order_split(
        self,
        info: Info,
        id: PartIdArgument,
        units: Annotated[
            list[SkuUnitsInput], strawberry.argument(description="What goes by itself.")
        ],
    ) -> FulfilmentOrderSplitPayload:
        context = info.context
        fulfilment = await store_desk.split(
            context.world.fulfilling,
            context.viewer,
            id,
            units_of(units, "units"),
            now=context.now,
        )
        return FulfilmentOrderSplitPayload.after(fulfilment, id)

    @mutation("Hand the parcel of an accepted fulfilment order to a carrier.")
    async def fulfilment_order_ship(
        self,
        info: Info,
        id: PartIdArgument,
        carrier: Annotated[str, strawberry.argument(description="Who carries it, such as 顺丰.")],
        number: Annotated[str, strawberry.argument(description="The parcel's number there.")],
    ) -> FulfilmentOrderShipPayload:
        context = info.context
        fulfilment = await store_desk.ship(
            context.world.fulfilling,
            context.viewer,
            id,
            carrier=carrier,
            number=number,
            now=context.now,
        )
        return FulfilmentOrderShipPayload.after(fulfilment, id)

    @mutation("Put the goods of a pickup at the counter; the buyer learns of it, and of the code.")
    async def fulfilment_order_ready(
        self, info: Info, id: PartIdArgument
    ) -> FulfilmentOrderReadyPayload:
        context = info.context
        fulfilment = await store_desk.ready(
            context.world.fulfilling,
            context.viewer,
            id,
            code=context.world.new_pickup_code(),
            now=context.now,
        )
        return FulfilmentOrderReadyPayload.after(fulfilment, id)

    @mutation("Hand the goods of a pickup to whoever shows its code.")
    async def fulfilment_order_hand_over(
        self,
        info: Info,
        id: PartIdArgument,
        code: Annotated[str, strawberry.argument(description="The code that the buyer shows.")],
    ) -> FulfilmentOrderHandOverPayload:
        context = info.context
        fulfilment = await store_desk.hand_over(
            context.world.fulfilling, context.viewer, id, code=code, now=context.now
        )
        return FulfilmentOrderHandOverPayload.after(fulfilment, id)

    @mutation("Tell that a pickup could not be handed over; head office decides what comes of it.")
    async def fulfilment_order_unclaimed(
        self, info: Info, id: PartIdArgument, reason: ReasonArgument
    ) -> FulfilmentOrderUnclaimedPayload:
        context = info.context
        fulfilment = await store_desk.unclaimed(
            context.world.fulfilling, context.viewer, id, reason, now=context.now
        )
        return FulfilmentOrderUnclaimedPayload.after(fulfilment, id)
