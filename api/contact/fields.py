"""What this group adds to the schema."""

from api.contact import contact, friend_figures, handing_over, sidebar

QUERIES = (*contact.QUERIES, *friend_figures.QUERIES, *handing_over.QUERIES, *sidebar.QUERIES)
MUTATIONS = (*contact.MUTATIONS, *handing_over.MUTATIONS)
