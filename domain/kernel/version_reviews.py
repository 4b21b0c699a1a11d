"""The review of a version that never changes: of an offer, of a template's design, and the like."""

from enum import StrEnum

from domain.kernel.states import Machine


class VersionState(StrEnum):
    """Where one version stands."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


def version_review(kind: str) -> Machine[VersionState]:
    """The one way of versions of some kind: what was sent back or withdrawn never returns."""
    return Machine(
        kind,
        begins=frozenset({VersionState.DRAFT}),
        next={
            VersionState.DRAFT: frozenset({VersionState.IN_REVIEW}),
            VersionState.IN_REVIEW: frozenset({VersionState.APPROVED, VersionState.REJECTED}),
            VersionState.APPROVED: frozenset({VersionState.WITHDRAWN}),
            VersionState.REJECTED: frozenset(),
            VersionState.WITHDRAWN: frozenset(),
        },
    )
