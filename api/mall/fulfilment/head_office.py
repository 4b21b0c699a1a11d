"""What head office does with orders that the rules could not bring to an end."""

from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import mutation
from api.mall.fulfilment.after_sale import (
    OrderIdArgument,
    OrderProgressPayload,
    ReasonArgument,
    RequestKey,
)
from api.mall.fulfilment.fulfilment import FulfilmentOrderPayload
from api.mall.fulfilment.progress import OrderProgress
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.mall.fulfilment import after_sale, head_office
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.head_office import ExceptionKind

strawberry.enum(
    ExceptionKind, name="OrderExceptionKind", description="Why an order waits for head office."
)


@strawberry.type(description="One thing that head office has to decide.")
class OrderException:
    kind: ExceptionKind = strawberry.field(description="What is the matter.")
    subject: strawberry.ID = strawberry.field(
        description="The id of the fulfilment order or the refund that it is about."
    )


@strawberry.type(description="An order of which something waits for head office.")
class ExceptionalOrder:
    exceptions: list[OrderException] = strawberry.field(description="What waits.")
    progress: OrderProgress = strawberry.field(description="How the order stands.")

    @classmethod
    def of(cls, fulfilment: Fulfilment) -> "ExceptionalOrder":
        """Pack an order with what is the matter."""
        return cls(
            exceptions=[
                OrderException(kind=one.kind, subject=strawberry.ID(one.subject))
                for one in head_office.exceptions_of(fulfilment)
            ],
            progress=OrderProgress.of(fulfilment),
        )


@strawberry.type(description="The answer to a manual assignment.")
class FulfilmentOrderAssignPayload(FulfilmentOrderPayload):
    pass


@strawberry.type(description="The answer to a refund.")
class OrderRefundPayload(OrderProgressPayload):
    pass


@strawberry.type(description="The answer to another try of a refund.")
class RefundRetryPayload(OrderProgressPayload):
    pass


@strawberry.type
class HeadOfficeQuery:
    @strawberry.field(
        description="Orders that wait for head office: no store is left, nobody fetched the goods, "
        "or a refund failed. Those of the oldest order first."
    )
    async def order_exceptions(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[ExceptionalOrder]:
        context = info.context
        page = await head_office.exceptions(
            context.world.fulfilling, context.viewer, PageRequest(first=first, after=after)
        )
        return connection(page, ExceptionalOrder.of)


@strawberry.type
class HeadOfficeMutation:
    @mutation(
        "Give a fulfilment order that no store is left for to a store of its region, or route it "
        "by the rules again."
    )
    async def fulfilment_order_assign(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The fulfilment order.")],
        reason: ReasonArgument,
        store_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The store; by default whom the rules choose now."),
        ] = None,
    ) -> FulfilmentOrderAssignPayload:
        context = info.context
        fulfilment = await head_office.assign(
            context.world.fulfilling, context.viewer, id, store_id, reason, now=context.now
        )
        return FulfilmentOrderAssignPayload.after(fulfilment, id)

    @mutation("Pay some of an order back for a reason of head office's own.")
    async def order_refund(
        self,
        info: Info,
        order_id: OrderIdArgument,
        amount_fen: Annotated[int, strawberry.argument(description="How much, in fen.")],
        reason: ReasonArgument,
        idempotency_key: RequestKey,
    ) -> OrderRefundPayload:
        context = info.context
        fulfilment = await after_sale.refund(
            context.world.fulfilling,
            context.viewer,
            order_id,
            Fen(amount_fen),
            reason,
            key=idempotency_key,
            now=context.now,
        )
        return OrderRefundPayload(progress=OrderProgress.of(fulfilment))

    @mutation("Try a failed refund again, once what was in its way is put right.")
    async def refund_retry(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The refund's id.")],
    ) -> RefundRetryPayload:
        context = info.context
        fulfilment = await after_sale.retry_refund(
            context.world.fulfilling, context.viewer, id, now=context.now
        )
        return RefundRetryPayload(progress=OrderProgress.of(fulfilment))
