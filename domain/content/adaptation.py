"""A store's own version of a post: what it may change, and how it differs from its parent."""

from dataclasses import dataclass, fields, replace

from domain.catalogue.catalogue import ProductId
from domain.content.revisions import (
    Block,
    Content,
    ContentField,
    ImageBlock,
    PostId,
    ProductBlock,
    TextBlock,
    VideoBlock,
)
from domain.kernel.refusals import Invalid, refuse_all
from domain.media.assets import AssetId
from domain.network.stores import StoreId


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a store wants otherwise; None leaves a field as the parent has it."""

    title: str | None = None
    body: tuple[Block, ...] | None = None
    tags: tuple[str, ...] | None = None
    products: tuple[ProductId, ...] | None = None
    cover: AssetId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """A field that is not the same everywhere, line by line.

    `base` is the parent's revision that the adaptation comes from, `parent` the one that is on
    show now. In a conflict both have changed it, and not alike.
    """

    field: ContentField
    base: tuple[str, ...]
    parent: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def conflict(self) -> bool:
        """Whether parent and store have both changed it, each in another way."""
        return self.base not in (self.parent, self.own) and self.parent != self.own


def adaptation_id(parent_id: PostId, store_id: StoreId) -> PostId:
    """The id of a store's adaptation; each store has one of a post."""
    return PostId(f"{parent_id}@{store_id}")


def adapted(parent: Content, changes: Changes) -> Content:
    """The parent's content with a store's changes, which touch unlocked fields alone."""
    wanted = {
        one.name: value
        for one in fields(changes)
        if (value := getattr(changes, one.name)) is not None and value != getattr(parent, one.name)
    }
    refuse_all(
        Invalid(
            "The brand keeps this field as it is; leave it out.", field=["input", FIELD_NAMES[name]]
        )
        for name in wanted
        if ContentField(name.upper()) not in parent.unlocked
    )
    if not wanted:
        raise Invalid("Nothing is changed; use the post as it is.", field=["input"])
    return replace(parent, **wanted)


def differences(base: Content, parent: Content, own: Content) -> tuple[FieldDifference, ...]:
    """The fields in which the three are not all the same."""
    found = (
        FieldDifference(
            field=field,
            base=_lines(base, field),
            parent=_lines(parent, field),
            own=_lines(own, field),
        )
        for field in ContentField
    )
    return tuple(one for one in found if not one.base == one.parent == one.own)


# What the fields are called in the schema.
FIELD_NAMES = {
    "title": "title",
    "body": "body",
    "tags": "tags",
    "products": "productIds",
    "cover": "cover",
}


def _lines(content: Content, field: ContentField) -> tuple[str, ...]:
    value = getattr(content, field.value.lower())
    if field is ContentField.BODY:
        return tuple(map(_line, content.body))
    if isinstance(value, tuple):
        return tuple(map(str, value))
    return () if value is None else (str(value),)


def _line(block: Block) -> str:
    match block:
        case TextBlock(text=text):
            return text
        case ImageBlock(asset_id=asset_id, caption=caption):
            return f"[image {asset_id}] {caption}".rstrip()
        case VideoBlock(asset_id=asset_id, caption=caption):
            return f"[video {asset_id}] {caption}".rstrip()
        case ProductBlock(product_id=product_id):
            return f"[product {product_id}]"
