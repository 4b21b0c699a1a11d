"""What this group adds to the schema."""

from api.contact import contact, friend_figures, groups, handing_over, inviting, sidebar

QUERIES = (
    *contact.QUERIES,
    *groups.QUERIES,
    *friend_figures.QUERIES,
    *handing_over.QUERIES,
    *sidebar.QUERIES,
)
MUTATIONS = (
    *contact.MUTATIONS,
    *groups.MUTATIONS,
    *handing_over.MUTATIONS,
    *inviting.MUTATIONS,
    *sidebar.MUTATIONS,
)
