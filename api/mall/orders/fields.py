"""What this group adds to the schema."""

from api.mall.orders import carts, orders, searching

QUERIES = (*orders.QUERIES, *searching.QUERIES, *carts.QUERIES)
MUTATIONS = (*orders.MUTATIONS, *carts.MUTATIONS)
