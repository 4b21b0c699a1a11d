"""What people of the stores say to each other, and the board, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.content.post_types import Post
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.media.asset_types import Asset, usable_asset_of
from domain.content.finding import posts_by_ids
from domain.guiding import remarks as rules
from domain.guiding import talking as use_cases
from domain.guiding.remarks import RemarkPlace, place_of
from domain.guiding.talking import TalkPorts
from domain.kernel.paging import PageRequest
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.guides import guides_by_ids

enum(
    RemarkPlace,
    "Where something is said.",
    CONTEST="On a contest's wall.",
    TOPIC="About a topic of learning.",
    REMARK="In answer to another remark.",
    POST="About a post on the board.",
)
Place = Annotated[RemarkPlace, strawberry.argument(description="What kind of place it is.")]
PlaceId = Annotated[strawberry.ID, strawberry.argument(description="Which one.")]
RemarkArgument = Annotated[strawberry.ID, strawberry.argument(description="The remark.")]
PostArgument = Annotated[strawberry.ID, strawberry.argument(description="The post.")]


@strawberry.type(description="Something that somebody of the stores said.")
class Remark(Packed[rules.Remark]):
    value: strawberry.Private[rules.Remark]
    id: strawberry.ID = strawberry.field(description="Its id.")
    author_id: strawberry.ID = strawberry.field(description="Who said it.")
    author_name: str = strawberry.field(description="What they were called then.")
    store_id: strawberry.ID | None = strawberry.field(description="Where they worked then.")
    words: str = strawberry.field(description="What they said.")
    said_at: datetime = strawberry.field(description="When.")
    post_id: strawberry.ID | None = strawberry.field(
        description="The post of the bank that was made of it, if any."
    )

    @field("The picture or film with it; null where there is none to show.")
    async def asset(self, load: Load) -> Asset | None:
        return await usable_asset_of(load, self.value.asset_id)

    @field("How many like it.")
    async def likes(self, load: Load) -> int:
        target = place_of(RemarkPlace.REMARK, self.value.id)
        return await load(use_cases.likes_of, target) or 0


@strawberry.type(description="A post of a guide's that stands on the board.")
class BoardPost(Packed[rules.BoardPost]):
    value: strawberry.Private[rules.BoardPost]
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    put_at: datetime = strawberry.field(description="Since when.")

    @field("The guide's name; null once we do not know them any more.")
    async def guide_name(self, load: Load) -> str | None:
        guide = await load(guides_by_ids, GuideId(self.value.guide_id))
        return guide.name if guide else None

    @field("The post; null while it is not on show.")
    async def post(self, load: Load) -> Post | None:
        found = await load(posts_by_ids, self.value.id)
        return Post.of(found) if found else None

    @field("How many people of the stores like it.")
    async def likes(self, load: Load) -> int:
        target = place_of(RemarkPlace.POST, self.value.id)
        return await load(use_cases.likes_of, target) or 0


@query("What is said in a place, the newest first.")
async def remarks(
    ports: TalkPorts, act: Act, place: Place, id: PlaceId, first: First = 20, after: After = None
) -> Connection[Remark]:
    request = PageRequest(first=first, after=after)
    return connection(await use_cases.remarks_in(ports, act, place, id, request), Remark.of)


@query("The board of guides who do well: their films and notes, the newest first.")
async def guide_board(
    ports: TalkPorts, act: Act, first: First = 20, after: After = None
) -> Connection[BoardPost]:
    request = PageRequest(first=first, after=after)
    return connection(await use_cases.guide_board(ports, act, request), BoardPost.of)


@mutation("Say something in a place; for people of the stores.", remark="As it is shown.")
async def remark_say(
    ports: TalkPorts,
    act: Act,
    place: Place,
    id: PlaceId,
    words: Annotated[str, strawberry.argument(description="1 to 500 characters.")],
    idempotency_key: Annotated[
        str, strawberry.argument(description="A text of your own for this request.")
    ],
    asset_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="A picture or a film that the viewer has uploaded."),
    ] = None,
) -> Remark:
    said = await use_cases.say(
        ports, act, place, id, words, asset_id=asset_id, idempotency_key=idempotency_key
    )
    return Remark.of(said)


@mutation("Like a remark or a post on the board, once.", likes="How many do by now.")
async def remark_like(ports: TalkPorts, act: Act, place: Place, id: PlaceId) -> int:
    return await use_cases.like(ports, act, place, id)


@mutation("Take a like back.", likes="How many like it by now.")
async def remark_unlike(ports: TalkPorts, act: Act, place: Place, id: PlaceId) -> int:
    return await use_cases.unlike(ports, act, place, id)


@mutation("Take a remark down; for who looks after its author's store.", remark="As it was.")
async def remark_remove(
    ports: TalkPorts,
    act: Act,
    id: RemarkArgument,
    reason: Annotated[str, strawberry.argument(description="Why, in 1 to 300 characters.")],
) -> Remark:
    return Remark.of(await use_cases.take_down(ports, act, id, reason))


@mutation(
    "Deposit what was said as a draft for INTERNAL, to be reviewed and taught.",
    post="The post.",
)
async def remark_deposit(
    ports: TalkPorts,
    act: Act,
    id: RemarkArgument,
    title: Annotated[str, strawberry.argument(description="What the post is called.")],
    category: Annotated[str, strawberry.argument(description="Where it lies, such as 培训/护理.")],
) -> Post:
    _, found = await use_cases.make_lesson(ports, act, id, title=title, category=category)
    return Post.of(found)


@mutation("Put a post that is approved for INTERNAL on the board.", post="As it stands there.")
async def board_put(
    ports: TalkPorts,
    act: Act,
    post_id: PostArgument,
    guide_id: Annotated[strawberry.ID, strawberry.argument(description="Whose it is.")],
) -> BoardPost:
    return BoardPost.of(await use_cases.put_on_board(ports, act, post_id, guide_id))


@mutation("Take a post off the board.", post="As it stood there.")
async def board_take_off(ports: TalkPorts, act: Act, post_id: PostArgument) -> BoardPost:
    return BoardPost.of(await use_cases.take_off_board(ports, act, post_id))


QUERIES = (remarks, guide_board)
MUTATIONS = (
    remark_say,
    remark_like,
    remark_unlike,
    remark_remove,
    remark_deposit,
    board_put,
    board_take_off,
)
