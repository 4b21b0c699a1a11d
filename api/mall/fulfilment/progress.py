"""How an order goes on after it was placed."""

from datetime import datetime

import strawberry

from api.kernel.context import Load
from api.kernel.operations import added_to, field, query
from api.kernel.packing import pack
from api.mall.fulfilment.fulfilment import FulfilmentOrder, FulfilmentStep, SkuUnits
from api.mall.fulfilment.payments import OrderIdArgument, Payment
from api.mall.orders.orders import Order
from api.network.stores import Store, store_shown
from api.sharing.credits import Credit
from domain.mall.fulfilment.beginning import before_payment
from domain.mall.fulfilment.following import follow, fulfilments_by_ids
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.placed_orders import as_payable
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.returns import Return, ReturnState
from domain.mall.fulfilment.summary import OrderSummary, summary
from domain.people.act import Act

strawberry.enum(ReturnState, description="Where a return stands.")
strawberry.enum(
    OrderSummary,
    name="OrderProgressState",
    description="Where an order stands on the whole; a cancelled one was called off, not paid in "
    "time, or paid back whole.",
)


@strawberry.type(description="Units that a buyer brings or sends back to a store.")
class OrderReturn:
    value: strawberry.Private[Return]
    id: strawberry.ID = strawberry.field(description="The return's id.")
    state: ReturnState = strawberry.field(description="Where it stands.")
    reason: str = strawberry.field(description="Why, in the buyer's words.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    lines: list[SkuUnits] = strawberry.field(description="What comes back.")
    damaged: list[SkuUnits] = strawberry.field(
        description="What the inspection found damaged; the rest of an accepted return is on sale."
    )
    refund_id: strawberry.ID | None = strawberry.field(
        description="The refund for it; null where there is none."
    )

    @classmethod
    def of(cls, one: Return) -> "OrderReturn":
        """Pack a return."""
        return pack(
            cls, one, lines=SkuUnits.all_of(one.units), damaged=SkuUnits.all_of(one.damaged)
        )

    @field("The store that takes it.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.value.store_id)


@strawberry.type(description="How an order goes on after it was placed.")
class OrderProgress:
    value: strawberry.Private[Fulfilment]
    order_id: strawberry.ID = strawberry.field(description="The order.")
    version: int = strawberry.field(
        description="Counts the changes of this progress; 0 until its payment is started."
    )
    state: OrderSummary = strawberry.field(description="Where it stands on the whole.")
    payment: Payment = strawberry.field(description="Its payment.")
    fulfilment_orders: list[FulfilmentOrder] = strawberry.field(
        description="What stores were asked to do, those that others took the place of too."
    )
    returns: list[OrderReturn] = strawberry.field(description="What came back, oldest first.")
    credit: Credit | None = strawberry.field(
        description="The guide who is credited for it; null where nobody is."
    )

    @classmethod
    def of(cls, fulfilment: Fulfilment) -> "OrderProgress":
        """Pack an order's fulfilment."""
        return pack(
            cls,
            fulfilment,
            order_id=strawberry.ID(fulfilment.id),
            state=summary(fulfilment),
            fulfilment_orders=FulfilmentOrder.all_of(fulfilment),
        )

    @strawberry.field(description="Every step of its payment, parts, refunds and returns.")
    def history(self) -> list[FulfilmentStep]:
        return [FulfilmentStep.of(step) for step in self.value.history]


@added_to(
    Order,
    "Its payment, its fulfilment orders and what came of them, from the moment it is placed.",
)
async def progress(self: Order, load: Load) -> OrderProgress:
    found = await load(fulfilments_by_ids, str(self.id))
    return OrderProgress.of(found or before_payment(as_payable(self.value)))


@query(
    "How an order goes on from the moment it is placed, for its buyer, the guide credited with it, "
    "the stores that were asked, and head office."
)
async def order_progress(
    ports: FulfilmentPorts, act: Act, order_id: OrderIdArgument
) -> OrderProgress:
    return OrderProgress.of(await follow(ports, act, order_id))


QUERIES = (order_progress,)
