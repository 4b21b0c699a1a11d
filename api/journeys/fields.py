"""What this group adds to the schema."""

from api.journeys import journeys

QUERIES = journeys.QUERIES
MUTATIONS = journeys.MUTATIONS
