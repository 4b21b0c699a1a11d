"""How an order goes on after it was placed."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import added_to, field, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.mall.fulfilment.fulfilment import FulfilmentOrder, FulfilmentStep, SkuUnits
from api.mall.fulfilment.payments import OrderIdArgument, Payment
from api.mall.orders.orders import Order
from api.network.stores import Store, store_shown
from api.sharing.credits import Credit
from domain.kernel.paging import PageRequest
from domain.mall.fulfilment import store_desk
from domain.mall.fulfilment.beginning import before_payment
from domain.mall.fulfilment.following import follow, fulfilments_by_ids
from domain.mall.fulfilment.fulfilments import Fulfilment, PlacedReturn
from domain.mall.fulfilment.placed_orders import as_payable
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.returns import Return, ReturnState
from domain.mall.fulfilment.summary import OrderSummary, summary
from domain.people.act import Act

enum(
    ReturnState,
    "Where a return stands.",
    REQUESTED="The goods are expected.",
    RECEIVED="The goods are in the store, to be looked at.",
    ACCEPTED="The store took them back.",
    REFUSED="The store does not take them back.",
    CANCELLED="It was called off before the goods came.",
)
enum(
    OrderSummary,
    "Where an order stands on the whole.",
    name="OrderProgressState",
    UNPAID="It waits for its payment.",
    PREPARING="Stores are getting it ready.",
    READY="It waits to be fetched.",
    PART_DONE="Some of it was sent or fetched.",
    DONE="All of it was sent or fetched.",
    CANCELLED="It was called off, not paid in time, or paid back whole.",
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


@strawberry.type(description="A return as the store that takes it sees it.")
class StoreReturn:
    order_id: strawberry.ID = strawberry.field(description="The order that it is of.")
    of_order: OrderReturn = strawberry.field(name="return", description="The return.")

    @classmethod
    def of(cls, placed: PlacedReturn) -> "StoreReturn":
        """Pack a return."""
        return cls(
            order_id=strawberry.ID(placed.fulfilment.id),
            of_order=OrderReturn.of(placed.returned),
        )


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


@query("Returns that come to a store, those of the oldest order first.")
async def return_queue(
    ports: FulfilmentPorts,
    act: Act,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The store's code.")],
    states: Annotated[
        list[ReturnState] | None,
        strawberry.argument(description="Only those in these states; by default that need work."),
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[StoreReturn]:
    request = PageRequest(first=first, after=after)
    page = await store_desk.returns(ports, act, store_id, states or (), request)
    return connection(page, StoreReturn.of)


QUERIES = (order_progress, return_queue)
