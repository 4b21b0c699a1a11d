"""What this group adds to the schema."""

from api.mall.orders import carts, orders

QUERIES = (*orders.QUERIES, *carts.QUERIES)
MUTATIONS = (*orders.MUTATIONS, *carts.MUTATIONS)
