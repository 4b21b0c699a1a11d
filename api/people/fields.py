"""What this group adds to the schema."""

from api.people import own_account, people, records, staff

QUERIES = (*people.QUERIES, *staff.QUERIES, *records.QUERIES)
MUTATIONS = (*people.MUTATIONS, *staff.MUTATIONS, *own_account.MUTATIONS)
