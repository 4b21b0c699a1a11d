"""What a product costs in a storefront by the offers that hold there for whoever looks.

A shelf and a product's page show it before anything is in a cart; the calculator says the same of
an order of one piece. What asks for a level or a segment is shown to its members alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.catalogue import Channel, Product, Sku
from domain.kernel.money import Fen
from domain.network.stores import Store
from domain.promotions.baskets import BasketLine, Shopper
from domain.promotions.gains import off_goods
from domain.promotions.offers import Offer, OfferKind
from domain.promotions.scopes import Eligibility
from domain.promotions.standing import NOBODY, BuyerStanding

# The kinds that are not claimed.
BY_THEMSELVES = frozenset({OfferKind.GOODS, OfferKind.ORDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPrice:
    """What one piece costs, and by which offer; None where it is the catalogue's price."""

    price: Fen
    offer: Offer | None


def shopper_in(store: Store, at: datetime, standing: BuyerStanding = NOBODY) -> Shopper:
    """Somebody in a store's storefront at a moment."""
    return Shopper(
        at=at,
        channel=Channel.MINI_PROGRAM,
        region_id=store.region_id,
        store_id=store.id,
        level=standing.level,
        segments=standing.segments,
    )


def asked_in(rules: Iterable[Offer], here: Shopper) -> Iterator[Eligibility]:
    """Whom the rules are for that hold in a place."""
    return (one.eligibility for one in rules if one.eligibility.holds_at(here))


class ShownOffers:
    """The offers that hold for somebody in one storefront at one moment, by id."""

    __slots__ = ("_offers",)

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._offers = offers

    @classmethod
    def among(
        cls,
        rules: Iterable[Offer],
        shopper: Shopper,
        *,
        kinds: frozenset[OfferKind] = BY_THEMSELVES,
    ) -> "ShownOffers":
        """Those of the rules that are let out that hold for a shopper."""
        return cls(
            sorted(
                (
                    one
                    for one in rules
                    if one.kind in kinds
                    and one.window.holds(shopper.at)
                    and one.eligibility.holds_at(shopper)
                    and one.eligibility.holds_for(shopper.level, shopper.segments)
                ),
                key=lambda one: one.id,
            )
        )

    def of(self, product: Product) -> Sequence[Offer]:
        """The offers that speak of a product or of some of its variants."""
        skus = {variant.sku for variant in product.variants}
        return [
            one for one in self._offers if one.goods.touches(product.id, product.category, skus)
        ]

    def price(self, product: Product, sku: Sku, price: Fen) -> OfferPrice:
        """What one piece of a SKU costs whose price in the catalogue is this."""
        piece = BasketLine(
            sku=sku, product_id=product.id, category=product.category, quantity=1, price=price
        )
        best, by = Fen(0), None
        for offer in self._offers:
            if offer.kind is OfferKind.GOODS and offer.goods.touches(
                product.id, product.category, {sku}
            ):
                off = off_goods(offer, piece)
                if off > best:
                    best, by = off, offer
        return OfferPrice(price=Fen(price - best), offer=by)
