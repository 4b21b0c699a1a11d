"""Who a buyer is to offers that are for some members alone: their level and their segments."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from domain.audiences.levels import BASE
from domain.audiences.tagging import known_traits
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.ids import PersonId
from domain.people.act import Act
from domain.people.viewer import Role
from domain.promotions.offers import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerStanding:
    """A buyer's level, None for a visitor, and the ids of their segments."""

    level: str | None = None
    segments: frozenset[str] = frozenset()

    def admits(self, offer: Offer) -> bool:
        """Whether an offer is for them too."""
        return offer.eligibility.holds_for(self.level, self.segments)


NOBODY = BuyerStanding()


class ForSome(Protocol):
    """What may be for members of some levels and segments alone; empty excludes nobody."""

    @property
    def levels(self) -> Collection[str]:
        """Codes of levels."""

    @property
    def segments(self) -> Collection[str]:
        """Ids of segments."""


async def viewer_standing(ports: TraitPorts, act: Act, asked: Iterable[ForSome]) -> BuyerStanding:
    """The viewer's standing; nobody's where they are no member."""
    if act.viewer.role is not Role.MEMBER:
        return NOBODY
    return await member_standing(ports, act, act.viewer.id, asked)


async def member_standing(
    ports: TraitPorts, act: Act, member_id: PersonId, asked: Iterable[ForSome]
) -> BuyerStanding:
    """A member's standing, which is looked up only where something asks for it."""
    if not any(one.levels or one.segments for one in asked):
        return BuyerStanding(level=BASE.code)
    known = await known_traits(ports, act, member_id)
    return BuyerStanding(
        level=known.level,
        segments=frozenset(key.rpartition("@")[0] for key in known.segments),
    )
