"""What this group adds to the schema."""

from api.people import people, records

QUERIES = (*people.QUERIES, *records.QUERIES)
MUTATIONS = people.MUTATIONS
