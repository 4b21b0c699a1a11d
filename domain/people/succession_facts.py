"""What is said of guides who leave, to whoever follows."""

from datetime import datetime

from domain.kernel.facts import Fact, FactId, FactKind
from domain.people.accounts import GuideId

HANDED_OVER = FactKind("guide.handed_over")
"""A guide leaves, and what would be theirs is their successor's from now on."""


def handed_over(guide_id: GuideId, successor_id: GuideId, at: datetime) -> Fact:
    """That a guide's hand-over is done, which it is once."""
    return Fact(
        id=FactId(f"guide:{guide_id}:handed over"),
        subject=f"guide:{guide_id}",
        kind=HANDED_OVER,
        at=at,
        data={"guide": guide_id, "successor": successor_id},
    )
