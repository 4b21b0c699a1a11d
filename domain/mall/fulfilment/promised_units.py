"""Which units orders hold in stores, and which are just being changed."""

from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.orders.order import Order, OrderState
from domain.mall.routing.routing import Share


def held(order: Order, fulfilment: Fulfilment | None) -> tuple[Share, ...]:
    """What is reserved for an order: by itself, until its fulfilment orders have taken over."""
    if fulfilment is not None and fulfilment.settled and order.state is OrderState.PAID:
        return fulfilment.holds
    return order.holds


def moving(order: Order, fulfilment: Fulfilment | None) -> tuple[Share, ...]:
    """What is just being reserved for it, given back or taken away; it may be done or not."""
    return (*order.moving, *(fulfilment.moving if fulfilment else ()))
