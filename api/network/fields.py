"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.network.store_changes import StoreChangesMutation
from api.network.stores import StoresMutation, StoresQuery

QUERIES = (*fields_of(StoresQuery),)
MUTATIONS = (
    *fields_of(StoreChangesMutation),
    *fields_of(StoresMutation),
)
