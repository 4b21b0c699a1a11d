"""Who a buyer is to offers that are for some members alone: their level and their segments."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.audiences.levels import BASE
from domain.audiences.tagging import known_traits
from domain.audiences.trait_ports import TraitPorts
from domain.people.act import Act
from domain.people.viewer import Role
from domain.promotions.offers import Coupon, Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerStanding:
    """A buyer's level, None for a visitor, and the ids of their segments."""

    level: str | None = None
    segments: frozenset[str] = frozenset()


NOBODY = BuyerStanding()


async def standing_of(
    ports: TraitPorts, act: Act, offers: Iterable[Offer], coupons: Iterable[Coupon]
) -> BuyerStanding:
    """The viewer's standing, which is looked up only where an offer or a coupon asks for it."""
    rules = [*offers, *(one.offer for one in coupons)]
    asked = any(one.eligibility.levels or one.eligibility.segments for one in rules)
    if act.viewer.role is not Role.MEMBER:
        return NOBODY
    if not asked:
        return BuyerStanding(level=BASE.code)
    known = await known_traits(ports, act, act.viewer.id)
    return BuyerStanding(
        level=known.level,
        segments=frozenset(key.rpartition("@")[0] for key in known.segments),
    )
