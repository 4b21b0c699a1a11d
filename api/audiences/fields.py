"""What this group adds to the schema."""

from api.audiences import levels, segments, tags

QUERIES = (*levels.QUERIES, *tags.QUERIES, *segments.QUERIES)
MUTATIONS = (*levels.MUTATIONS, *tags.MUTATIONS, *segments.MUTATIONS)
