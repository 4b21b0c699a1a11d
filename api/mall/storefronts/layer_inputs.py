"""What a layer says, as a client sends it; the shape is that of a line of layersImport."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.mall.storefronts.storefront_enums import Audience, SalesScope, TargetKind
from domain.kernel.refusals import Refusal, Several


@strawberry.input(description="What a tap on a banner opens.")
class BannerTargetInput:
    kind: TargetKind = strawberry.field(description="What sort of thing.")
    value: str = strawberry.field(
        description="A product's code, a category's path with slashes, a post's id, or a page."
    )


@strawberry.input(description="One wide picture.")
class BannerInput:
    picture: str = strawberry.field(description="An asset's id or the name of an uploaded file.")
    alt: str | None = strawberry.field(description="What it shows, in words.", default=None)
    target: BannerTargetInput | None = strawberry.field(
        description="What a tap opens.", default=None
    )


@strawberry.input(description="These products, in this order.")
class ByHandInput:
    products: list[str] = strawberry.field(description="Products' codes.")


@strawberry.input(description="A category and all below it, newest first.")
class ByCategoryInput:
    category: list[str] = strawberry.field(description="The way down the category tree.")


@strawberry.input(description="An attribute that a product must have.")
class AttributeInput:
    name: str = strawberry.field(description="Its name, such as season.")
    value: str = strawberry.field(description="Its value, such as 冬.")


@strawberry.input(description="Products that meet all of this, newest first.")
class ByRuleInput:
    attributes: list[AttributeInput] | None = strawberry.field(
        description="Attributes, all of which a product must have.", default=None
    )
    category: list[str] | None = strawberry.field(
        description="A category; null for all.", default=None
    )
    price_from: int | None = strawberry.field(
        description="What the cheapest variant costs at least, in fen.", default=None
    )
    price_to: int | None = strawberry.field(
        description="What the cheapest variant costs at most, in fen.", default=None
    )
    newer_than_days: int | None = strawberry.field(
        description="Put on the shelf within so many days.", default=None
    )


@strawberry.input(description="What sold most lately.")
class BestSellersInput:
    scope: SalesScope = strawberry.field(description="Whose sales count.")


@strawberry.input(description="Which products a shelf shows; one of these.", one_of=True)
class SelectionInput:
    by_hand: ByHandInput | None = strawberry.field(
        description="These, in this order.", default=strawberry.UNSET
    )
    by_category: ByCategoryInput | None = strawberry.field(
        description="A category.", default=strawberry.UNSET
    )
    by_rule: ByRuleInput | None = strawberry.field(
        description="What meets a rule.", default=strawberry.UNSET
    )
    best_sellers: BestSellersInput | None = strawberry.field(
        description="What sold most.", default=strawberry.UNSET
    )


@strawberry.input(description="Products, at most so many.")
class ProductShelfInput:
    selection: SelectionInput = strawberry.field(description="Which products.")
    most: int | None = strawberry.field(description="1 to 50; 20 if null.", default=None)


@strawberry.input(description="Posts and notes of the seeding zone.")
class ContentShelfInput:
    posts: list[str] | None = strawberry.field(
        description="These, in this order; null for the newest of a category.", default=None
    )
    category: list[str] | None = strawberry.field(
        description="A category of posts; null for all.", default=None
    )
    most: int | None = strawberry.field(description="1 to 50; 6 if null.", default=None)


@strawberry.input(description="The time left until a moment.")
class CountdownInput:
    ends_at: datetime = strawberry.field(description="The moment.")
    text: str | None = strawberry.field(description="What happens then.", default=None)


@strawberry.input(description="A card with a line of text.")
class CardInput:
    text: str | None = strawberry.field(description="The line.", default=None)


@strawberry.input(description="A line of text.")
class NoticeInput:
    text: str = strawberry.field(description="The text.")


@strawberry.input(description="A place for a coupon.")
class CouponSlotInput:
    coupon: str = strawberry.field(description="The coupon's code in the coupon system.")
    text: str | None = strawberry.field(description="A line beside it.", default=None)


@strawberry.input(description="What a module is; one of these.", one_of=True)
class ModuleContentInput:
    banner: BannerInput | None = strawberry.field(
        description="One wide picture.", default=strawberry.UNSET
    )
    product_shelf: ProductShelfInput | None = strawberry.field(
        description="Products.", default=strawberry.UNSET
    )
    content_shelf: ContentShelfInput | None = strawberry.field(
        description="Posts and notes.", default=strawberry.UNSET
    )
    countdown: CountdownInput | None = strawberry.field(
        description="The time left.", default=strawberry.UNSET
    )
    guide_card: CardInput | None = strawberry.field(
        description="A guide of the store.", default=strawberry.UNSET
    )
    store_card: CardInput | None = strawberry.field(
        description="The store itself.", default=strawberry.UNSET
    )
    notice: NoticeInput | None = strawberry.field(
        description="A line of text.", default=strawberry.UNSET
    )
    coupon_slot: CouponSlotInput | None = strawberry.field(
        description="A place for a coupon.", default=strawberry.UNSET
    )


@strawberry.input(description="From a moment on and before another; null is without a limit.")
class WindowInput:
    starts_at: datetime | None = strawberry.field(description="Since when.", default=None)
    ends_at: datetime | None = strawberry.field(description="Until when.", default=None)


@strawberry.input(description="What the layer says of one module; null says nothing.")
class ModuleInput:
    key: str = strawberry.field(
        description="Its name in all layers: lower-case letters, digits, hyphens."
    )
    title: str | None = strawberry.field(description="What stands over it.", default=None)
    position: int | None = strawberry.field(
        description="Modules stand in the order of their positions.", default=None
    )
    hidden: bool | None = strawberry.field(description="Whether to hide it.", default=None)
    audience: Audience | None = strawberry.field(description="Who is shown it.", default=None)
    window: WindowInput | None = strawberry.field(description="When it is shown.", default=None)
    content: ModuleContentInput | None = strawberry.field(
        description="What it is; it takes the place of the whole content below.", default=None
    )


@strawberry.input(description="A line beside a product.")
class CaptionInput:
    product: str = strawberry.field(description="The product's code.")
    text: str = strawberry.field(description="The line.")


@strawberry.input(
    description="All that a layer says. It holds only what differs from the layers below it, and "
    "has no place for a price or a description."
)
class LayerInput:
    modules: list[ModuleInput] | None = strawberry.field(
        description="What it says of modules.", default=None
    )
    featured: list[str] | None = strawberry.field(
        description="Products that come first on shelves; null leaves those of the layers below.",
        default=None,
    )
    hide: list[str] | None = strawberry.field(
        description="Products that no shelf shows.", default=None
    )
    show: list[str] | None = strawberry.field(
        description="Products that a layer below hides, to be shown again.", default=None
    )
    captions: list[CaptionInput] | None = strawberry.field(
        description="Lines beside products.", default=None
    )

    def said(self) -> dict[str, Any]:
        """The layer as JSON, as the domain reads it."""
        written: dict[str, Any] = _written(self)
        return written


def _written(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], AttributeInput):
        return {attribute.name: attribute.value for attribute in value}
    if isinstance(value, list):
        return [_written(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    return {
        field.name: _written(given)
        for field in dataclasses.fields(value)
        if (given := getattr(value, field.name)) is not None and given is not strawberry.UNSET
    }


@contextlib.contextmanager
def told_in_input() -> Iterator[None]:
    """Let a refusal of what a layer says name the paths that a client knows its input by."""
    try:
        yield
    except Refusal as refusal:
        raise Several(
            type(part)(part.message, field=_path(part.field)) if part.field else part
            for part in refusal.parts()
        ) from None


def _path(field: Sequence[str]) -> tuple[str, ...]:
    if field[0] not in {one.name for one in dataclasses.fields(LayerInput)}:
        return tuple(field)
    return ("input", *(to_camel_case(name) for name in field))
