"""What this group adds to the schema."""

from api.mall.stock import moving, safety, stock, transfers

QUERIES = (*safety.QUERIES, *transfers.QUERIES, *stock.QUERIES)
MUTATIONS = (*safety.MUTATIONS, *transfers.MUTATIONS, *stock.MUTATIONS, *moving.MUTATIONS)
