"""How the review of a version stands, for every group that has versions."""

import strawberry

from domain.kernel.version_reviews import VersionState as VersionState

strawberry.enum(
    VersionState, description="Where one version of an offer, or of a template, stands."
)
