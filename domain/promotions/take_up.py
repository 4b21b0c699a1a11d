"""Take-up: how far what head office gives is claimed and used, offer by offer."""

from dataclasses import dataclass

from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.people.act import Act
from domain.promotions.budgets import FEN, USES, Spent
from domain.promotions.coupons import Coupons
from domain.promotions.offer_versions import OfferHistory
from domain.promotions.offering import PromotionPorts, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUpPorts(Ports):
    """Offers, what is taken of their budgets, and how many of their coupons are claimed."""

    offers: PromotionPorts
    spent: Spent
    coupons: Coupons


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUp:
    """An offer, how many of its coupons are claimed, and what orders had of its budget.

    What is no coupon has none, and without a budget nothing is counted; nor before its approval.
    """

    offer: OfferHistory
    claimed: int | None
    used: int | None
    fen: Fen | None


async def take_up(ports: TakeUpPorts, act: Act, request: PageRequest) -> Page[TakeUp]:
    """The take-up of all offers, in the order of their ids."""
    page = await listed(ports.offers, act, request)
    newest = {one.id: one.versions[-1].rule for one in page.items}
    totals = {key: rule.claiming.total for key, rule in newest.items() if rule.claiming}
    left = await ports.coupons.left(totals)
    spent = await ports.spent.spent([key for key, rule in newest.items() if rule.budget])

    def counted(offer: OfferHistory) -> TakeUp:
        had = spent.get(offer.id)
        return TakeUp(
            offer=offer,
            claimed=totals[offer.id] - left[offer.id] if offer.id in totals else None,
            used=had[USES] if had else None,
            fen=Fen(had[FEN]) if had else None,
        )

    return page.map(counted)
