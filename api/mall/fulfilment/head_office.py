"""What head office does with orders that the rules could not bring to an end."""

from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from api.mall.fulfilment.after_sale import ReasonArgument
from api.mall.fulfilment.fulfilment import FulfilmentOrderPayload
from api.mall.fulfilment.payments import OrderIdArgument
from api.mall.fulfilment.progress import OrderProgress
from domain.kernel.paging import PageRequest
from domain.mall.fulfilment import head_office, reporting
from domain.mall.fulfilment.attention import ExceptionKind, exceptions_of
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.people.act import Act

enum(
    ExceptionKind,
    "Why an order waits for head office.",
    name="OrderExceptionKind",
    NO_STORE_LEFT="No store is left that could do a part of it.",
    NOT_FETCHED="Nobody came to fetch it.",
    REFUND_FAILED="A refund did not reach the buyer.",
    REFUND_HELD_UP="The provider has something against a refund.",
    SHIPPING_NOT_REPORTED="WeChat would not hear of its shipment.",
)


@strawberry.type(description="One thing that head office has to decide.")
class OrderException:
    kind: ExceptionKind = strawberry.field(description="What is the matter.")
    subject: strawberry.ID = strawberry.field(
        description="The id of the fulfilment order, or the refund, that it is about."
    )
    said: str = strawberry.field(
        description="What WeChat has against it, in its words; else empty."
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
                OrderException(kind=one.kind, subject=strawberry.ID(one.subject), said=one.said)
                for one in exceptions_of(fulfilment)
            ],
            progress=OrderProgress.of(fulfilment),
        )


@query(
    "Orders that wait for head office: no store is left, nobody fetched the goods, a refund failed "
    "or is held up by WeChat Pay, or WeChat did not take the report of a shipment. Those of the "
    "oldest order first."
)
async def order_exceptions(
    ports: FulfilmentPorts, act: Act, first: First = 20, after: After = None
) -> Connection[ExceptionalOrder]:
    page = await head_office.exceptions(ports, act, PageRequest(first=first, after=after))
    return connection(page, ExceptionalOrder.of)


@mutation(
    "Give a fulfilment order that no store is left for to a store of its region, or route it "
    "by the rules again."
)
async def fulfilment_order_assign(
    ports: FulfilmentPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The fulfilment order.")],
    reason: ReasonArgument,
    store_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The store; by default whom the rules choose now."),
    ] = None,
) -> FulfilmentOrderPayload:
    found = await head_office.assign(ports, act, id, store_id, reason)
    return FulfilmentOrderPayload.after(found, id)


@mutation(
    "Tell WeChat once more of a shipment that it did not take (SHIPPING_NOT_REPORTED), or that was "
    "reported by hand meanwhile. It is told within seconds.",
    progress="How the order stands.",
)
async def shipping_report_retry(
    ports: FulfilmentPorts,
    act: Act,
    order_id: OrderIdArgument,
    carrier_code: Annotated[
        str | None,
        strawberry.argument(
            description="WeChat's code of the carrier, such as SF, where its name is not known."
        ),
    ] = None,
) -> OrderProgress:
    return OrderProgress.of(await reporting.report_again(ports, act, order_id, carrier_code))


QUERIES = (order_exceptions,)
MUTATIONS = (fulfilment_order_assign, shipping_report_retry)
