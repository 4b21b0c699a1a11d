"""What this group adds to the schema."""

from api.promotions import coupons, offers

QUERIES = (*offers.QUERIES, *coupons.QUERIES)
MUTATIONS = (*offers.MUTATIONS, *coupons.MUTATIONS)
