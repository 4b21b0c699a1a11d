"""Where posts stand in lists, by what lists know of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import nlargest
from typing import NamedTuple

from domain.content.posts import Listed
from domain.content.revisions import PostId, RevisionId
from domain.content.searchable import PostWords
from domain.content.searches import COUNTED, PostOrder, Search
from domain.content.showings import Facets


class ListPlace(NamedTuple):
    """Where a post stands in a list, and by which revision; the greatest comes first."""

    rank: int
    at: datetime
    id: PostId
    revision_id: RevisionId


def places(
    posts: Iterable[Listed],
    search: Search,
    order: PostOrder,
    words: Mapping[RevisionId, PostWords],
) -> Iterator[ListPlace]:
    """Where the posts stand that a search finds, in no order.

    `words` are those that revisions are found by; they are asked last, since it takes longest.
    """
    now, scenes, counted = search.on_show_at, search.scenes, COUNTED.get(order)
    best = {product: i for i, product in enumerate(reversed(search.best_sellers))}
    wanted = _conditions(search)
    for post in posts:
        facets, at = post.latest, post.changed_at
        if now is not None:
            showing = post.showing(now)
            if showing is None:
                continue
            facets, at = showing.facets, showing.starts_at
        if scenes.isdisjoint(facets.scenes):
            continue
        if not all(condition(post, facets) for condition in wanted):
            continue
        rank = 0
        if search.terms:
            written = words.get(facets.revision_id)
            if written is None or not written.have(search.terms):
                continue
            rank = written.score(search.terms) if order is PostOrder.RELEVANCE else 0
        if counted is not None:
            rank = getattr(post.counts, counted)
        elif order is PostOrder.BEST_SELLING:
            rank = max((best.get(one, -1) for one in facets.products), default=-1)
        yield ListPlace(rank, at, post.id, facets.revision_id)


Condition = Callable[[Listed, Facets], bool]


def _conditions(search: Search) -> list[Condition]:
    """What a search asks of a post beside its scenes; what it does not ask costs nothing."""
    asked, stores, categories = search.asked, search.stores, search.categories
    moment, stretch = asked.valid_at, asked.appears
    wanted: list[tuple[object, Condition]] = [
        (stores, lambda post, _: stores is None or post.store_id in stores),
        (asked.store_id, lambda post, _: post.store_id == asked.store_id),
        (categories, lambda _, facets: categories is None or facets.category_id in categories),
        (asked.kind, lambda post, _: post.kind == asked.kind),
        (asked.state, lambda post, _: post.state == asked.state),
        (asked.author_id, lambda post, _: post.author_id == asked.author_id),
        (asked.department, lambda post, _: post.department == asked.department),
        (asked.audience, lambda _, facets: asked.audience in facets.audiences),
        (asked.age_band, lambda _, facets: asked.age_band in facets.age_bands),
        (asked.product_id, lambda _, facets: asked.product_id in facets.products),
        (moment, lambda _, one: moment is None or one.valid_from <= moment < one.valid_until),
        (stretch, lambda post, _: stretch is None or post.appears(*stretch)),
    ]
    return [condition for value, condition in wanted if value is not None]


def next_places(
    found: Iterable[ListPlace], after: tuple[int, datetime, PostId] | None, most: int
) -> tuple[list[ListPlace], int]:
    """The first so many places of a list after one of them, in order, and how many there are.

    They are taken as they come and never all kept: that many would make the collector of garbage
    look through everything that a process holds.
    """
    total = 0

    def later() -> Iterator[ListPlace]:
        nonlocal total
        for one in found:
            total += 1
            if after is None or one[:3] < after:
                yield one

    return nlargest(most, later()), total
