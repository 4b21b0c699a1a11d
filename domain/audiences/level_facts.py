"""What is said of levels: that a member has reached a higher one, and until when they hold one."""

from collections.abc import Iterator, Sequence

from domain.audiences.traits import MemberTraits
from domain.kernel.facts import Fact, FactId, FactKind
from domain.kernel.moments import NEVER

LEVEL_GAINED = FactKind("level.gained")
LEVEL_HELD = FactKind("level.held")


def facts_of_traits(before: MemberTraits | None, after: MemberTraits) -> Sequence[Fact]:
    """What a change of a member's traits says."""
    return tuple(_facts(before or MemberTraits(id=after.id), after))


def _facts(before: MemberTraits, after: MemberTraits) -> Iterator[Fact]:
    gained, held = after.gained, after.held
    if gained is not None and before.gained != gained:
        yield Fact(
            id=FactId(f"level:{after.id}:{gained.n}"),
            subject=f"level:{after.id}",
            kind=LEVEL_GAINED,
            at=gained.at,
            data={"member": after.id, "level": gained.level, "before": gained.before},
        )
    if before.held != held:
        yield Fact(
            id=FactId(f"level:{after.id}:held:{held.n}"),
            subject=f"level:{after.id}",
            kind=LEVEL_HELD,
            at=held.since,
            data={
                "member": after.id,
                "level": held.level,
                "until": None if held.until == NEVER else held.until.isoformat(),
            },
        )
