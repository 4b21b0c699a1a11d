"""What this group adds to the schema."""

from api.catalogue.pricing import PricingMutation, PricingQuery
from api.catalogue.products import CatalogueMutation, CatalogueQuery
from api.kernel.operations import fields_of

QUERIES = (
    *fields_of(CatalogueQuery),
    *fields_of(PricingQuery),
)
MUTATIONS = (
    *fields_of(CatalogueMutation),
    *fields_of(PricingMutation),
)
