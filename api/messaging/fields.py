"""What this group adds to the schema."""

from api.messaging import errands, messaging

QUERIES = (*messaging.QUERIES, *errands.QUERIES)
MUTATIONS = (*messaging.MUTATIONS, *errands.MUTATIONS)
