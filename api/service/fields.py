"""What this group adds to the schema."""

from api.service import bookings, customers, erasing, matching, services

QUERIES = (
    *services.QUERIES,
    *bookings.QUERIES,
    *matching.QUERIES,
    *customers.QUERIES,
    *erasing.QUERIES,
)
MUTATIONS = (*services.MUTATIONS, *bookings.MUTATIONS, *erasing.MUTATIONS)
