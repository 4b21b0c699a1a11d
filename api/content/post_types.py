"""What the schema says of a post."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.content.adaptation_types import Adaptation
from api.content.post_enums import (
    AgeBand,
    ContentField,
    Department,
    PostAudience,
    PostKind,
    PostState,
    Scene,
)
from api.content.reviews import Review
from api.kernel.context import Load
from api.kernel.operations import field
from api.kernel.packing import Packed
from api.media.asset_types import Asset, asset_of
from api.people.persons import Person, person_if_any
from domain.catalogue.catalogue import ProductId
from domain.content import permissions, posts, revisions, showings
from domain.content.adapting import compare
from domain.content.bank import ContentPorts
from domain.content.categories import CategoryPath
from domain.content.finding import linked_products, on_show
from domain.content.searches import FoundPost
from domain.content.seeding.marking import marks_left
from domain.content.seeding.marks import PostMark
from domain.kernel.moments import NEVER
from domain.people.act import Act


@strawberry.type(description="A place in the tree of categories.")
class Category(Packed[CategoryPath]):
    id: strawberry.ID = strawberry.field(description="Its id, which no move changes.")
    name: str = strawberry.field(description="Its name among its siblings.")
    path: str = strawberry.field(description="The names from the root, such as 羽绒服/商务.")


@strawberry.type(description="A paragraph.")
class TextBlock:
    text: str = strawberry.field(description="The paragraph.")


@strawberry.type(description="A picture in the body.")
class ImageBlock:
    asset_id: strawberry.Private[str]
    caption: str = strawberry.field(description="The line below it; may be empty.")

    @field("The picture; null if it is gone.")
    async def asset(self, load: Load) -> Asset | None:
        return await asset_of(load, self.asset_id)


@strawberry.type(description="A film in the body.")
class VideoBlock:
    asset_id: strawberry.Private[str]
    caption: str = strawberry.field(description="The line below it; may be empty.")

    @field("The film; null if it is gone.")
    async def asset(self, load: Load) -> Asset | None:
        return await asset_of(load, self.asset_id)


@strawberry.type(description="A card of a product in the body.")
class ProductBlock:
    product_id: strawberry.Private[ProductId]

    @field("The product as the catalogue has it; null if it is gone.")
    async def product(self, ports: ContentPorts, act: Act) -> Product | None:
        found = await linked_products(ports, act, [self.product_id])
        return next(map(Product.of, found.values()), None)


Block = Annotated[
    TextBlock | ImageBlock | VideoBlock | ProductBlock,
    strawberry.union("Block", description="A part of a post's body."),
]


@strawberry.type(description="One immutable saved state of a post.")
class Revision:
    revision: strawberry.Private[revisions.Revision]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: int = strawberry.field(description="Counts the revisions of the post from 1.")
    hash: str = strawberry.field(description="The SHA-256 of its content; an approval names it.")
    title: str = strawberry.field(description="The title.")
    tags: list[str] = strawberry.field(description="The tags.")
    scenes: list[Scene] = strawberry.field(description="The scenes that it is made for.")
    audiences: list[PostAudience] = strawberry.field(
        description="Whom it is for; empty for everybody."
    )
    age_bands: list[AgeBand] = strawberry.field(description="Whom it is for; empty for everybody.")
    created_at: datetime = strawberry.field(description="When it was saved.")
    valid_from: datetime | None = strawberry.field(
        description="Before this moment it is shown to nobody; null for no such moment."
    )
    valid_until: datetime | None = strawberry.field(
        description="From this moment on it is shown to nobody; null for no such moment."
    )
    unlocked: list[ContentField] = strawberry.field(
        description="What a store's adaptation may change."
    )

    category: Category = strawberry.field(description="The category that it lies in.")

    @classmethod
    def of(cls, revision: revisions.Revision, category: CategoryPath) -> "Revision":
        """Pack a revision."""
        content = revision.content
        return cls(
            revision=revision,
            category=Category.of(category),
            id=strawberry.ID(revision.id),
            number=revision.number,
            hash=revision.hash,
            title=content.title,
            tags=list(content.tags),
            scenes=sorted(content.scenes),
            audiences=sorted(content.audiences),
            age_bands=sorted(content.age_bands),
            created_at=revision.created_at,
            valid_from=content.valid_from,
            valid_until=content.valid_until,
            unlocked=sorted(content.unlocked),
        )

    @field("Who wrote it; null for all but the content team and the author.")
    def author(self, act: Act) -> Person | None:
        return person_if_any(permissions.author_for(act.viewer, self.revision))

    @strawberry.field(description="The body, part by part.")
    def body(self) -> list[Block]:
        return [_block(block) for block in self.revision.content.body]

    @strawberry.field(description="The body's paragraphs alone, a line each.")
    def text(self) -> str:
        body = self.revision.content.body
        return "\n".join(block.text for block in body if isinstance(block, revisions.TextBlock))

    @field("The picture that stands for it; null where it has none.")
    async def cover(self, load: Load) -> Asset | None:
        cover = self.revision.content.cover
        return await asset_of(load, cover)

    @field("The products that it links to and the catalogue still has.")
    async def products(self, ports: ContentPorts, act: Act) -> list[Product]:
        found = await linked_products(ports, act, self.revision.content.products)
        return list(map(Product.of, found.values()))


@strawberry.type(description="An approved revision on show, for some scenes and some time.")
class Showing:
    scenes: list[Scene] = strawberry.field(description="The scenes that it was approved for.")
    starts_at: datetime = strawberry.field(description="Since when, or from when on.")
    ends_at: datetime | None = strawberry.field(description="Until when; null for no end.")
    revision_id: strawberry.ID = strawberry.field(description="The revision.")

    @classmethod
    def of(cls, showing: showings.Showing) -> "Showing":
        """Pack a showing."""
        return cls(
            scenes=sorted(showing.facets.scenes),
            starts_at=showing.starts_at,
            ends_at=None if showing.ends_at == NEVER else showing.ends_at,
            revision_id=strawberry.ID(showing.facets.revision_id),
        )


@strawberry.type(description="When a post is to go on show and off again.")
class PostSchedule:
    publish_at: datetime | None = strawberry.field(
        description="When its latest revision goes on show, if it is approved by then; null for "
        "as soon as approved, and while it is held back."
    )
    retire_at: datetime | None = strawberry.field(
        description="When it goes off show; null for no such moment."
    )
    held: bool = strawberry.field(
        description="Whether it is held back until it is scheduled anew: its campaign was "
        "called off, or goes on without it."
    )
    in_campaign: bool = strawberry.field(
        description="Whether it goes with a campaign, whose time it has then."
    )

    @classmethod
    def of(cls, plan: showings.Schedule) -> "PostSchedule":
        """Pack what is planned."""
        held = plan.publish_at == NEVER
        return cls(
            publish_at=None if held else plan.publish_at,
            retire_at=plan.retire_at,
            held=held,
            in_campaign=plan.campaign_id is not None,
        )


@strawberry.type(description="A piece of content, with the revision of it that the viewer sees.")
class Post:
    post: strawberry.Private[posts.Post]
    id: strawberry.ID = strawberry.field(description="Its id; the brand's code if it has one.")
    kind: PostKind = strawberry.field(description="What it is.")
    department: Department = strawberry.field(description="Who in the brand deposited it.")
    state: PostState = strawberry.field(
        description="Where its latest revision stands; an earlier one may be on show meanwhile."
    )
    version: int = strawberry.field(description="Rises by one with each change; send it back.")
    created_at: datetime = strawberry.field(description="When it was deposited.")
    uses: int = strawberry.field(description="How many share links guides have made of it.")
    likes: int = strawberry.field(description="How many consumers like it.")
    saves: int = strawberry.field(description="How many consumers have saved it.")
    revision: Revision = strawberry.field(
        description="The latest revision for its author and the content team, else the one on show."
    )
    showing: Showing | None = strawberry.field(
        description="The scenes and the time for which this revision is on show; null if it is not."
    )

    @classmethod
    def of(cls, found: FoundPost) -> "Post":
        """Pack a post and the revision of it that was found."""
        post = found.post
        return cls(
            post=post,
            id=strawberry.ID(post.id),
            kind=post.kind,
            department=post.department,
            state=post.state,
            version=post.version,
            created_at=post.created_at,
            uses=post.counts.uses,
            likes=post.counts.likes,
            saves=post.counts.saves,
            revision=Revision.of(found.revision, found.category),
            showing=Showing.of(found.showing) if found.showing else None,
        )

    @field(
        "For a store's own version, how it stands to the post that it comes from; "
        "null for others, and for all who may not change it."
    )
    async def adaptation(self, ports: ContentPorts, act: Act) -> Adaptation | None:
        found = await compare(ports, act, self.post, self.revision.revision)
        return Adaptation.of(found) if found else None

    @field(
        "The revision that is on show just now, which the latest may differ from; null where none "
        "is, and for all who may not work on it."
    )
    async def on_show(self, ports: ContentPorts, act: Act) -> Revision | None:
        found = await on_show(ports, act, self.post)
        return Revision.of(found.revision, found.category) if found else None

    @field("When it is to go on and off show; null for all who may not work on it.")
    def schedule(self, act: Act) -> PostSchedule | None:
        works = permissions.may_work_on(act.viewer, self.post)
        return PostSchedule.of(self.post.schedule) if works else None

    @field(
        "What of it is on show, was of late and will be, the earliest first; empty for all who "
        "may not work on it."
    )
    def showings(self, act: Act) -> list[Showing]:
        works = permissions.may_work_on(act.viewer, self.post)
        return [Showing.of(one) for one in self.post.showings] if works else []

    @field("Whether the consumer who asks likes it.")
    async def liked(self, load: Load) -> bool:
        return PostMark.LIKE in (await load(marks_left, self.post.id) or ())

    @field("Whether the consumer who asks has saved it.")
    async def saved(self, load: Load) -> bool:
        return PostMark.SAVE in (await load(marks_left, self.post.id) or ())

    @field("How many consumers have reported it; null for all but the content team.")
    def reports(self, act: Act) -> int | None:
        return permissions.reports_for(act.viewer, self.post)

    @field(
        "For a buyer show, whether its consumer lets the brand reuse it; null for "
        "others, and for all but the content team and the consumer."
    )
    def reuse_consent(self, act: Act) -> bool | None:
        return permissions.reuse_consent_for(act.viewer, self.post)

    @field("The review of its latest revision; for its author and the team.")
    def review(self, act: Act) -> Review | None:
        review = permissions.review_for(act.viewer, self.post)
        return Review.of(review) if review else None


def _block(block: revisions.Block) -> Block:
    if isinstance(block, revisions.TextBlock):
        return TextBlock(text=block.text)
    if isinstance(block, revisions.ImageBlock):
        return ImageBlock(asset_id=block.asset_id, caption=block.caption)
    if isinstance(block, revisions.VideoBlock):
        return VideoBlock(asset_id=block.asset_id, caption=block.caption)
    return ProductBlock(product_id=block.product_id)
