"""What this group adds to the schema."""

from api.mall.storefronts import layers, nearby, policy, storefronts

QUERIES = (*layers.QUERIES, *policy.QUERIES, *nearby.QUERIES, *storefronts.QUERIES)
MUTATIONS = (*layers.MUTATIONS, *policy.MUTATIONS)
