"""What is said of errands: how much of what guides were asked to send has gone."""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.facts import Fact, FactId, FactKind
from domain.messaging.errands import Errand

ERRAND_SENT = FactKind("errand.sent")
"""A guide has confirmed something: it went to so many more."""


def sent_more(before: Errand, after: Errand, at: datetime) -> Sequence[Fact]:
    """That an errand went to more friends or groups than was known before."""
    if after.sent == before.sent:
        return ()
    fact = Fact(
        id=FactId(f"errand:{after.id}:{after.version}"),
        subject=f"errand:{after.id}",
        kind=ERRAND_SENT,
        at=at,
        data={
            "errand": after.id,
            "kind": after.kind.value,
            "guide": after.guide_id,
            "store": after.store_id,
            "askedBy": after.asked_by,
            "askedAt": (after.asked_at or at).isoformat(),
            "sent": after.sent - before.sent,
        },
    )
    return (fact,)
