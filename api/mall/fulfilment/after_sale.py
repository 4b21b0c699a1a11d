"""Cancelling and returning."""

from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.payloads import Payload, mutation
from api.mall.fulfilment.fulfilment import SkuUnitsInput, units_of
from api.mall.fulfilment.progress import OrderProgress
from domain.kernel.money import Fen
from domain.mall.fulfilment import after_sale
from domain.mall.fulfilment.fulfilments import Fulfilment

OrderIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The order's id.")]
ReturnIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The return's id.")]
RequestKey = Annotated[
    str,
    strawberry.argument(
        description="A text of your own for this request, such as a UUID. Sent again with the same "
        "key, it is done once."
    ),
]
ReasonArgument = Annotated[str, strawberry.argument(description="Why; at most 200 characters.")]


@strawberry.type(description="What every action on a placed order answers.")
class OrderProgressPayload(Payload):
    """Each action has a payload of its own that inherits from this one."""

    progress: OrderProgress | None = strawberry.field(
        description="How the order goes on now.", default=None
    )


@strawberry.type(description="The answer to a cancellation.")
class OrderCancelPayload(OrderProgressPayload):
    pass


@strawberry.type(description="The answer to a request to return goods.")
class ReturnRequestPayload(OrderProgressPayload):
    pass


@strawberry.type(description="The answer to a return that is called off.")
class ReturnCancelPayload(OrderProgressPayload):
    pass


@strawberry.type(description="The answer to goods received.")
class ReturnReceivePayload(OrderProgressPayload):
    pass


@strawberry.type(description="The answer to an inspection that takes the goods.")
class ReturnAcceptPayload(OrderProgressPayload):
    pass


@strawberry.type(description="The answer to an inspection that hands the goods back.")
class ReturnRefusePayload(OrderProgressPayload):
    pass


def _progress(fulfilment: Fulfilment | None) -> OrderProgress | None:
    return OrderProgress.of(fulfilment) if fulfilment else None


@strawberry.type
class AfterSaleMutation:
    @mutation(
        "Call off an order that is not paid, or units of one that is and get them paid back: the "
        "buyer until a store has accepted, head office until they are on their way."
    )
    async def order_cancel(
        self,
        info: Info,
        order_id: OrderIdArgument,
        reason: ReasonArgument,
        idempotency_key: RequestKey,
        units: Annotated[
            list[SkuUnitsInput] | None,
            strawberry.argument(description="Which units; by default all that are left."),
        ] = None,
    ) -> OrderCancelPayload:
        context = info.context
        mall = context.world.fulfilling
        await after_sale.cancel(
            mall,
            context.viewer,
            order_id,
            None if units is None else units_of(units, "units"),
            reason,
            key=idempotency_key,
            now=context.now,
        )
        return OrderCancelPayload(progress=_progress(await mall.fulfilments.by_id(order_id)))

    @mutation("Ask to return goods that were sent or handed over, to any store of the brand.")
    async def return_request(
        self,
        info: Info,
        order_id: OrderIdArgument,
        store_id: Annotated[
            strawberry.ID, strawberry.argument(description="The store that takes them.")
        ],
        units: Annotated[list[SkuUnitsInput], strawberry.argument(description="What comes back.")],
        reason: ReasonArgument,
        idempotency_key: RequestKey,
    ) -> ReturnRequestPayload:
        context = info.context
        fulfilment = await after_sale.request_return(
            context.world.fulfilling,
            context.world.reference.now(),
            context.viewer,
            order_id,
            units_of(units, "units"),
            store_id,
            reason,
            key=idempotency_key,
            now=context.now,
        )
        return ReturnRequestPayload(progress=_progress(fulfilment))

    @mutation("Keep the goods after all.")
    async def return_cancel(self, info: Info, id: ReturnIdArgument) -> ReturnCancelPayload:
        context = info.context
        fulfilment = await after_sale.call_off_return(
            context.world.fulfilling, context.viewer, id, now=context.now
        )
        return ReturnCancelPayload(progress=_progress(fulfilment))

    @mutation("Take returned goods into the store.")
    async def return_receive(self, info: Info, id: ReturnIdArgument) -> ReturnReceivePayload:
        context = info.context
        fulfilment = await after_sale.receive_return(
            context.world.fulfilling, context.viewer, id, now=context.now
        )
        return ReturnReceivePayload(progress=_progress(fulfilment))

    @mutation(
        "Accept returned goods after inspection: those not damaged are on sale there again, and "
        "the buyer is paid back."
    )
    async def return_accept(
        self,
        info: Info,
        id: ReturnIdArgument,
        damaged: Annotated[
            list[SkuUnitsInput] | None,
            strawberry.argument(description="Which units can't be sold again."),
        ] = None,
        amount_fen: Annotated[
            int | None,
            strawberry.argument(description="What is paid back; by default what was paid."),
        ] = None,
        note: Annotated[
            str, strawberry.argument(description="Needed where less is paid back.")
        ] = "",
    ) -> ReturnAcceptPayload:
        context = info.context
        fulfilment = await after_sale.accept_return(
            context.world.fulfilling,
            context.viewer,
            id,
            damaged=units_of(damaged or [], "damaged"),
            amount=None if amount_fen is None else Fen(amount_fen),
            note=note,
            now=context.now,
        )
        return ReturnAcceptPayload(progress=_progress(fulfilment))

    @mutation("Hand returned goods back to the buyer after inspection; nothing is paid back.")
    async def return_refuse(
        self, info: Info, id: ReturnIdArgument, reason: ReasonArgument
    ) -> ReturnRefusePayload:
        context = info.context
        fulfilment = await after_sale.refuse_return(
            context.world.fulfilling, context.viewer, id, reason, now=context.now
        )
        return ReturnRefusePayload(progress=_progress(fulfilment))
