"""The tree of categories."""

from typing import Annotated

import strawberry

from api.content.post_types import Category
from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from domain.content import categorising
from domain.content.bank import ContentPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act

CategoryIdArgument = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
CATEGORY = "The category as it is now; after a merge, the one that it became part of."


@query("All categories of posts, by path.")
async def categories(
    ports: ContentPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Category]:
    page = await categorising.listed(ports, act, PageRequest(first=first, after=after))
    return connection(page, Category.of)


@mutation("Make the category of a path, with those above it that are missing.", category=CATEGORY)
async def category_create(
    ports: ContentPorts,
    act: Act,
    path: Annotated[
        str, strawberry.argument(description="Names from the root, such as 羽绒服/商务.")
    ],
) -> Category:
    return Category.of(await categorising.create(ports, act, path))


@mutation(
    "Hang a category, with all below it, under another one or at the root.", category=CATEGORY
)
async def category_move(
    ports: ContentPorts,
    act: Act,
    id: CategoryIdArgument,
    parent_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Null for the root.")
    ] = None,
) -> Category:
    return Category.of(await categorising.move(ports, act, id, parent_id))


@mutation("Give a category another name.", category=CATEGORY)
async def category_rename(
    ports: ContentPorts,
    act: Act,
    id: CategoryIdArgument,
    name: Annotated[str, strawberry.argument(description="At most 30 characters, no /.")],
) -> Category:
    return Category.of(await categorising.rename(ports, act, id, name))


@mutation(
    "Let a category become part of another: its posts and what lies below it are the other's.",
    category=CATEGORY,
)
async def category_merge(
    ports: ContentPorts,
    act: Act,
    id: CategoryIdArgument,
    into_id: Annotated[strawberry.ID, strawberry.argument(description="The other category.")],
) -> Category:
    return Category.of(await categorising.merge(ports, act, id, into_id))


QUERIES = (categories,)
MUTATIONS = (category_create, category_move, category_rename, category_merge)
