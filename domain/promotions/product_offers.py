"""What a product's page says of offers in a storefront."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.catalogue.catalogue import Product, ProductId, Variant
from domain.kernel.money import Fen
from domain.people.act import Act
from domain.promotions.offering import PromotionPorts
from domain.promotions.offers import COUPON_KINDS, ClaimWay, Offer
from domain.promotions.shown_offers import OfferPrice, ShownOffers, asked_in, shopper_in
from domain.promotions.standing import viewer_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductOffers:
    """Each variant's price by the offers that hold for the viewer, and what else speaks of it."""

    product: Product
    prices: Sequence[tuple[Variant, OfferPrice]]
    offers: Sequence[Offer]
    coupons: Sequence[Offer]

    @property
    def price_from(self) -> Fen:
        """What the cheapest variant costs."""
        return min(found.price for _, found in self.prices)


async def product_offers(
    ports: PromotionPorts, act: Act, store_id: str, product_id: str
) -> ProductOffers | None:
    """What offers make of a product that is for sale to the viewer; None where it is not."""
    store = ports.directory.directory().store(store_id)
    catalogue = ports.catalogue.catalogue()
    product = catalogue.products.get(ProductId(product_id))
    if product is None or not product.on_shelf(act.at):
        return None
    rules = list(ports.source.promotions().rules_at(act.at))
    asked = asked_in(rules, shopper_in(store, act.at))
    standing = await viewer_standing(ports.traits, act, asked)
    viewer = shopper_in(store, act.at, standing)
    shown = ShownOffers.among(rules, viewer)
    to_claim = [one for one in rules if one.claimed_by(ClaimWay.OPEN)]
    coupons = ShownOffers.among(to_claim, viewer, kinds=frozenset(COUPON_KINDS))
    return ProductOffers(
        product=product,
        prices=[
            (
                one,
                shown.price(product, one.sku, catalogue.price_at(one.sku, act.at).amount),
            )
            for one in product.variants
        ],
        offers=shown.of(product),
        coupons=coupons.of(product),
    )
