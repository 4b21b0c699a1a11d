"""What this group adds to the schema."""

from api.members import me, members

QUERIES = me.QUERIES
MUTATIONS = (*members.MUTATIONS, *me.MUTATIONS)
