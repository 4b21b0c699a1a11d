"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.sharing.share import ShareMutation, ShareQuery

QUERIES = (*fields_of(ShareQuery),)
MUTATIONS = (*fields_of(ShareMutation),)
