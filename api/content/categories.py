"""The tree of categories."""

from typing import Annotated

import strawberry

from api.content.post_types import Category
from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from domain.content import arranging
from domain.content.categories import Tree
from domain.content.revisions import CategoryId
from domain.kernel.paging import PageRequest, page_of

CategoryIdArgument = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]


@strawberry.type(description="The answer to every change of the tree of categories.")
class CategoryPayload(Payload):
    category: Category | None = strawberry.field(
        description="The category as it is now; after a merge, the one that it became part of.",
        default=None,
    )


@strawberry.type(description="The answer to a new category.")
class CategoryCreatePayload(CategoryPayload):
    pass


@strawberry.type(description="The answer to a move.")
class CategoryMovePayload(CategoryPayload):
    pass


@strawberry.type(description="The answer to a new name.")
class CategoryRenamePayload(CategoryPayload):
    pass


@strawberry.type(description="The answer to a merge.")
class CategoryMergePayload(CategoryPayload):
    pass


@strawberry.type
class CategoryQuery:
    @strawberry.field(description="All categories of posts, by path.")
    async def categories(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Category]:
        tree = await info.context.world.content.categories.tree()
        found = sorted(tree.living(), key=lambda category: tree.path(category.id))
        page = page_of(found, PageRequest(first=first, after=after))
        return connection(page, lambda category: Category.of(tree, category.id))


@strawberry.type
class CategoryMutation:
    @mutation("Make the category of a path, with those above it that are missing.")
    async def category_create(
        self,
        info: Info,
        path: Annotated[
            str, strawberry.argument(description="Names from the root, such as 羽绒服/商务.")
        ],
    ) -> CategoryCreatePayload:
        context = info.context
        return CategoryCreatePayload(
            category=_packed(
                *await arranging.create(
                    context.world.content,
                    context.viewer,
                    path,
                    now=context.now,
                    new_id=context.world.new_id,
                )
            )
        )

    @mutation("Hang a category, with all below it, under another one or at the root.")
    async def category_move(
        self,
        info: Info,
        id: CategoryIdArgument,
        parent_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Null for the root.")
        ] = None,
    ) -> CategoryMovePayload:
        context = info.context
        return CategoryMovePayload(
            category=_packed(
                *await arranging.move(
                    context.world.content,
                    context.viewer,
                    id,
                    parent_id,
                    now=context.now,
                    new_id=context.world.new_id,
                )
            )
        )

    @mutation("Give a category another name.")
    async def category_rename(
        self,
        info: Info,
        id: CategoryIdArgument,
        name: Annotated[str, strawberry.argument(description="At most 30 characters, no /.")],
    ) -> CategoryRenamePayload:
        context = info.context
        return CategoryRenamePayload(
            category=_packed(
                *await arranging.rename(
                    context.world.content,
                    context.viewer,
                    id,
                    name,
                    now=context.now,
                    new_id=context.world.new_id,
                )
            )
        )

    @mutation(
        "Let a category become part of another: its posts and what lies below it are the other's."
    )
    async def category_merge(
        self,
        info: Info,
        id: CategoryIdArgument,
        into_id: Annotated[strawberry.ID, strawberry.argument(description="The other category.")],
    ) -> CategoryMergePayload:
        context = info.context
        return CategoryMergePayload(
            category=_packed(
                *await arranging.merge(
                    context.world.content,
                    context.viewer,
                    id,
                    into_id,
                    now=context.now,
                    new_id=context.world.new_id,
                )
            )
        )


def _packed(tree: Tree, id: CategoryId) -> Category:
    return Category.of(tree, id)
