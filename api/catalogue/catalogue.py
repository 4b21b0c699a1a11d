"""Products and variants, as everybody sees them."""

from collections.abc import Mapping
from datetime import datetime

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import field
from api.kernel.packing import pack
from api.media.asset_types import Asset
from domain.catalogue import catalogue, descriptions
from domain.catalogue.catalogue import Channel
from domain.catalogue.offered_prices import (
    OfferedPricePorts,
    lowest_offered_price,
    offered_price,
)
from domain.catalogue.ports import CataloguePorts
from domain.catalogue.pricing import lowest_price_shown, price_shown
from domain.media.looking_up import usable_by_ids
from domain.people.act import Act

enum(
    Channel,
    "Where a product may be sold.",
    MINI_PROGRAM="In the mini-program.",
    STORE="At the tills of the stores.",
    ECOMMERCE="In shops elsewhere on the net.",
)


@strawberry.type(description="A name with its value, such as 颜色 with 藏青.")
class NamedValue:
    name: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="The value.")


@strawberry.type(description="Something to choose about a product, such as its colour.")
class ProductOption:
    name: str = strawberry.field(description="What is chosen, such as 尺码.")
    values: list[str] = strawberry.field(description="The choices, in the brand's order.")


@strawberry.type(description="A part of a description: a paragraph, or a picture.")
class DescriptionBlock:
    text: str = strawberry.field(description="The paragraph, or the picture's caption.")
    picture: Asset | None = strawberry.field(
        description="What is shown; null for a paragraph, and where it may not be shown."
    )


@strawberry.type(description="What is bought: one choice of every option of its product.")
class Variant:
    value: strawberry.Private[catalogue.Variant]
    owner: strawberry.Private[catalogue.Product]
    # A preview shows it as it will be at another moment than now.
    at: strawberry.Private[datetime | None] = None

    def card(self, now: datetime) -> catalogue.Variant | None:
        """What it is a card of."""
        return self.value if self.at in (None, now) else None

    @strawberry.field(description="Its code, the same in the tills and in the warehouse.")
    def sku(self) -> strawberry.ID:
        return strawberry.ID(self.value.sku)

    @strawberry.field(description="What is chosen of each option.")
    def options(self) -> list[NamedValue]:
        return _named_values(self.value.options)

    @strawberry.field(description="Its EAN-13 barcode.")
    def barcode(self) -> str | None:
        return self.value.barcode

    @strawberry.field(description="What one piece weighs as it is sent, in grams; 0 if not told.")
    def weight_g(self) -> int:
        return self.value.weight_g

    @field("What it costs now; the same in every store.")
    def price(self, ports: CataloguePorts, act: Act) -> Money:
        return Money(fen=price_shown(ports, act, self.value.sku, self.at).amount)

    @field("What the price is compared to; null where it is not.")
    def compare_at(self, ports: CataloguePorts, act: Act) -> Money | None:
        compare_at = price_shown(ports, act, self.value.sku, self.at).compare_at
        return None if compare_at is None else Money(fen=compare_at)

    @field(
        "What one piece costs now by the best offer that holds in every store for everybody; a "
        "shelf and productOffers have what holds in one store and for the viewer."
    )
    def offer_price(self, ports: OfferedPricePorts, act: Act) -> Money:
        return Money(fen=offered_price(ports, act, self.owner, self.value.sku, self.at))

    @strawberry.field(description="The product that it is a variant of.")
    def product(self) -> "Product":
        return Product.of(self.owner, at=self.at)


@strawberry.type(description="What is shown; its id is the brand's own code.")
class Product:
    value: strawberry.Private[catalogue.Product]
    at: strawberry.Private[datetime | None]
    id: strawberry.ID = strawberry.field(description="The brand's code of it.")
    name: str = strawberry.field(description="Its name.")
    subtitle: str = strawberry.field(description="A line below the name; may be empty.")
    description: str = strawberry.field(
        description="The whole description; a line `![caption](asset id)` is a picture."
    )
    care: str = strawberry.field(description="How to wash and keep it; may be empty.")
    category: list[str] = strawberry.field(description="The way down the category tree to it.")
    on_shelf_at: datetime | None = strawberry.field(
        description="Since when it is sold; null for always."
    )
    off_shelf_at: datetime | None = strawberry.field(
        description="Until when it is sold; null for ever."
    )

    @classmethod
    def of(cls, product: catalogue.Product, *, at: datetime | None = None) -> "Product":
        """Pack a product, as it is now or as a preview shows it at another moment."""
        return pack(cls, product, at=at)

    def card(self, now: datetime) -> catalogue.Product | None:
        """What it is a card of."""
        return self.value if self.at in (None, now) else None

    @field("The pictures of it that may be shown, the leading one first.")
    async def pictures(self, load: Load) -> list[Asset]:
        shown = await load.many(usable_by_ids, self.value.pictures)
        return [Asset.of(shown[picture]) for picture in self.value.pictures if picture in shown]

    @field("The description taken apart.")
    async def description_blocks(self, load: Load) -> list[DescriptionBlock]:
        blocks = descriptions.blocks(self.value.description)
        shown = await load.many(usable_by_ids, [block.picture for block in blocks if block.picture])
        return [
            DescriptionBlock(
                text=block.text,
                picture=Asset.of(picture) if (picture := shown.get(block.picture or "")) else None,
            )
            for block in blocks
        ]

    @strawberry.field(description="What to know of it, such as its fill power or season.")
    def attributes(self) -> list[NamedValue]:
        return _named_values(self.value.attributes)

    @strawberry.field(description="Where it may be sold.")
    def channels(self) -> list[Channel]:
        return sorted(self.value.channels)

    @strawberry.field(description="What there is to choose.")
    def options(self) -> list[ProductOption]:
        options = self.value.options().items()
        return [ProductOption(name=name, values=list(values)) for name, values in options]

    @strawberry.field(description="Everything of it that can be bought.")
    def variants(self) -> list[Variant]:
        return [
            Variant(value=variant, owner=self.value, at=self.at) for variant in self.value.variants
        ]

    @field("What its cheapest variant costs now; the same in every store.")
    def price_from(self, ports: CataloguePorts, act: Act) -> Money:
        return Money(fen=lowest_price_shown(ports, act, self.value, self.at).amount)

    @field("What its cheapest variant costs now by offers that hold in every store for everybody.")
    def offer_price_from(self, ports: OfferedPricePorts, act: Act) -> Money:
        return Money(fen=lowest_offered_price(ports, act, self.value, self.at))

    @field("Whether the mini-program sells it now.")
    def on_shelf(self, act: Act) -> bool:
        return self.value.on_shelf(self.at or act.at)


def _named_values(values: Mapping[str, str]) -> list[NamedValue]:
    return [NamedValue(name=name, value=value) for name, value in values.items()]
