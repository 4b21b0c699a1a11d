"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.network import store_changes, stores

QUERIES = stores.QUERIES
MUTATIONS = (
    *store_changes.MUTATIONS,
    *fields_of(store_changes.StoreMoveMutation),
    *stores.MUTATIONS,
)
