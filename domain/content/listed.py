"""What lists know of each post without reading it: who may see it, and where it stands."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import NamedTuple

from domain.catalogue.catalogue import ProductId
from domain.content.kinds import Department, PostKind
from domain.content.posts import Post, PostState
from domain.content.revisions import AgeBand, CategoryId, PostAudience, PostId, RevisionId
from domain.content.scenes import Scene
from domain.content.searches import COUNTED, PostOrder, Search
from domain.content.showings import Facets
from domain.kernel.ids import PersonId
from domain.network.stores import StoreId


@dataclass(frozen=True, slots=True)
class ListedFacets:
    """What a list filters by of one revision; on show from `starts_at` until `ends_at`, if ever."""

    revision_id: RevisionId
    category_id: CategoryId
    audiences: frozenset[PostAudience]
    age_bands: frozenset[AgeBand]
    products: frozenset[ProductId]
    scenes: frozenset[Scene]
    valid_from: datetime
    valid_until: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def on_show_at(self, now: datetime) -> bool:
        """Whether it is on show at a moment."""
        return (
            self.starts_at is not None
            and self.ends_at is not None
            and self.starts_at <= now < self.ends_at
        )

    def is_valid_at(self, moment: datetime | None) -> bool:
        """Whether it may be used at a moment."""
        return moment is not None and self.valid_from <= moment < self.valid_until


@dataclass(frozen=True, slots=True)
class Listed:
    """A post as lists have it; `counts` are by the names that `COUNTED` has."""

    id: PostId
    version: int
    kind: PostKind
    department: Department
    author_id: PersonId
    store_id: StoreId | None
    state: PostState
    changed_at: datetime
    latest: ListedFacets
    showings: tuple[ListedFacets, ...]
    counts: Mapping[str, int]

    def on_show(self, now: datetime) -> ListedFacets | None:
        """What is on show of it at a moment."""
        for one in self.showings:
            if one.on_show_at(now):
                return one
        return None


class ListPlace(NamedTuple):
    """Where a post stands in a list, and by which revision; the greatest comes first."""

    rank: int
    at: datetime
    id: PostId
    revision_id: RevisionId


def listed(post: Post) -> Listed:
    """A post as lists have it."""
    return Listed(
        id=post.id,
        version=post.version,
        kind=post.kind,
        department=post.department,
        author_id=post.author_id,
        store_id=post.store_id,
        state=post.state,
        changed_at=post.changed_at,
        latest=_listed_facets(post.latest),
        showings=tuple(
            _listed_facets(one.facets, one.starts_at, one.ends_at) for one in post.showings
        ),
        counts={name: getattr(post.counts, name) for name in COUNTED.values()},
    )


def _listed_facets(
    facets: Facets, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> ListedFacets:
    return ListedFacets(
        revision_id=facets.revision_id,
        category_id=facets.category_id,
        audiences=facets.audiences,
        age_bands=facets.age_bands,
        products=facets.products,
        scenes=facets.scenes,
        valid_from=facets.valid_from,
        valid_until=facets.valid_until,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def places(
    posts: Iterable[Listed],
    search: Search,
    order: PostOrder,
    scores: Mapping[RevisionId, int] | None = None,
) -> Iterator[ListPlace]:
    """Where the posts stand that a search finds, in no order.

    With words, `scores` are the revisions that have them, and how much each has of them.
    """
    now, scenes, counted = search.on_show_at, search.scenes, COUNTED.get(order)
    best = {product: i for i, product in enumerate(reversed(search.best_sellers))}
    wanted = _conditions(search)
    for post in posts:
        facets = post.latest if now is None else post.on_show(now)
        if facets is None or scenes.isdisjoint(facets.scenes):
            continue
        if not all(condition(post, facets) for condition in wanted):
            continue
        rank = 0
        if scores is not None:
            score = scores.get(facets.revision_id)
            if score is None:
                continue
            rank = score if order is PostOrder.RELEVANCE else 0
        if counted is not None:
            rank = post.counts[counted]
        elif order is PostOrder.BEST_SELLING:
            rank = max((best.get(one, -1) for one in facets.products), default=-1)
        at = facets.starts_at if now is not None else post.changed_at
        assert at is not None
        yield ListPlace(rank, at, post.id, facets.revision_id)


Condition = Callable[[Listed, ListedFacets], bool]


def _conditions(search: Search) -> list[Condition]:
    """What a search asks of a post beside its scenes; what it does not ask costs nothing."""
    asked, stores, categories = search.asked, search.stores, search.categories
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
        (asked.valid_at, lambda _, facets: facets.is_valid_at(asked.valid_at)),
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
