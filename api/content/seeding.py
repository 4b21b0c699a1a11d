"""The seeding zone: buyer shows, likes, saves and reports."""

from typing import Annotated

import strawberry

from api.content.post_enums import Scene
from api.content.post_types import Post
from api.content.posts import AS_IT_IS, PostIdArgument
from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from domain.catalogue.catalogue import ProductId
from domain.content.seeding import buyer_shows, marking
from domain.content.seeding.buyer_shows import BuyerShow
from domain.content.seeding.marks import PostMark
from domain.content.seeding.zone import SeedingPorts
from domain.kernel.paging import PageRequest
from domain.media.assets import AssetId
from domain.people.act import Act


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


On = Annotated[bool, strawberry.argument(description="False to take it back.")]


@query("What the consumer who asks has saved and may still see, the newest first.")
async def saved_posts(
    ports: SeedingPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Post]:
    page = await marking.marked(ports, act, PostMark.SAVE, PageRequest(first=first, after=after))
    return connection(page, Post.of)


@query("What the consumer who asks has liked and may still see, the newest 500, newest first.")
async def liked_posts(
    ports: SeedingPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Post]:
    page = await marking.marked(ports, act, PostMark.LIKE, PageRequest(first=first, after=after))
    return connection(page, Post.of)


@mutation(
    "Show what you bought. The text is checked at once, and people review it before anybody "
    "else sees it. Nobody changes it after that.",
    post=AS_IT_IS,
)
async def buyer_show_submit(
    ports: SeedingPorts,
    act: Act,
    input: Annotated[BuyerShowInput, strawberry.argument(description="What the buyer shows.")],
) -> Post:
    return Post.of(await buyer_shows.show(ports, act, input.unpack()))


@mutation(
    "Let the brand reuse your buyer show, or no longer; what it made of it is then withdrawn.",
    post=AS_IT_IS,
)
async def buyer_show_consent(
    ports: SeedingPorts,
    act: Act,
    id: PostIdArgument,
    allowed: Annotated[bool, strawberry.argument(description="Whether the brand may.")],
) -> Post:
    return Post.of(await buyer_shows.consent(ports, act, id, allowed))


@mutation(
    "Make a draft for guides of a buyer show whose consumer has consented. Parts of it may be "
    "taken out by postRevise; nothing is rewritten.",
    post=AS_IT_IS,
)
async def buyer_show_reuse(
    ports: SeedingPorts,
    act: Act,
    id: PostIdArgument,
    category: Annotated[str, strawberry.argument(description="The path for the draft.")],
    scenes: Annotated[
        list[Scene], strawberry.argument(description="The scenes that the draft is for.")
    ],
) -> Post:
    return Post.of(await buyer_shows.reuse(ports, act, id, category, frozenset(scenes)))


@mutation("Like a post, or no longer.", post=AS_IT_IS)
async def post_like(ports: SeedingPorts, act: Act, id: PostIdArgument, on: On = True) -> Post:
    return Post.of(await marking.mark(ports, act, id, PostMark.LIKE, on))


@mutation("Save a post to find it again, or no longer.", post=AS_IT_IS)
async def post_save(ports: SeedingPorts, act: Act, id: PostIdArgument, on: On = True) -> Post:
    return Post.of(await marking.mark(ports, act, id, PostMark.SAVE, on))


@mutation("Tell the content team that a post should not be there.", post=AS_IT_IS)
async def post_report(
    ports: SeedingPorts,
    act: Act,
    id: PostIdArgument,
    reason: Annotated[str, strawberry.argument(description="1 to 200 characters.")],
) -> Post:
    return Post.of(await marking.report(ports, act, id, reason))


@mutation("Find a reported post in order; withdraw what is not.", post=AS_IT_IS)
async def post_reports_dismiss(ports: SeedingPorts, act: Act, id: PostIdArgument) -> Post:
    return Post.of(await marking.dismiss_reports(ports, act, id))


QUERIES = (saved_posts, liked_posts)
MUTATIONS = (
    buyer_show_submit,
    buyer_show_consent,
    buyer_show_reuse,
    post_like,
    post_save,
    post_report,
    post_reports_dismiss,
)
