"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.media.asset_changes import AssetChangesMutation
from api.media.assets import AssetMutation, AssetQuery
from api.media.direct_uploads import DirectUploadMutation, DirectUploadQuery
from api.media.uses import UsesQuery

QUERIES = (
    *fields_of(AssetQuery),
    *fields_of(DirectUploadQuery),
    *fields_of(UsesQuery),
)
MUTATIONS = (
    *fields_of(AssetMutation),
    *fields_of(AssetChangesMutation),
    *fields_of(DirectUploadMutation),
)
