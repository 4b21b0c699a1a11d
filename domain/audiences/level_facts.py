"""What is said of levels: that a member has reached a higher one."""

from collections.abc import Sequence

from domain.audiences.traits import MemberTraits
from domain.kernel.facts import Fact, FactId, FactKind

LEVEL_GAINED = FactKind("level.gained")


def facts_of_traits(before: MemberTraits | None, after: MemberTraits) -> Sequence[Fact]:
    """What a change of a member's traits says."""
    gained = after.gained
    if gained is None or (before is not None and before.gained == gained):
        return ()
    fact = Fact(
        id=FactId(f"level:{after.id}:{gained.n}"),
        subject=f"level:{after.id}",
        kind=LEVEL_GAINED,
        at=gained.at,
        data={"member": after.id, "level": gained.level, "before": gained.before},
    )
    return (fact,)
