"""What this group adds to the schema."""

from api.service import bookings, services

QUERIES = (*services.QUERIES, *bookings.QUERIES)
MUTATIONS = (*services.MUTATIONS, *bookings.MUTATIONS)
