"""What this group adds to the schema."""

from api.network import store_changes, stores

QUERIES = stores.QUERIES
MUTATIONS = (*store_changes.MUTATIONS, *stores.MUTATIONS)
