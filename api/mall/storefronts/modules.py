"""The modules of a storefront."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from api.catalogue.catalogue import Product, Variant
from api.content.post_types import Post
from api.kernel.context import Load
from api.kernel.money import Money
from api.kernel.operations import field
from api.kernel.packing import Packed, pack
from api.mall.storefronts.storefront_enums import Audience, LayerLevel, TargetKind
from api.media.asset_types import Asset, usable_asset_of
from api.promotions.coupons import ClaimableCoupon
from api.promotions.shown_offers import ShownOffer
from api.sharing.guides import Guide
from domain.content.bank import ContentPorts
from domain.mall.faces import cascade, shelves
from domain.mall.faces import modules as faces
from domain.mall.faces.layers import LayerId, level_of, owner_of
from domain.mall.storefronts.content_shelf import shelf_posts
from domain.mall.storefronts.guide_cards import guide_shown
from domain.mall.storefronts.pages import StorefrontPage, StorefrontPorts
from domain.people.act import Act
from domain.promotions import claiming
from domain.promotions.claiming import CouponPorts


@strawberry.type(description="Which layer said something: the brand's, a region's or a store's.")
class LayerName:
    id: strawberry.ID = strawberry.field(description="brand, region:ID or store:ID.")
    level: LayerLevel = strawberry.field(description="Whose layer it is.")
    owner_id: strawberry.ID | None = strawberry.field(
        description="The region's or the store's id; null for the brand's layer."
    )

    @classmethod
    def of(cls, id: LayerId) -> "LayerName":
        """Pack a layer's id."""
        return cls(
            id=strawberry.ID(id), level=level_of(id), owner_id=strawberry.ID(owner_of(id)) or None
        )


@strawberry.interface(description="A part of a storefront.")
class StorefrontModule:
    key: strawberry.ID = strawberry.field(description="Its name, the same in every layer.")
    title: str = strawberry.field(description="What stands over it; may be empty.")
    position: int = strawberry.field(description="Modules stand in the order of their positions.")
    audience: Audience = strawberry.field(description="Who is shown it.")
    starts_at: datetime | None = strawberry.field(description="Since when; null for always.")
    ends_at: datetime | None = strawberry.field(description="Until when; null for ever.")
    origin: LayerName = strawberry.field(description="The layer that its content came from.")
    said_by: list[LayerName] = strawberry.field(
        description="Every layer that says something of it, the brand's first."
    )


@strawberry.type(description="What a tap on a banner opens.")
class BannerTarget(Packed[faces.Target]):
    kind: TargetKind = strawberry.field(description="What sort of thing.")
    value: str = strawberry.field(
        description="A product's code, a category's path with slashes, a post's id, or a page."
    )


@strawberry.type(description="One wide picture.")
class BannerModule(StorefrontModule):
    picture_id: strawberry.Private[str]
    alt: str = strawberry.field(description="What it shows, in words.")
    target: BannerTarget | None = strawberry.field(description="What a tap opens.")

    @field("The picture; null where it may not be shown any more.")
    async def picture(self, load: Load) -> Asset | None:
        return await usable_asset_of(load, self.picture_id)


@strawberry.type(description="A variant on a shelf.")
class ShelfVariant:
    variant: Variant = strawberry.field(description="What is bought, with its price.")
    available: int = strawberry.field(
        description="How many the region may sell, the same in all its stores; at most a second "
        "old."
    )
    page: strawberry.Private[StorefrontPage]

    @strawberry.field(
        description="What one piece costs the viewer by the offers that hold for them here; the "
        "variant's price where none does."
    )
    def offer_price(self) -> Money:
        return Money(fen=self.page.offer_price(self.variant.owner, self.variant.value.sku))


@strawberry.type(description="A product on a shelf.")
class ShelfItem:
    product: Product = strawberry.field(description="What is shown.")
    caption: str | None = strawberry.field(description="The storefront's own line beside it.")
    featured: bool = strawberry.field(description="Whether a layer puts it first.")
    variants: list[ShelfVariant] = strawberry.field(description="Its variants with their stock.")
    page: strawberry.Private[StorefrontPage]

    @strawberry.field(
        description="What its cheapest variant costs the viewer by the offers that hold here."
    )
    def offer_price_from(self) -> Money:
        owner = self.product.value
        prices = [self.page.offer_price(owner, variant.sku) for variant in owner.variants]
        return Money(fen=min(prices))

    @strawberry.field(description="The offers that speak of it and hold for the viewer here.")
    def offers(self) -> list[ShownOffer]:
        return [ShownOffer.of(one) for one in self.page.offers.of(self.product.value)]

    @classmethod
    def of(cls, item: shelves.ShelfItem, page: StorefrontPage) -> "ShelfItem":
        """Pack a product of a page's shelf."""
        product = Product.of(item.product, at=page.at)
        return cls(
            product=product,
            caption=item.caption,
            featured=item.featured,
            page=page,
            variants=[
                ShelfVariant(
                    variant=Variant(value=variant, owner=item.product, at=page.at),
                    available=page.available.get(variant.sku, 0),
                    page=page,
                )
                for variant in item.product.variants
            ],
        )


@strawberry.type(description="Products, chosen by hand, by category, by rule or by what sold.")
class ProductShelfModule(StorefrontModule):
    items: list[ShelfItem] = strawberry.field(description="The products, in order.")


@strawberry.type(description="The time left until a moment.")
class CountdownModule(StorefrontModule):
    until: datetime = strawberry.field(description="The moment.")
    text: str = strawberry.field(description="What happens then.")


@strawberry.type(description="A guide of the store.")
class GuideCardModule(StorefrontModule):
    store_id: strawberry.Private[str]
    text: str = strawberry.field(description="A line beside the guide.")

    @field(
        "The guide of this store whose link the viewer followed last, else one of the store's; "
        "null where the store has none."
    )
    async def guide(self, ports: StorefrontPorts, act: Act) -> Guide | None:
        found = await guide_shown(ports, act, self.store_id)
        return Guide.of(found) if found else None


@strawberry.type(description="The store itself, for its address, hours and services.")
class StoreCardModule(StorefrontModule):
    text: str = strawberry.field(description="A line beside the store.")


@strawberry.type(description="A line of text.")
class NoticeModule(StorefrontModule):
    text: str = strawberry.field(description="The text.")


@strawberry.type(description="A place for a coupon.")
class CouponSlotModule(StorefrontModule):
    at: strawberry.Private[datetime]
    coupon: str = strawberry.field(description="The id of the coupon's offer.")
    text: str = strawberry.field(description="A line beside the coupon.")

    @field("The coupon as it can be claimed; null while it can't.")
    def claimable(self, ports: CouponPorts, act: Act) -> ClaimableCoupon | None:
        rule = claiming.claimable(ports, act, self.coupon, at=self.at)
        return ClaimableCoupon.of(rule) if rule else None


@strawberry.type(description="Posts and notes.")
class ContentShelfModule(StorefrontModule):
    shelf: strawberry.Private[faces.ContentShelf]
    at: strawberry.Private[datetime]
    category: list[str] = strawberry.field(description="The category it shows; empty for all.")

    @field("What is on show in the seeding zone, for any consumer; null where it can't be told.")
    async def posts(self, ports: ContentPorts, act: Act) -> list[Post] | None:
        found = await shelf_posts(ports, act, self.shelf, at=self.at)
        return [Post.of(one) for one in found]


def module_of(module: cascade.Module, page: StorefrontPage) -> StorefrontModule:
    """Pack a module with what is on it."""
    return pack(
        KINDS[type(module.content)],
        module,
        starts_at=module.window.starts_at,
        ends_at=module.window.ends_at,
        **_own_fields(module, page),
    )


def _own_fields(module: cascade.Module, page: StorefrontPage) -> dict[str, Any]:
    """What a kind of module has beside what all have."""
    match module.content:
        case faces.Banner(picture=picture, alt=alt, target=target):
            opens = BannerTarget.of(target) if target else None
            return {"picture_id": picture, "alt": alt, "target": opens}
        case faces.ProductShelf():
            return {"items": [ShelfItem.of(item, page) for item in page.shelves[module.key]]}
        case faces.ContentShelf() as shelf:
            return {"shelf": shelf, "at": page.at, "category": list(shelf.category)}
        case faces.Countdown(ends_at=until, text=text):
            return {"until": until, "text": text}
        case faces.CouponSlot(coupon=coupon, text=text):
            return {"at": page.at, "coupon": coupon, "text": text}
        case faces.GuideCard(text=text):
            return {"store_id": page.store.id, "text": text}
        case faces.StoreCard(text=text) | faces.Notice(text=text):
            return {"text": text}


KINDS: Mapping[type[faces.Content], type[StorefrontModule]] = {
    faces.Banner: BannerModule,
    faces.ProductShelf: ProductShelfModule,
    faces.ContentShelf: ContentShelfModule,
    faces.Countdown: CountdownModule,
    faces.GuideCard: GuideCardModule,
    faces.StoreCard: StoreCardModule,
    faces.Notice: NoticeModule,
    faces.CouponSlot: CouponSlotModule,
}
