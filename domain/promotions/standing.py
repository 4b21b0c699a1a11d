"""Who a buyer is to offers that are for some members alone: their level and their segments."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.audiences.levels import BASE
from domain.audiences.tagging import known_traits
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.ids import PersonId
from domain.people.act import Act
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


async def member_standing(
    ports: TraitPorts, act: Act, member_id: PersonId, offers: Iterable[Offer]
) -> BuyerStanding:
    """A member's standing, which is looked up only where one of the offers asks for it."""
    if not any(one.eligibility.levels or one.eligibility.segments for one in offers):
        return BuyerStanding(level=BASE.code)
    known = await known_traits(ports, act, member_id)
    return BuyerStanding(
        level=known.level,
        segments=frozenset(key.rpartition("@")[0] for key in known.segments),
    )
