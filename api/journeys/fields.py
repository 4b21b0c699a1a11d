"""What this group adds to the schema."""

from api.journeys import journeys, marketing

QUERIES = (*journeys.QUERIES, *marketing.QUERIES)
MUTATIONS = (*journeys.MUTATIONS, *marketing.MUTATIONS)
