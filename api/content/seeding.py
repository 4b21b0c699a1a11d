"""The seeding zone: buyer shows, likes, saves and reports."""

from typing import Annotated

import strawberry

from api.content.post_enums import Scene
from api.content.post_types import Post
from api.content.posts import PostIdArgument, PostPayload, packed
from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import mutation
from domain.catalogue.catalogue import ProductId
from domain.content.search.searches import Found
from domain.content.seeding import buyer_shows, marking
from domain.content.seeding.buyer_shows import BuyerShow, Mark
from domain.kernel.paging import PageRequest
from domain.media.assets import AssetId


@strawberry.input(description="What a consumer shows.")
class BuyerShowInput:
    title: str = strawberry.field(description="1 to 60 characters.")
    text: str = strawberry.field(description="1 to 2,000 characters.")
    pictures: list[strawberry.ID] = strawberry.field(
        description="Assets that the consumer has uploaded; at most 9.", default_factory=list
    )
    product_ids: list[strawberry.ID] = strawberry.field(
        description="The products that it shows.", default_factory=list
    )
    reuse_consent: bool = strawberry.field(
        description="Whether the brand may reuse it; can be taken back later.", default=False
    )

    def unpack(self) -> BuyerShow:
        """The buyer show as the domain has it."""
        return BuyerShow(
            title=self.title,
            text=self.text,
            pictures=tuple(dict.fromkeys(map(AssetId, self.pictures))),
            products=tuple(dict.fromkeys(map(ProductId, self.product_ids))),
            reuse_consent=self.reuse_consent,
        )


@strawberry.type(description="The answer to a buyer show.")
class BuyerShowSubmitPayload(PostPayload):
    pass


@strawberry.type(description="The answer to a consent.")
class BuyerShowConsentPayload(PostPayload):
    pass


@strawberry.type(description="The answer to a reuse; the post is the new draft.")
class BuyerShowReusePayload(PostPayload):
    pass


@strawberry.type(description="The answer to a like.")
class PostLikePayload(PostPayload):
    pass


@strawberry.type(description="The answer to a save.")
class PostSavePayload(PostPayload):
    pass


@strawberry.type(description="The answer to a report.")
class PostReportPayload(PostPayload):
    pass


@strawberry.type(description="The answer to the dismissal of reports.")
class PostReportsDismissPayload(PostPayload):
    pass


On = Annotated[bool, strawberry.argument(description="False to take it back.")]


@strawberry.type
class SeedingQuery:
    @strawberry.field(
        description="What the consumer who asks has saved and may still see, the newest first."
    )
    async def saved_posts(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Post]:
        context = info.context
        page, tree = await marking.saved(
            context.world.seeding,
            context.viewer,
            PageRequest(first=first, after=after),
            now=context.now,
        )
        return connection(page, lambda found: Post.of(found, tree))


@strawberry.type
class SeedingMutation:
    @mutation(
        "Show what you bought. The text is checked at once, and people review it before anybody "
        "else sees it."
    )
    async def buyer_show_submit(
        self,
        info: Info,
        input: Annotated[BuyerShowInput, strawberry.argument(description="What the buyer shows.")],
    ) -> BuyerShowSubmitPayload:
        context = info.context
        post = await buyer_shows.show(
            context.world.seeding,
            context.viewer,
            input.unpack(),
            now=context.now,
            new_id=context.world.new_id,
        )
        return BuyerShowSubmitPayload(post=await packed(info, post))

    @mutation(
        "Let the brand reuse your buyer show, or no longer; what it made of it is then withdrawn."
    )
    async def buyer_show_consent(
        self,
        info: Info,
        id: PostIdArgument,
        allowed: Annotated[bool, strawberry.argument(description="Whether the brand may.")],
    ) -> BuyerShowConsentPayload:
        context = info.context
        post = await buyer_shows.consent(
            context.world.seeding,
            context.viewer,
            id,
            allowed,
            now=context.now,
            new_id=context.world.new_id,
        )
        return BuyerShowConsentPayload(post=await packed(info, post))

    @mutation("Make a draft for guides of a buyer show whose consumer has consented.")
    async def buyer_show_reuse(
        self,
        info: Info,
        id: PostIdArgument,
        category: Annotated[str, strawberry.argument(description="The path for the draft.")],
        scenes: Annotated[
            list[Scene], strawberry.argument(description="The scenes that the draft is for.")
        ],
    ) -> BuyerShowReusePayload:
        context = info.context
        tree = await context.world.content.categories.tree()
        post = await buyer_shows.reuse(
            context.world.seeding,
            context.viewer,
            id,
            tree.at(category).id,
            frozenset(scenes),
            now=context.now,
            new_id=context.world.new_id,
        )
        return BuyerShowReusePayload(post=await packed(info, post))

    @mutation("Like a post, or no longer.")
    async def post_like(self, info: Info, id: PostIdArgument, on: On = True) -> PostLikePayload:
        return PostLikePayload(post=await _marked(info, id, Mark.LIKE, on))

    @mutation("Save a post to find it again, or no longer.")
    async def post_save(self, info: Info, id: PostIdArgument, on: On = True) -> PostSavePayload:
        return PostSavePayload(post=await _marked(info, id, Mark.SAVE, on))

    @mutation("Tell the content team that a post should not be there.")
    async def post_report(
        self,
        info: Info,
        id: PostIdArgument,
        reason: Annotated[str, strawberry.argument(description="1 to 200 characters.")],
    ) -> PostReportPayload:
        context = info.context
        found = await marking.report(
            context.world.seeding, context.viewer, id, reason, now=context.now
        )
        return PostReportPayload(post=await _seen(info, found))

    @mutation("Find a reported post in order; withdraw what is not.")
    async def post_reports_dismiss(
        self, info: Info, id: PostIdArgument
    ) -> PostReportsDismissPayload:
        context = info.context
        found = await marking.dismiss_reports(
            context.world.seeding,
            context.viewer,
            id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostReportsDismissPayload(post=await _seen(info, found))


async def _marked(info: Info, id: str, mark: Mark, on: bool) -> Post:
    context = info.context
    found = await marking.mark(context.world.seeding, context.viewer, id, mark, on, now=context.now)
    return await _seen(info, found)


async def _seen(info: Info, found: Found) -> Post:
    return Post.of(found, await info.context.world.content.categories.tree())
