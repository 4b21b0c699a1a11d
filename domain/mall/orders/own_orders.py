"""A buyer's own orders, as they look at them."""

from domain.kernel.paging import Page, PageRequest
from domain.mall.orders.order import Order, OrderState
from domain.mall.orders.placing import OrderPorts
from domain.mall.stock.pools import OrderId
from domain.people.act import Act


async def view(ports: OrderPorts, act: Act, order_id: str) -> Order | None:
    """An order as its buyer may see it; None for anybody else's."""
    act.viewer.require("order.place")
    order = await ports.orders.by_id(OrderId(order_id))
    if order is None or order.buyer_id != act.viewer.id or order.state is OrderState.PENDING:
        return None
    return order


async def listed(ports: OrderPorts, act: Act, request: PageRequest) -> Page[Order]:
    """The viewer's own orders, the newest first."""
    act.viewer.require("order.place")
    return await ports.orders.of_buyer(act.viewer.id, request)
