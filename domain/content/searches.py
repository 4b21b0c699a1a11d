"""What can be searched for among the posts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.catalogue.catalogue import ProductId
from domain.content.categories import CategoryPath, Tree
from domain.content.kinds import Department, PostKind
from domain.content.posts import Post, PostState
from domain.content.revisions import AgeBand, CategoryId, PostAudience, Revision
from domain.content.scenes import Scene
from domain.content.showings import Showing
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Invalid
from domain.network.stores import StoreId

LONGEST_TEXT = 100


class PostOrder(StrEnum):
    """How found posts are ordered; the newer comes first among equals.

    Relevance ranks a match in the title over one in the tags, and that over one elsewhere. The
    best selling are those whose best product sold most.
    """

    RELEVANCE = "RELEVANCE"
    NEWEST = "NEWEST"
    MOST_USED = "MOST_USED"
    MOST_LIKED = "MOST_LIKED"
    MOST_REPORTED = "MOST_REPORTED"
    BEST_SELLING = "BEST_SELLING"


# What the orders by what people did count of a post.
COUNTED = {
    PostOrder.MOST_USED: "uses",
    PostOrder.MOST_LIKED: "likes",
    PostOrder.MOST_REPORTED: "reports",
}
# A page goes on from rank, moment and id; each order is a list of its own.
SEARCHES = {order: Cursors(f"posts {order}", int, datetime, str) for order in PostOrder}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFilter:
    """What a viewer asks for; None asks for nothing in particular.

    `on_show` chooses between what is on show now and the latest revisions in whatever state; who
    does not work on what they ask for gets what is on show always. `appears` is a stretch of time,
    its end left out, in which something of a post goes on show.
    """

    text: str | None = None
    category: str | None = None
    scene: Scene | None = None
    audience: PostAudience | None = None
    age_band: AgeBand | None = None
    department: Department | None = None
    kind: PostKind | None = None
    product_id: ProductId | None = None
    store_id: StoreId | None = None
    state: PostState | None = None
    author_id: PersonId | None = None
    valid_at: datetime | None = None
    on_show: bool | None = None
    appears: tuple[datetime, datetime] | None = None

    def __post_init__(self) -> None:
        """Refuse a text that is too long to be meant."""
        if len(self.text or "") > LONGEST_TEXT:
            raise Invalid(
                f"Search for at most {LONGEST_TEXT} characters.", field=["filter", "text"]
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A filter with what the viewer may see worked in.

    With `on_show_at` it finds what is on show then, else the latest revisions. `scenes` and
    `stores` name those of which a post must have one; `stores` has None for posts of no store.
    `best_sellers` are products that sold, the most sold first.
    """

    asked: PostFilter
    terms: tuple[str, ...]
    on_show_at: datetime | None
    scenes: frozenset[Scene]
    stores: frozenset[StoreId | None] | None
    categories: frozenset[CategoryId] | None
    best_sellers: tuple[ProductId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPost:
    """A post, and the one revision of it that the viewer is shown; `showing` if it is on show."""

    post: Post
    revision: Revision
    category: CategoryPath
    showing: Showing | None

    @classmethod
    def of(cls, post: Post, revision: Revision, tree: Tree, now: datetime) -> "FoundPost":
        """A post with one of its revisions, and whether that is on show."""
        showing = post.showing(now)
        shown = showing is not None and showing.facets.revision_id == revision.id
        return cls(
            post=post,
            revision=revision,
            category=tree.told(revision.content.category_id),
            showing=showing if shown else None,
        )


class PostSearch(Protocol):
    """The search among the posts."""

    async def search(
        self, search: Search, order: PostOrder, page: PageRequest
    ) -> Page[tuple[Post, Revision]]:
        """A page of what is found, each with the revision that was found; in two round trips.

        The two go on at once.
        """
