"""What this group adds to the schema."""

from api.sharing import guides, share_links

QUERIES = (*share_links.QUERIES, *guides.QUERIES)
MUTATIONS = share_links.MUTATIONS
