"""What the schema says of a post."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.content.adaptation_types import Adaptation
from api.content.post_enums import (
    AgeBand,
    Audience,
    ContentField,
    Department,
    PostKind,
    PostState,
    Scene,
)
from api.content.reviews import Review
from api.kernel.context import Info
from api.media.asset_types import Asset, asset_of
from domain.catalogue import product_search
from domain.content import categories, posts, revisions, showings
from domain.content.adaptations import adapting
from domain.content.categories import Tree
from domain.content.depositing import may_work_on
from domain.content.revisions import CategoryId
from domain.content.search.searches import Found
from domain.content.seeding.buyer_shows import Mark
from domain.kernel.moments import NEVER
from domain.people.viewer import CONTENT_TEAM


@strawberry.type(description="A place in the tree of categories.")
class Category:
    id: strawberry.ID = strawberry.field(description="Its id, which no move changes.")
    name: str = strawberry.field(description="Its name among its siblings.")
    path: str = strawberry.field(description="The names from the root, such as 羽绒服/商务.")

    @classmethod
    def of(cls, tree: Tree, id: CategoryId) -> "Category":
        """Pack a category, or the one that it was merged into."""
        category: categories.Category = tree.resolve(id)
        return cls(id=strawberry.ID(category.id), name=category.name, path=tree.path(id))


@strawberry.type(description="A paragraph.")
class TextBlock:
    text: str = strawberry.field(description="The paragraph.")


@strawberry.type(description="A picture in the body.")
class ImageBlock:
    asset_id: strawberry.Private[str]
    caption: str = strawberry.field(description="The line below it; may be empty.")

    @strawberry.field(description="The picture; null if it is gone.")
    async def asset(self, info: Info) -> Asset | None:
        return await asset_of(info, self.asset_id)


@strawberry.type(description="A film in the body.")
class VideoBlock:
    asset_id: strawberry.Private[str]
    caption: str = strawberry.field(description="The line below it; may be empty.")

    @strawberry.field(description="The film; null if it is gone.")
    async def asset(self, info: Info) -> Asset | None:
        return await asset_of(info, self.asset_id)


@strawberry.type(description="A card of a product in the body.")
class ProductBlock:
    product_id: strawberry.Private[str]

    @strawberry.field(description="The product as the catalogue has it; null if it is gone.")
    def product(self, info: Info) -> Product | None:
        return _product(info, self.product_id)


Block = Annotated[
    TextBlock | ImageBlock | VideoBlock | ProductBlock,
    strawberry.union("Block", description="A part of a post's body."),
]


@strawberry.type(description="One immutable saved state of a post.")
class Revision:
    revision: strawberry.Private[revisions.Revision]
    tree: strawberry.Private[Tree]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: int = strawberry.field(description="Counts the revisions of the post from 1.")
    hash: str = strawberry.field(description="The SHA-256 of its content; an approval names it.")
    title: str = strawberry.field(description="The title.")
    tags: list[str] = strawberry.field(description="The tags.")
    scenes: list[Scene] = strawberry.field(description="The scenes that it is made for.")
    audiences: list[Audience] = strawberry.field(description="Whom it is for; empty for everybody.")
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

    @classmethod
    def of(cls, revision: revisions.Revision, tree: Tree) -> "Revision":
        """Pack a revision."""
        content = revision.content
        return cls(
            revision=revision,
            tree=tree,
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

    @strawberry.field(description="Who wrote it; null for all but the content team and the author.")
    def author_id(self, info: Info) -> strawberry.ID | None:
        viewer, author_id = info.context.viewer, self.revision.author_id
        known = viewer.role in CONTENT_TEAM or viewer.id == author_id
        return strawberry.ID(author_id) if known else None

    @strawberry.field(description="The category that it lies in.")
    def category(self) -> Category:
        return Category.of(self.tree, self.revision.content.category_id)

    @strawberry.field(description="The body, part by part.")
    def body(self) -> list[Block]:
        return [_block(block) for block in self.revision.content.body]

    @strawberry.field(description="The body's paragraphs alone, a line each.")
    def text(self) -> str:
        body = self.revision.content.body
        return "\n".join(block.text for block in body if isinstance(block, revisions.TextBlock))

    @strawberry.field(description="The picture that stands for it; null where it has none.")
    async def cover(self, info: Info) -> Asset | None:
        cover = self.revision.content.cover
        return None if cover is None else await asset_of(info, cover)

    @strawberry.field(description="The products that it links to and the catalogue still has.")
    def products(self, info: Info) -> list[Product]:
        found = (_product(info, linked) for linked in self.revision.content.products)
        return [product for product in found if product is not None]


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
    def of(cls, found: Found, tree: Tree) -> "Post":
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
            revision=Revision.of(found.revision, tree),
            showing=Showing.of(found.showing) if found.showing else None,
        )

    @strawberry.field(
        description="For a store's own version, how it stands to the post that it comes from; "
        "null for others, and for all who may not change it."
    )
    async def adaptation(self, info: Info) -> Adaptation | None:
        context = info.context
        parent = self.post.parent
        if parent is None or not may_work_on(context.viewer, self.post):
            return None
        stale, found = await adapting.compare(
            context.world.content, self.post, self.revision.revision, now=context.now
        )
        return Adaptation.of(parent, stale, found)

    @strawberry.field(description="Whether the consumer who asks likes it.")
    async def liked(self, info: Info) -> bool:
        return Mark.LIKE in await info.context.loaders.marks.load(self.post.id)

    @strawberry.field(description="Whether the consumer who asks has saved it.")
    async def saved(self, info: Info) -> bool:
        return Mark.SAVE in await info.context.loaders.marks.load(self.post.id)

    @strawberry.field(
        description="How many consumers have reported it; null for all but the content team."
    )
    def reports(self, info: Info) -> int | None:
        team = info.context.viewer.role in CONTENT_TEAM
        return self.post.counts.reports if team else None

    @strawberry.field(
        description="For a buyer show, whether its consumer lets the brand reuse it; null for "
        "others, and for all but the content team and the consumer."
    )
    def reuse_consent(self, info: Info) -> bool | None:
        shown = self.post.kind is PostKind.BUYER_SHOW
        known = shown and may_work_on(info.context.viewer, self.post)
        return self.post.reuse_consent if known else None

    @strawberry.field(description="The review of its latest revision; for its author and the team.")
    def review(self, info: Info) -> Review | None:
        viewer = info.context.viewer
        if self.post.review is None or not may_work_on(viewer, self.post):
            return None
        return Review.of(self.post.review)


def _block(block: revisions.Block) -> Block:
    if isinstance(block, revisions.TextBlock):
        return TextBlock(text=block.text)
    if isinstance(block, revisions.ImageBlock):
        return ImageBlock(asset_id=block.asset_id, caption=block.caption)
    if isinstance(block, revisions.VideoBlock):
        return VideoBlock(asset_id=block.asset_id, caption=block.caption)
    return ProductBlock(product_id=block.product_id)


def _product(info: Info, id: str) -> Product | None:
    context = info.context
    found = product_search.visible(
        context.world.reference.now().catalogue, context.viewer, id, now=context.now
    )
    return None if found is None else Product.of(found)
