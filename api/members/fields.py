"""What this group adds to the schema."""

from api.members import members

QUERIES = ()
MUTATIONS = members.MUTATIONS
