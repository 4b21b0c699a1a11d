"""A post: the life of its revisions, from the deposit until it is withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.content import reviews
from domain.content.assets import AssetId
from domain.content.reviews import Outcome, Review
from domain.content.revisions import (
    BEGINNING,
    NEVER,
    AgeBand,
    Audience,
    CategoryId,
    PostId,
    Revision,
    RevisionId,
)
from domain.content.scenes import Scene
from domain.mall.catalogue import ProductId
from domain.mall.stores import StoreId
from domain.people.viewer import PersonId
from domain.refusals import Conflict, WrongState

CampaignId = NewType("CampaignId", str)


class PostKind(StrEnum):
    """Material is for guides, a brand note for the seeding zone, a buyer show a consumer's own.

    An adaptation is a store's own version of one of the others.
    """

    MATERIAL = "MATERIAL"
    BRAND_NOTE = "BRAND_NOTE"
    BUYER_SHOW = "BUYER_SHOW"
    ADAPTATION = "ADAPTATION"


class Department(StrEnum):
    """Who in the brand deposited it."""

    BRAND = "BRAND"
    COMMUNITY = "COMMUNITY"
    ECOMMERCE = "ECOMMERCE"


class PostState(StrEnum):
    """Where the latest revision stands; an earlier approved one may be on show meanwhile."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    REJECTED = "REJECTED"
    APPROVED = "APPROVED"
    WITHDRAWN = "WITHDRAWN"


NEXT: Mapping[PostState, frozenset[PostState]] = {
    PostState.DRAFT: frozenset({PostState.DRAFT, PostState.IN_REVIEW, PostState.WITHDRAWN}),
    PostState.IN_REVIEW: frozenset(
        {
            PostState.DRAFT,
            PostState.IN_REVIEW,
            PostState.REJECTED,
            PostState.APPROVED,
            PostState.WITHDRAWN,
        }
    ),
    PostState.REJECTED: frozenset({PostState.DRAFT, PostState.WITHDRAWN}),
    PostState.APPROVED: frozenset({PostState.DRAFT, PostState.WITHDRAWN}),
    PostState.WITHDRAWN: frozenset({PostState.DRAFT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What lists of posts are filtered by, taken from one revision."""

    revision_id: RevisionId
    hash: str
    category_id: CategoryId
    audiences: frozenset[Audience]
    age_bands: frozenset[AgeBand]
    products: frozenset[ProductId]
    assets: frozenset[AssetId]
    scenes: frozenset[Scene]
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """An approved revision on show: for the scenes of its review, from one moment to another.

    The showings of a post follow one another and never overlap, so that at each moment at most
    one revision is on show, and which one depends on nothing but the time.
    """

    facets: Facets
    starts_at: datetime
    ends_at: datetime

    def at(self, now: datetime) -> bool:
        """Whether it is on show at a moment."""
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an approved revision is to go on and off show; without a moment, at once and for good.

    A campaign's posts have its start.
    """

    publish_at: datetime | None = None
    retire_at: datetime | None = None
    campaign_id: CampaignId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A piece of content with its latest revision, the review of it and what is on show.

    `store_id` is set where only that store's people and customers see it.
    """

    id: PostId
    kind: PostKind
    department: Department
    author_id: PersonId
    created_at: datetime
    changed_at: datetime
    latest: Facets
    number: int
    state: PostState = PostState.DRAFT
    review: Review | None = None
    schedule: Schedule = Schedule()
    showings: tuple[Showing, ...] = ()
    store_id: StoreId | None = None
    uses: int = 0
    version: int = 1

    def showing(self, now: datetime) -> Showing | None:
        """What is on show at a moment."""
        return next((showing for showing in self.showings if showing.at(now)), None)

    def open_review(self) -> Review:
        """The review that waits for a decision, or WrongState."""
        if self.review is None or self.review.outcome is not Outcome.OPEN:
            raise WrongState(f"This post is {_spoken(self.state)}; there is nothing to review.")
        return self.review


def facets_of(revision: Revision, scenes: frozenset[Scene]) -> Facets:
    """What a revision is found by, for some of its scenes."""
    content = revision.content
    return Facets(
        revision_id=revision.id,
        hash=revision.hash,
        category_id=content.category_id,
        audiences=content.audiences,
        age_bands=content.age_bands,
        products=frozenset(content.product_fields().values()),
        assets=frozenset(content.asset_fields().values()),
        scenes=scenes,
        valid_from=content.valid_from or BEGINNING,
        valid_until=content.valid_until or NEVER,
    )


def deposit(
    revision: Revision, *, kind: PostKind, department: Department, store_id: StoreId | None = None
) -> Post:
    """Begin a post with its first revision, as a draft."""
    return Post(
        id=revision.post_id,
        kind=kind,
        department=department,
        author_id=revision.author_id,
        created_at=revision.created_at,
        changed_at=revision.created_at,
        latest=facets_of(revision, revision.content.scenes),
        number=revision.number,
        store_id=store_id,
    )


def revise(post: Post, revision: Revision) -> Post:
    """Put a new revision on top; what is on show stays until the new one is approved."""
    now = revision.created_at
    return _become(
        post,
        PostState.DRAFT,
        now=now,
        latest=facets_of(revision, revision.content.scenes),
        number=revision.number,
        review=reviews.supersede(post.review, now=now),
    )


def submit(post: Post, review: Review, *, now: datetime) -> Post:
    """Hand the latest revision in for review."""
    if post.state is PostState.IN_REVIEW:
        raise WrongState("This post is in review already; wait for the decision or revise it.")
    return _become(post, PostState.IN_REVIEW, now=now, review=review)


def tend(post: Post, review: Review, *, now: datetime) -> Post:
    """Take over what has happened to the review while it is still open."""
    return _become(post, PostState.IN_REVIEW, now=now, review=review)


def decide(post: Post, review: Review, revision: Revision, *, now: datetime) -> Post:
    """Take over what a review came to; with its approval the revision is put on show."""
    if review.outcome is Outcome.OPEN:
        return tend(post, review, now=now)
    if review.outcome is Outcome.REJECTED:
        return _become(post, PostState.REJECTED, now=now, review=review)
    if revision.hash != review.hash or revision.content.hash() != review.hash:
        raise Conflict("The approval is for another content; load the revision again.")
    approved = _become(post, PostState.APPROVED, now=now, review=review)
    return show(approved, revision, review.allowed_scenes(), now=now)


def withdraw(post: Post, *, now: datetime) -> Post:
    """Take the post back from everybody, at once."""
    return _become(
        post,
        PostState.WITHDRAWN,
        now=now,
        review=reviews.supersede(post.review, now=now),
        showings=(),
    )


def show(post: Post, revision: Revision, scenes: frozenset[Scene], *, now: datetime) -> Post:
    """Put an approved revision on show when the schedule says; the one before it ends then."""
    content = revision.content
    starts_at = max(now, post.schedule.publish_at or BEGINNING, content.valid_from or BEGINNING)
    ends_at = min(post.schedule.retire_at or NEVER, content.valid_until or NEVER)
    if starts_at >= ends_at:
        raise WrongState(
            "It would be on show for no time at all: its validity or its schedule has ended. "
            "Revise it or change the schedule."
        )
    shown = Showing(facets=facets_of(revision, scenes), starts_at=starts_at, ends_at=ends_at)
    before = (
        replace(earlier, ends_at=min(earlier.ends_at, starts_at))
        for earlier in post.showings
        if earlier.starts_at < starts_at and earlier.ends_at > now
    )
    return replace(post, showings=(*before, shown))


def _become(post: Post, state: PostState, *, now: datetime, **changes: object) -> Post:
    if state not in NEXT[post.state]:
        raise WrongState(
            f"This post is {_spoken(post.state)}; it can't become {_spoken(state)}. "
            "Revise it first."
        )
    return replace(
        post,
        state=state,
        changed_at=now,
        version=post.version + 1,
        **changes,  # type: ignore[arg-type]
    )


def _spoken(state: PostState) -> str:
    return state.value.lower().replace("_", " ")
