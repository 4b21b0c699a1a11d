"""Who the viewer is to the offers and coupons that an order may be priced by."""

from collections.abc import Iterable

from domain.audiences.trait_ports import TraitPorts
from domain.people.act import Act
from domain.promotions.offers import Coupon, Offer
from domain.promotions.standing import BuyerStanding, viewer_standing


async def standing_of(
    ports: TraitPorts, act: Act, offers: Iterable[Offer], coupons: Iterable[Coupon]
) -> BuyerStanding:
    """The viewer's standing, which is looked up only where an offer or a coupon asks for it."""
    rules = [*offers, *(one.offer for one in coupons)]
    return await viewer_standing(ports, act, [one.eligibility for one in rules])
