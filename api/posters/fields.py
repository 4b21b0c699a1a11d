"""What this group adds to the schema."""

from api.posters import batches, templates

QUERIES = (*templates.QUERIES, *batches.QUERIES)
MUTATIONS = (*templates.MUTATIONS, *batches.MUTATIONS)
