"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.mall.storefronts import nearby
from api.mall.storefronts.faces import FacesMutation, FacesQuery
from api.mall.storefronts.storefronts import StorefrontsQuery

QUERIES = (
    *fields_of(FacesQuery),
    *nearby.QUERIES,
    *fields_of(StorefrontsQuery),
)
MUTATIONS = (*fields_of(FacesMutation),)
