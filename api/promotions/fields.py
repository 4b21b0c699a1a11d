"""What this group adds to the schema."""

from api.promotions import offers

QUERIES = offers.QUERIES
MUTATIONS = offers.MUTATIONS
