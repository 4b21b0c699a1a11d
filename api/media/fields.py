"""What this group adds to the schema."""

from api.media import asset_changes, assets, direct_uploads, uses

QUERIES = (*assets.QUERIES, *direct_uploads.QUERIES, *uses.QUERIES)
MUTATIONS = (*assets.MUTATIONS, *asset_changes.MUTATIONS, *direct_uploads.MUTATIONS)
