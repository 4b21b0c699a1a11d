"""What this group adds to the schema."""

from api.members import feeds, me, members, purchase_feeds, staff

QUERIES = (*me.QUERIES, *staff.QUERIES)
MUTATIONS = (
    *members.MUTATIONS,
    *me.MUTATIONS,
    *staff.MUTATIONS,
    *feeds.MUTATIONS,
    *purchase_feeds.MUTATIONS,
)
