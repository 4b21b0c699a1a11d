"""What this group adds to the schema."""

from api.learning import judging, sitting, studying, writing

QUERIES = (*writing.QUERIES, *studying.QUERIES, *sitting.QUERIES)
MUTATIONS = (
    *writing.MUTATIONS,
    *judging.MUTATIONS,
    *studying.MUTATIONS,
    *sitting.MUTATIONS,
)
