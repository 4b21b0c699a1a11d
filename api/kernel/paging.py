"""Relay connections over the domain's pages."""

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import strawberry

from domain.kernel.paging import Page

T = TypeVar("T")
S = TypeVar("S")

First = Annotated[int, strawberry.argument(description="How many items at most, 1 to 100.")]
After = Annotated[
    str | None, strawberry.argument(description="The cursor after which the page starts.")
]


@strawberry.type(description="Where a page of a list begins and ends.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more items follow.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item of this page.")
    back_cursor: str | None = strawberry.field(
        description="What to ask for as `after` to get the page before this one; null on the first "
        "page, and in lists that go forward alone."
    )


@strawberry.type(description="One item of a list, with its place in it.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Its place in the list, to go on from.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page ends.")
    total_count: int = strawberry.field(description="How many items the whole list has.")

    @strawberry.field(description="The items without their cursors.")
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]


def connection(page: Page[S], pack: Callable[[S], T]) -> Connection[T]:
    """Pack a page of domain values."""
    edges = [
        Edge(node=pack(item), cursor=cursor)
        for item, cursor in zip(page.items, page.cursors, strict=True)
    ]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.has_next,
            end_cursor=page.cursors[-1] if page.cursors else None,
            back_cursor=page.back,
        ),
        total_count=page.total,
    )
