"""What this group adds to the schema."""

from api.insight import boards

QUERIES = boards.QUERIES
MUTATIONS = ()
SUBSCRIPTIONS = boards.SUBSCRIPTIONS
