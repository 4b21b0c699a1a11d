"""What this group adds to the schema."""

from api.insight import boards, briefs, touchpoints

QUERIES = (*boards.QUERIES, *touchpoints.QUERIES, *briefs.QUERIES)
MUTATIONS = touchpoints.MUTATIONS
SUBSCRIPTIONS = boards.SUBSCRIPTIONS
