"""What this group adds to the schema."""

from api.webhooks import webhooks

QUERIES = webhooks.QUERIES
MUTATIONS = webhooks.MUTATIONS
