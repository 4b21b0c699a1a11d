"""What a layer says, as a client sends it; the shape is that of a line of layersImport."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.kernel.choices import one_of_these
from api.mall.storefronts.storefront_enums import Audience, SalesScope, TargetKind
from domain.catalogue.prices import MOST_FEN
from domain.kernel.refusals import Refusal, Several


def _maybe(description: str) -> Any:
    """A field that says nothing where it is null or left out."""
    return strawberry.field(description=description, default=None)


@strawberry.input(description="What a tap on a banner opens.")
class BannerTargetInput:
    kind: TargetKind = strawberry.field(description="What sort of thing.")
    value: str = strawberry.field(
        description="A product's code, a category's path with slashes, a post's id, or a page."
    )


@strawberry.input(description="One wide picture.")
class BannerInput:
    picture: str = strawberry.field(description="An asset's id or the name of an uploaded file.")
    alt: str | None = _maybe("What it shows, in words.")
    target: BannerTargetInput | None = _maybe("What a tap opens.")


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
    attributes: list[AttributeInput] | None = _maybe(
        "Attributes, all of which a product must have."
    )
    category: list[str] | None = _maybe("A category; null for all.")
    price_from: int | None = _maybe(
        f"What the cheapest variant costs at least, in fen; 0 to {MOST_FEN}."
    )
    price_to: int | None = _maybe(
        f"What the cheapest variant costs at most, in fen; 0 to {MOST_FEN}."
    )
    newer_than_days: int | None = _maybe("Put on the shelf within so many days; 1 to 3650.")


@strawberry.input(description="What sold most lately.")
class BestSellersInput:
    scope: SalesScope = strawberry.field(description="Whose sales count.")


@strawberry.input(description="Which products a shelf shows; one of these.", one_of=True)
class SelectionInput:
    by_hand: ByHandInput | None = one_of_these("These, in this order.")
    by_category: ByCategoryInput | None = one_of_these("A category.")
    by_rule: ByRuleInput | None = one_of_these("What meets a rule.")
    best_sellers: BestSellersInput | None = one_of_these("What sold most.")


@strawberry.input(description="Products, at most so many.")
class ProductShelfInput:
    selection: SelectionInput = strawberry.field(description="Which products.")
    most: int | None = _maybe("1 to 50; 20 if null.")


@strawberry.input(description="Posts and notes of the seeding zone.")
class ContentShelfInput:
    posts: list[str] | None = _maybe("These, in this order; null for the newest of a category.")
    category: list[str] | None = _maybe("A category of posts; null for all.")
    most: int | None = _maybe("1 to 50; 6 if null.")


@strawberry.input(description="The time left until a moment.")
class CountdownInput:
    ends_at: datetime = strawberry.field(description="The moment.")
    text: str | None = _maybe("What happens then.")


@strawberry.input(description="A card with a line of text.")
class CardInput:
    text: str | None = _maybe("The line.")


@strawberry.input(description="A line of text.")
class NoticeInput:
    text: str = strawberry.field(description="The text.")


@strawberry.input(description="A place for a coupon.")
class CouponSlotInput:
    coupon: str = strawberry.field(description="The id of the coupon's offer.")
    text: str | None = _maybe("A line beside it.")


@strawberry.input(description="What a module is; one of these.", one_of=True)
class ModuleContentInput:
    banner: BannerInput | None = one_of_these("One wide picture.")
    product_shelf: ProductShelfInput | None = one_of_these("Products.")
    content_shelf: ContentShelfInput | None = one_of_these("Posts and notes.")
    countdown: CountdownInput | None = one_of_these("The time left.")
    guide_card: CardInput | None = one_of_these("A guide of the store.")
    store_card: CardInput | None = one_of_these("The store itself.")
    notice: NoticeInput | None = one_of_these("A line of text.")
    coupon_slot: CouponSlotInput | None = one_of_these("A place for a coupon.")


@strawberry.input(description="From a moment on and before another; null is without a limit.")
class WindowInput:
    starts_at: datetime | None = _maybe("Since when.")
    ends_at: datetime | None = _maybe("Until when.")


@strawberry.input(
    description="Members of any of these levels who are in any of these segments; empty for all."
)
class OnlyForInput:
    levels: list[strawberry.ID] | None = _maybe("Codes of levels.")
    segments: list[strawberry.ID] | None = _maybe("Ids of segments.")


@strawberry.input(description="What the layer says of one module; null says nothing.")
class ModuleInput:
    key: str = strawberry.field(
        description="Its name in all layers: lower-case letters, digits, hyphens."
    )
    title: str | None = _maybe("What stands over it.")
    position: int | None = _maybe(
        "Modules stand in the order of their positions; -1000000 to 1000000."
    )
    hidden: bool | None = _maybe("Whether to hide it.")
    audience: Audience | None = _maybe("Who is shown it.")
    window: WindowInput | None = _maybe("When it is shown.")
    only_for: OnlyForInput | None = _maybe("Which members alone are shown it.")
    content: ModuleContentInput | None = _maybe(
        "What it is; it takes the place of the whole content below."
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
    modules: list[ModuleInput] | None = _maybe("What it says of modules.")
    featured: list[str] | None = _maybe(
        "Products that come first on shelves; null leaves those of the layers below."
    )
    hide: list[str] | None = _maybe("Products that no shelf shows.")
    show: list[str] | None = _maybe("Products that a layer below hides, to be shown again.")
    captions: list[CaptionInput] | None = _maybe("Lines beside products.")

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
