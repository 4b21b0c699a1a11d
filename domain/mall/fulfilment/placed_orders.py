"""Placed orders as payment and fulfilment see them."""

from dataclasses import dataclass

from domain.kernel.request_keys import RequestKey
from domain.mall.fulfilment.fulfilments import OrderedLine
from domain.mall.fulfilment.ports import Payable
from domain.mall.orders.order import Order, OrderState
from domain.mall.orders.placing import OrderPorts
from domain.mall.orders.settling import cancel_unpaid, settle
from domain.mall.routing.routing import Decision
from domain.mall.stock.pools import OrderId
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrders:
    """The orders that payment sees; see `domain.mall.fulfilment.ports.PayableOrders`."""

    ordering: OrderPorts

    async def payable(self, id: str) -> Payable | None:
        """The order of this id."""
        order = await self.ordering.orders.by_id(OrderId(id))
        return as_payable(order) if order and order.state is not OrderState.PENDING else None

    async def settle(self, act: Act, id: str) -> Decision | None:
        """Mark the order paid and answer which store gives what; None where the goods are gone."""
        return await settle(self.ordering, act, id)

    async def cancel(self, act: Act, id: str, key: RequestKey, reason: str) -> bool:
        """Call off an order that is not paid and give its units back; tell whether it is off."""
        return await cancel_unpaid(self.ordering, act, id, key, reason)


def as_payable(order: Order) -> Payable:
    """A placed order as payment sees it."""
    return Payable(
        id=order.id,
        buyer_id=order.buyer_id,
        region_id=order.region_id,
        lines=tuple(
            OrderedLine(
                sku=line.sku,
                quantity=line.quantity,
                price=line.price,
                name=line.name,
                options=line.options,
                off=line.off,
            )
            for line in order.lines
        ),
        rechecks=order.rechecks,
        total=order.total,
        shipping_fee=order.shipping_fee,
        expires_at=order.expires_at,
        open=order.state is OrderState.PLACED,
        recipient=order.recipient,
        destination=order.destination,
        pickup_store_id=order.pickup_store_id,
        credit=order.credit,
        wishes=order.wishes,
        cancel_key=order.cancel_key,
    )
