"""A buyer's own orders, as they look at them."""

from collections.abc import Mapping

from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid
from domain.mall.orders.order import Order, OrderState
from domain.mall.orders.placing import OrderPorts
from domain.mall.stock.pools import OrderId
from domain.people.act import Act


async def view(ports: OrderPorts, act: Act, order_id: str) -> Order | None:
    """An order as its buyer may see it; None for anybody else's."""
    act.viewer.require("order.place")
    order = await ports.orders.by_id(OrderId(order_id))
    if order is None or order.buyer_id not in act.viewer.ids or order.state is OrderState.PENDING:
        return None
    return order


async def listed(
    ports: OrderPorts, act: Act, state: OrderState | None, request: PageRequest
) -> Page[Order]:
    """The viewer's own orders, or those of a state, the newest first."""
    act.viewer.require("order.place")
    if state is OrderState.PENDING:
        raise Invalid(
            "Nobody is told of an order while it is placed; ask for another state.", field=["state"]
        )
    return await ports.orders.of_buyer(act.viewer.ids, state, request)


async def counted(ports: OrderPorts, act: Act) -> Mapping[OrderState, int]:
    """How many of the viewer's own orders are in each state."""
    act.viewer.require("order.place")
    return await ports.orders.count_of_buyer(act.viewer.ids)
