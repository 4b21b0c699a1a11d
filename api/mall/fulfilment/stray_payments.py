"""Money that fits no order, for head office to look into."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.kernel.paging import PageRequest
from domain.mall.fulfilment import paying
from domain.mall.fulfilment import stray_payments as values
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.stray_payments import StrayKind
from domain.people.act import Act

enum(
    StrayKind,
    "Why money fits no order.",
    name="StrayPaymentKind",
    SECOND_PAYMENT="The order is paid by another payment.",
    UNKNOWN_ORDER="There is no such order.",
    OTHER_AMOUNT="The order costs something else.",
    OTHER_CURRENCY="It is in another currency.",
    OTHER_APP="It was made in another app.",
    UNKNOWN_REFUND="It was paid back, and nobody here had asked for that.",
)


@strawberry.type(description="Money that WeChat Pay told of and that fits no order.")
class StrayPayment(Packed[values.StrayPayment]):
    id: strawberry.ID = strawberry.field(
        description="WeChat Pay's transaction; of an UNKNOWN_REFUND its number."
    )
    order_id: strawberry.ID = strawberry.field(
        description="The order that it was told for; there may be none of this id."
    )
    kind: StrayKind = strawberry.field(description="What does not fit.")
    amount: int = strawberry.field(
        description="How much, in the smallest unit of the currency: fen of CNY."
    )
    currency: str = strawberry.field(description="In which currency, such as CNY.")
    heard_at: datetime = strawberry.field(description="When it was told first.")
    settled_at: datetime | None = strawberry.field(
        description="When somebody said what became of it; null until then."
    )
    reason: str = strawberry.field(description="What became of it; empty until somebody says so.")


@query(
    "Money that fits no order and that nobody has looked into: a second payment of an order, "
    "another amount or currency, an unknown order or refund. The service moves none of it. The "
    "oldest first, for head office."
)
async def stray_payments(
    ports: FulfilmentPorts, act: Act, first: First = 20, after: After = None
) -> Connection[StrayPayment]:
    page = await paying.strays(ports, act, PageRequest(first=first, after=after))
    return connection(page, StrayPayment.of)


@mutation(
    "Say what became of money that fits no order, once it is looked into and given back at WeChat "
    "Pay where that is due; it leaves the list. Said again, it changes nothing.",
    stray_payment="The money, with what was said of it.",
)
async def stray_payment_settle(
    ports: FulfilmentPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id in the list.")],
    reason: Annotated[
        str, strawberry.argument(description="What became of it; at most 200 characters.")
    ],
) -> StrayPayment:
    return StrayPayment.of(await paying.settle_stray(ports, act, id, reason))


QUERIES = (stray_payments,)
MUTATIONS = (stray_payment_settle,)
