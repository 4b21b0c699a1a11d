"""Orders as stores and head office look for them."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.money import Money
from api.kernel.operations import field, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.mall.orders.orders import OrderLine
from api.network.stores import Store, store_shown
from domain.kernel.paging import PageRequest
from domain.mall.orders import order as values
from domain.mall.orders import searching
from domain.mall.orders.order import OrderState
from domain.mall.orders.searching import OrderSearch, OrderSearchPorts
from domain.people.act import Act


@strawberry.type(description="An order that was looked for; who gets it, its stores see.")
class FoundOrder(Packed[values.Order]):
    value: strawberry.Private[values.Order]
    id: strawberry.ID = strawberry.field(description="The order's number.")
    state: OrderState = strawberry.field(description="Where it stands.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    buyer_id: strawberry.ID = strawberry.field(description="The member or visitor who placed it.")

    @strawberry.field(description="What was bought.")
    def lines(self) -> list[OrderLine]:
        return [OrderLine.of(line) for line in self.value.lines]

    @strawberry.field(description="What is to be paid for all of it, the shipping included.")
    def total(self) -> Money:
        return Money(fen=self.value.total)

    @field("The storefront that it was ordered in.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.value.store_id)

    @field("The store where it is picked up; null if it is sent.")
    async def pickup_store(self, load: Load) -> Store | None:
        store_id = self.value.pickup_store_id
        return await store_shown(load, store_id) if store_id else None


@strawberry.input(description="Which orders are looked for: storeId, phone or both, and more.")
class OrderSearchInput:
    store_id: strawberry.ID | None = strawberry.field(
        description="The storefront that they were ordered in; only head office leaves it out.",
        default=None,
    )
    phone: str | None = strawberry.field(
        description="The number of the member who ordered, in any spelling.", default=None
    )
    state: OrderState | None = strawberry.field(
        description="Those that stand so; null for all that were placed.", default=None
    )
    first_day: str | None = strawberry.field(
        description="Placed on this day of Beijing or later, such as 2026-11-01.", default=None
    )
    last_day: str | None = strawberry.field(
        description="Placed on this day of Beijing or earlier.", default=None
    )

    def value(self) -> OrderSearch:
        """What is looked for, as the domain knows it."""
        return OrderSearch(
            store_id=self.store_id,
            phone=self.phone,
            state=self.state,
            first_day=self.first_day,
            last_day=self.last_day,
        )


@query("Orders by storefront, buyer's number, state and days, the newest first.")
async def order_search(
    ports: OrderSearchPorts,
    act: Act,
    search: Annotated[
        OrderSearchInput, strawberry.argument(description="Which orders are looked for.")
    ],
    first: First = 20,
    after: After = None,
) -> Connection[FoundOrder]:
    request = PageRequest(first=first, after=after)
    return connection(await searching.search(ports, act, search.value(), request), FoundOrder.of)


QUERIES = (order_search,)
