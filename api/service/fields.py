"""What this group adds to the schema."""

from api.service import bookings, matching, services

QUERIES = (*services.QUERIES, *bookings.QUERIES, *matching.QUERIES)
MUTATIONS = (*services.MUTATIONS, *bookings.MUTATIONS)
