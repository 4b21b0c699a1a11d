"""What offers make of products before anything is in a cart."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Variant
from api.kernel.money import Money
from api.kernel.operations import query
from api.kernel.packing import Packed
from api.promotions.coupons import ClaimableCoupon
from api.promotions.offers import EFFECTS, Effect
from domain.people.act import Act
from domain.promotions import offers as rules
from domain.promotions import product_offers as pages
from domain.promotions.offering import PromotionPorts
from domain.promotions.offers import OfferKind


@strawberry.type(description="An offer that holds for the viewer in a storefront.")
class ShownOffer(Packed[rules.Offer]):
    value: strawberry.Private[rules.Offer]
    id: strawberry.ID = strawberry.field(description="The offer's id.")
    name: str = strawberry.field(description="What buyers read, such as 双十一满300减50.")
    kind: OfferKind = strawberry.field(
        description="Whether it is for single goods or for the order."
    )

    @strawberry.field(description="Until before when it holds.")
    def ends_at(self) -> datetime:
        return self.value.window.ends_at

    @strawberry.field(description="What it does.")
    def effect(self) -> Effect:
        packed: Effect = EFFECTS[type(self.value.effect)].of(self.value.effect)
        return packed


@strawberry.type(description="What one piece of a variant costs in a storefront.")
class VariantOfferPrice:
    variant: Variant = strawberry.field(description="What is bought.")
    offer_price: Money = strawberry.field(
        description="What one piece costs by the best offer on it; the variant's price without one."
    )
    offer: ShownOffer | None = strawberry.field(description="That offer; null where there is none.")


@strawberry.type(description="What a product's page says of offers in a storefront.")
class ProductOffers:
    offer_price_from: Money = strawberry.field(description="What its cheapest variant costs.")
    variants: list[VariantOfferPrice] = strawberry.field(description="Each variant's price.")
    offers: list[ShownOffer] = strawberry.field(
        description="The offers that speak of it, by id, those for an order among them."
    )
    coupons: list[ClaimableCoupon] = strawberry.field(
        description="The coupons that may be claimed now and used for it there."
    )

    @classmethod
    def of(cls, page: pages.ProductOffers) -> "ProductOffers":
        """Pack what offers make of a product."""
        return cls(
            offer_price_from=Money(fen=page.price_from),
            variants=[
                VariantOfferPrice(
                    variant=Variant(value=variant, owner=page.product),
                    offer_price=Money(fen=found.price),
                    offer=ShownOffer.of(found.offer) if found.offer else None,
                )
                for variant, found in page.prices
            ],
            offers=[ShownOffer.of(one) for one in page.offers],
            coupons=[ClaimableCoupon.of(one) for one in page.coupons],
        )


@query(
    "What offers make of a product in a storefront, before anything is in a cart: prices of single "
    "pieces, labels and coupons, for the viewer; null where there is no such product for sale.",
    public=True,
)
async def product_offers(
    ports: PromotionPorts,
    act: Act,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The shop's code.")],
    product_id: Annotated[strawberry.ID, strawberry.argument(description="The product's code.")],
) -> ProductOffers | None:
    found = await pages.product_offers(ports, act, store_id, product_id)
    return ProductOffers.of(found) if found else None


QUERIES = (product_offers,)
