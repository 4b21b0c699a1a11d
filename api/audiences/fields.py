"""What this group adds to the schema."""

from api.audiences import giving, levels, segments, tags

QUERIES = (*levels.QUERIES, *tags.QUERIES, *segments.QUERIES)
MUTATIONS = (*levels.MUTATIONS, *giving.MUTATIONS, *tags.MUTATIONS, *segments.MUTATIONS)
