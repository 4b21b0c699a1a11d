"""What clients send of a post."""

from datetime import datetime
from typing import Any

import strawberry

from api.content.post_enums import (
    AgeBand,
    ContentField,
    Department,
    PostAudience,
    PostKind,
    PostState,
    Scene,
)
from domain.catalogue.catalogue import ProductId
from domain.content import revisions
from domain.content.adaptation import Changes
from domain.content.reviews.review import Comment
from domain.content.revisions import CategoryId, Content
from domain.content.searches import PostFilter
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid
from domain.media.assets import AssetId
from domain.network.stores import StoreId


@strawberry.input(description="A picture or a film in the body.")
class MediaBlockInput:
    asset_id: strawberry.ID = strawberry.field(description="An asset that was uploaded before.")
    caption: str = strawberry.field(description="The line below it.", default="")

    def parts(self) -> dict[str, Any]:
        """What it is made of in the domain, whether picture or film."""
        return {"asset_id": AssetId(self.asset_id), "caption": self.caption}


@strawberry.input(description="A part of a post's body; give exactly one of its fields.")
class BlockInput:
    text: str | None = strawberry.field(description="A paragraph.", default=None)
    image: MediaBlockInput | None = strawberry.field(description="A picture.", default=None)
    video: MediaBlockInput | None = strawberry.field(description="A film.", default=None)
    product_id: strawberry.ID | None = strawberry.field(
        description="A card of this product.", default=None
    )

    def unpack(self, i: int) -> revisions.Block:
        """The block as the domain has it."""
        blocks: list[revisions.Block] = []
        if self.text is not None:
            blocks.append(revisions.TextBlock(text=self.text))
        if self.image is not None:
            blocks.append(revisions.ImageBlock(**self.image.parts()))
        if self.video is not None:
            blocks.append(revisions.VideoBlock(**self.video.parts()))
        if self.product_id is not None:
            blocks.append(revisions.ProductBlock(product_id=ProductId(self.product_id)))
        if len(blocks) != 1:
            message = "Give exactly one of text, image, video and productId."
            raise Invalid(message, field=["input", "body", str(i)])
        return blocks[0]


@strawberry.input(description="What a post says; a revision holds all of it.")
class PostContentInput:
    title: str = strawberry.field(description="1 to 60 characters.")
    body: list[BlockInput] = strawberry.field(description="1 to 60 parts, in order.")
    category: str = strawberry.field(description="The path of a category, such as 羽绒服/商务.")
    scenes: list[Scene] = strawberry.field(description="The scenes that it is made for.")
    tags: list[str] = strawberry.field(description="At most 20.", default_factory=list)
    audiences: list[PostAudience] = strawberry.field(
        description="Whom it is for; empty for everybody.", default_factory=list
    )
    age_bands: list[AgeBand] = strawberry.field(
        description="Whom it is for; empty for everybody.", default_factory=list
    )
    product_ids: list[strawberry.ID] = strawberry.field(
        description="The products that it links to.", default_factory=list
    )
    cover: strawberry.ID | None = strawberry.field(
        description="The asset that stands for it in lists.", default=None
    )
    valid_from: datetime | None = strawberry.field(
        description="Before this moment it is shown to nobody.", default=None
    )
    valid_until: datetime | None = strawberry.field(
        description="From this moment on it is shown to nobody.", default=None
    )
    unlocked: list[ContentField] = strawberry.field(
        description="What a store's adaptation may change.", default_factory=list
    )

    def content(self, category_id: CategoryId) -> Content:
        """The content as the domain has it, in the category of this id."""
        return Content(
            title=self.title,
            body=blocks_of(self.body),
            category_id=category_id,
            scenes=frozenset(self.scenes),
            tags=tuple(self.tags),
            audiences=frozenset(self.audiences),
            age_bands=frozenset(self.age_bands),
            products=products_of(self.product_ids),
            cover=None if self.cover is None else AssetId(self.cover),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            unlocked=frozenset(self.unlocked),
        )


@strawberry.input(description="A new post.")
class PostDepositInput(PostContentInput):
    kind: PostKind = strawberry.field(
        description="Material for guides, or a brand note for the seeding zone.",
        default=PostKind.MATERIAL,
    )
    department: Department | None = strawberry.field(
        description="Whose it is; your own department's if left out.", default=None
    )


@strawberry.input(
    description="What a store wants otherwise than the brand; what is left out stays as the brand "
    "has it. Only fields that the brand has unlocked can be given."
)
class PostAdaptInput:
    title: str | None = strawberry.field(description="1 to 60 characters.", default=None)
    body: list[BlockInput] | None = strawberry.field(description="1 to 60 parts.", default=None)
    tags: list[str] | None = strawberry.field(description="At most 20.", default=None)
    product_ids: list[strawberry.ID] | None = strawberry.field(
        description="The products that it links to.", default=None
    )
    cover: strawberry.ID | None = strawberry.field(
        description="The asset that stands for it in lists.", default=None
    )

    def unpack(self) -> Changes:
        """The changes as the domain has them."""
        return Changes(
            title=self.title,
            body=None if self.body is None else blocks_of(self.body),
            tags=None if self.tags is None else tuple(self.tags),
            products=None if self.product_ids is None else products_of(self.product_ids),
            cover=None if self.cover is None else AssetId(self.cover),
        )


@strawberry.input(description="A stretch of time.")
class StretchInput:
    since: datetime = strawberry.field(description="Its first moment.")
    until: datetime = strawberry.field(description="The moment after its last.")


@strawberry.input(description="Which posts to find; all that is left out matters not.")
class PostFilterInput:
    text: str | None = strawberry.field(
        description="Words, each found anywhere in title, body, tags or product names: any part "
        "of a Chinese sentence, Latin and digits, simplified or traditional, with or without "
        "accents; GORE-TEX also as goretex; also the pinyin initials of titles and tags. What is "
        "marks and emoji alone finds nothing; an empty text is no search. At most 100 characters.",
        default=None,
    )
    category: str | None = strawberry.field(
        description="The path of a category; those below it count too.", default=None
    )
    scene: Scene | None = strawberry.field(description="Fit for this scene.", default=None)
    audience: PostAudience | None = strawberry.field(description="Made for them.", default=None)
    age_band: AgeBand | None = strawberry.field(description="Made for them.", default=None)
    department: Department | None = strawberry.field(description="Deposited by it.", default=None)
    kind: PostKind | None = strawberry.field(description="Of this kind.", default=None)
    product_id: strawberry.ID | None = strawberry.field(
        description="Linking to this product.", default=None
    )
    store_id: strawberry.ID | None = strawberry.field(
        description="This store's adaptations.", default=None
    )
    author_id: strawberry.ID | None = strawberry.field(
        description="Deposited by this person.", default=None
    )
    state: PostState | None = strawberry.field(
        description="Whose latest revision stands here; for the content team.", default=None
    )
    valid_at: datetime | None = strawberry.field(
        description="Whose validity window has this moment.", default=None
    )
    on_show: bool | None = strawberry.field(
        description="True for what is on show now. The content team may leave it out to find the "
        "latest revisions, whatever their state; others see what is on show anyway.",
        default=None,
    )
    appears: StretchInput | None = strawberry.field(
        description="Of which something goes on show in this time, or is meant to once it is "
        "approved; for the content team.",
        default=None,
    )

    def unpack(self) -> PostFilter:
        """The filter as the domain has it."""
        return PostFilter(
            text=self.text,
            category=self.category,
            scene=self.scene,
            audience=self.audience,
            age_band=self.age_band,
            department=self.department,
            kind=self.kind,
            product_id=ProductId(self.product_id) if self.product_id else None,
            store_id=StoreId(self.store_id) if self.store_id else None,
            author_id=PersonId(self.author_id) if self.author_id else None,
            state=self.state,
            valid_at=self.valid_at,
            on_show=self.on_show,
            appears=(self.appears.since, self.appears.until) if self.appears else None,
        )


@strawberry.input(description="A remark on a field of a revision.")
class ReviewCommentInput:
    field: str = strawberry.field(description="Its path, such as title or body.2.text.")
    message: str = strawberry.field(description="What to change.")
    start: int | None = strawberry.field(
        description="The first character of its text concerned, from 0; null for all of it.",
        default=None,
    )
    end: int | None = strawberry.field(
        description="The character after the last one concerned; with start.", default=None
    )

    def unpack(self) -> Comment:
        """The comment as the domain has it."""
        return Comment(field=self.field, message=self.message, start=self.start, end=self.end)


def blocks_of(body: list[BlockInput]) -> tuple[revisions.Block, ...]:
    """A body as the domain has it."""
    return tuple(block.unpack(i) for i, block in enumerate(body))


def products_of(ids: list[strawberry.ID]) -> tuple[ProductId, ...]:
    """Linked products, each once."""
    return tuple(dict.fromkeys(map(ProductId, ids)))
