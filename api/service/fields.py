"""What this group adds to the schema."""

from api.service import bookings, customers, matching, services

QUERIES = (*services.QUERIES, *bookings.QUERIES, *matching.QUERIES, *customers.QUERIES)
MUTATIONS = (*services.MUTATIONS, *bookings.MUTATIONS)
