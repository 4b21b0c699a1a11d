"""What this group adds to the schema."""

from api.messaging import messaging

QUERIES = messaging.QUERIES
MUTATIONS = messaging.MUTATIONS
