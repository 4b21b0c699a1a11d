"""What this group adds to the schema."""

from api.catalogue import pricing, products

QUERIES = (*products.QUERIES, *pricing.QUERIES)
MUTATIONS = (*products.MUTATIONS, *pricing.MUTATIONS)
