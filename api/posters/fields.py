"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.posters.batches import PosterBatchMutation, PosterBatchQuery
from api.posters.templates import PosterMutation, PosterQuery

QUERIES = (
    *fields_of(PosterQuery),
    *fields_of(PosterBatchQuery),
)
MUTATIONS = (
    *fields_of(PosterMutation),
    *fields_of(PosterBatchMutation),
)
