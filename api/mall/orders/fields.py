"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.mall.orders.carts import CartMutation, CartQuery
from api.mall.orders.orders import OrderMutation, OrderQuery

QUERIES = (
    *fields_of(OrderQuery),
    *fields_of(CartQuery),
)
MUTATIONS = (
    *fields_of(OrderMutation),
    *fields_of(CartMutation),
)
