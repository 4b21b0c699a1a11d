"""What this group adds to the schema."""

from api.people import keys, own_account, people, records, single_sign_on, staff, successions

QUERIES = (*people.QUERIES, *staff.QUERIES, *keys.QUERIES, *records.QUERIES, *successions.QUERIES)
MUTATIONS = (
    *people.MUTATIONS,
    *staff.MUTATIONS,
    *keys.MUTATIONS,
    *own_account.MUTATIONS,
    *single_sign_on.MUTATIONS,
    *successions.MUTATIONS,
)
