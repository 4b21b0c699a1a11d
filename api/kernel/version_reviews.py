"""How the review of a version stands, for every group that has versions."""

from api.kernel.enums import enum
from domain.kernel.version_reviews import VersionState as VersionState

enum(
    VersionState,
    "Where one version of an offer, or of a template, stands.",
    DRAFT="It is being written.",
    IN_REVIEW="It waits for its reviewer.",
    APPROVED="It was approved.",
    REJECTED="It was sent back, and never returns.",
    WITHDRAWN="It was approved, and was taken back for good.",
)
