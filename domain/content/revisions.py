"""What a post says: its content, and the immutable revisions that hold it."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.catalogue.catalogue import ProductId
from domain.content.scenes import Scene
from domain.content.searchable import PostWords, words_of
from domain.kernel.choices import ClosedSet
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.moments import BEGINNING, NEVER
from domain.kernel.refusals import Invalid, Refusal, refuse_all
from domain.kernel.uses import Use, User, UserKind, asset_use, product_use
from domain.media.assets import AssetId

PostId = NewType("PostId", str)
RevisionId = NewType("RevisionId", str)
CategoryId = NewType("CategoryId", str)

MAX_TITLE = 60
MAX_TEXT = 5_000
MAX_CAPTION = 200
MAX_BLOCKS = 60
MAX_TAGS = 20
MAX_TAG = 20
MAX_PRODUCTS = 50


class PostAudience(ClosedSet):
    """Whom a post is for, by the occasion they dress for."""

    BUSINESS = "BUSINESS", "商务"
    OUTDOOR = "OUTDOOR", "户外"
    CASUAL = "CASUAL", "休闲"


class AgeBand(StrEnum):
    """Whom a post is for, by age in years."""

    UNDER_18 = "UNDER_18"
    FROM_18_TO_24 = "FROM_18_TO_24"
    FROM_25_TO_34 = "FROM_25_TO_34"
    FROM_35_TO_44 = "FROM_35_TO_44"
    FROM_45_TO_59 = "FROM_45_TO_59"
    OVER_60 = "OVER_60"


class ContentField(ClosedSet):
    """A part of a post that the brand may let stores change."""

    TITLE = "TITLE", "标题"
    BODY = "BODY", "正文"
    TAGS = "TAGS", "标签"
    PRODUCTS = "PRODUCTS", "商品"
    COVER = "COVER", "封面"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBlock:
    """A picture, with a line below it."""

    asset_id: AssetId
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoBlock:
    """A film, with a line below it."""

    asset_id: AssetId
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductBlock:
    """A card of a product; its name and price come from the catalogue when it is shown."""

    product_id: ProductId


Block = TextBlock | ImageBlock | VideoBlock | ProductBlock

# What the kinds of blocks are called where they are kept and hashed, whatever their classes are.
BLOCK_TAGS: Mapping[type, str] = {
    TextBlock: "text",
    ImageBlock: "image",
    VideoBlock: "video",
    ProductBlock: "product",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a revision says; what is reviewed is exactly this.

    `scenes` are those it is made for: a review can allow them or fewer. Outside the validity
    window, `valid_from` included and `valid_until` not, nobody is shown it. `unlocked` are the
    fields that a store's adaptation may change.
    """

    title: str
    body: tuple[Block, ...]
    category_id: CategoryId
    scenes: frozenset[Scene]
    tags: tuple[str, ...] = ()
    audiences: frozenset[PostAudience] = frozenset()
    age_bands: frozenset[AgeBand] = frozenset()
    products: tuple[ProductId, ...] = ()
    cover: AssetId | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    unlocked: frozenset[ContentField] = frozenset()

    def hash(self) -> str:
        """The SHA-256 of the content in one canonical form; equal content, equal hash."""
        fields = {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(self).items()
        }
        fields["body"] = [{"type": BLOCK_TAGS[type(block)], **asdict(block)} for block in self.body]
        text = json.dumps(fields, sort_keys=True, ensure_ascii=False, default=_moment)
        return hashlib.sha256(text.encode()).hexdigest()

    def texts(self) -> dict[str, str]:
        """Everything that is written in it, by the path of its field."""
        found = {"title": self.title}
        for i, block in enumerate(self.body):
            if isinstance(block, TextBlock):
                found[f"body.{i}.text"] = block.text
            elif isinstance(block, ImageBlock | VideoBlock):
                found[f"body.{i}.caption"] = block.caption
        found.update({f"tags.{i}": tag for i, tag in enumerate(self.tags)})
        return {field: text for field, text in found.items() if text}

    def asset_fields(self) -> dict[str, AssetId]:
        """Every asset that it refers to, by the path of the field."""
        found = {
            f"body.{i}.assetId": block.asset_id
            for i, block in enumerate(self.body)
            if isinstance(block, ImageBlock | VideoBlock)
        }
        return found if self.cover is None else {"cover": self.cover, **found}

    def product_fields(self) -> dict[str, ProductId]:
        """Every product that it refers to, by the path of the field."""
        linked = {f"products.{i}": product for i, product in enumerate(self.products)}
        cards = {
            f"body.{i}.productId": block.product_id
            for i, block in enumerate(self.body)
            if isinstance(block, ProductBlock)
        }
        return {**linked, **cards}

    def check(self) -> None:
        """Refuse what no revision may be, all of it at once."""
        refuse_all(_faults(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One saved state of a post; it is written once and never changed."""

    id: RevisionId
    post_id: PostId
    number: int
    content: Content
    hash: str
    author_id: PersonId
    created_at: datetime

    def user(self, *, of_consumers: bool) -> User:
        """What it refers to, for the index of uses."""
        assets = [asset_use(used, field) for field, used in self.content.asset_fields().items()]
        products = [
            product_use(used, field) for field, used in self.content.product_fields().items()
        ]
        uses: tuple[Use, ...] = (*assets, *products)
        return User(
            kind=UserKind.POST_REVISION,
            id=self.id,
            label=self.content.title,
            uses=uses,
            of_consumers=of_consumers,
        )

    def words(self, product_names: Iterable[str]) -> PostWords:
        """What it is found by: all that is written in it, and its products' names."""
        content = self.content
        return words_of(content.title, content.tags, (*content.texts().values(), *product_names))


class Revisions(Protocol):
    """Immutable revisions."""

    async def by_ids(self, ids: Sequence[RevisionId]) -> dict[RevisionId, Revision]:
        """Those of the ids that exist."""

    async def of_post(self, id: PostId) -> list[Revision]:
        """All revisions of a post, in their order."""

    async def add(self, revisions: Sequence[tuple[Revision, PostWords]]) -> None:
        """Keep new revisions with the words that they are found by."""

    async def reword(self, id: RevisionId, words: PostWords) -> None:
        """Let a revision be found by other words."""

    async def forget(self, ids: Sequence[RevisionId]) -> None:
        """Take back revisions that no post has come to refer to."""


def make_revision(
    id: RevisionId,
    post_id: PostId,
    number: int,
    content: Content,
    *,
    author_id: PersonId,
    now: datetime,
) -> Revision:
    """Seal content as the revision of this number."""
    content.check()
    return Revision(
        id=id,
        post_id=post_id,
        number=number,
        content=content,
        hash=content.hash(),
        author_id=author_id,
        created_at=now,
    )


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _faults(content: Content) -> list[Refusal]:
    found: list[Refusal] = []

    def bound(name: str, size: int, low: int, high: int, of: str) -> None:
        if not low <= size <= high:
            message = f"This must have {low} to {high} {of}; it has {size}."
            found.append(Invalid(message, field=["input", *name.split(".")]))

    def read(name: str, text: str, most: int, how: Callable[..., str]) -> None:
        try:
            how(text, most=most, least=1, field=["input", *name.split(".")])
        except Invalid as refusal:
            found.append(refusal)

    read("title", content.title, MAX_TITLE, read_line)
    bound("body", len(content.body), 1, MAX_BLOCKS, "blocks")
    bound("scenes", len(content.scenes), 1, len(Scene), "scenes")
    bound("tags", len(content.tags), 0, MAX_TAGS, "tags")
    bound("products", len(content.products), 0, MAX_PRODUCTS, "products")
    for field, text in content.texts().items():
        if field.startswith("tags"):
            read(field, text, MAX_TAG, read_line)
        elif field.startswith("body"):
            most = MAX_TEXT if field.endswith("text") else MAX_CAPTION
            read(field, text, most, read_paragraphs)
    if (content.valid_from or BEGINNING) >= (content.valid_until or NEVER):
        message = "The validity must end after it begins; move one of the two."
        found.append(Invalid(message, field=["input", "validUntil"]))
    return found
