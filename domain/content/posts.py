"""A post: the life of its revisions, from the deposit until it is withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from domain.content import showings
from domain.content.adaptations.adaptation import Parent
from domain.content.reviews import review as reviews
from domain.content.reviews.review import Outcome, Review
from domain.content.revisions import PostId, Revision
from domain.content.showings import Facets, Schedule, Showing, facets_of, planned_end
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING, NEVER
from domain.kernel.refusals import Conflict, WrongState
from domain.media.assets import AssetId
from domain.network.stores import StoreId


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
class Counts:
    """What people have done with a post; counted apart from its versions."""

    uses: int = 0
    likes: int = 0
    saves: int = 0
    reports: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A piece of content with its latest revision, the review of it and what is on show.

    `store_id` is set where only that store's people and customers see it, `source_id` where it was
    made of a buyer show, with the consent that its consumer can take back. What time has brought
    until `recorded_until` is in the book of records.
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
    schedule: Schedule = field(default_factory=Schedule)
    showings: tuple[Showing, ...] = ()
    store_id: StoreId | None = None
    parent: Parent | None = None
    source_id: PostId | None = None
    reuse_consent: bool = False
    counts: Counts = field(default_factory=Counts)
    recorded_until: datetime = BEGINNING
    version: int = 1

    def showing(self, now: datetime) -> Showing | None:
        """What is on show at a moment."""
        return next((showing for showing in self.showings if showing.at(now)), None)

    def open_review(self) -> Review:
        """The review that waits for a decision, or WrongState."""
        if self.review is None or self.review.outcome is not Outcome.OPEN:
            raise WrongState(f"This post is {_spoken(self.state)}; there is nothing to review.")
        return self.review


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


def reject(post: Post, review: Review, *, now: datetime) -> Post:
    """Take over that the review has sent the revision back."""
    return _become(post, PostState.REJECTED, now=now, review=review)


def approve(
    post: Post,
    review: Review,
    revision: Revision,
    asset_ends: Mapping[AssetId, datetime],
    *,
    now: datetime,
) -> Post:
    """Take over a vote; with the last one the revision is put on show as the schedule says."""
    if review.outcome is Outcome.OPEN:
        return tend(post, review, now=now)
    if review.hash != revision.content.hash():
        raise Conflict("The approval is for another content; load the revision again.")
    if planned_end(post.latest, post.schedule) <= now:
        raise WrongState("Its validity or its schedule has ended; revise it or schedule it anew.")
    approved = _become(post, PostState.APPROVED, now=now, review=review)
    return _shown(approved, asset_ends, now=now)


def withdraw(post: Post, *, now: datetime) -> Post:
    """Take the post back from everybody, at once."""
    return _become(
        post,
        PostState.WITHDRAWN,
        now=now,
        review=reviews.supersede(post.review, now=now),
        showings=(),
    )


def schedule(
    post: Post, wanted: Schedule, asset_ends: Mapping[AssetId, datetime], *, now: datetime
) -> Post:
    """Set when the latest revision goes on show once approved, and when the post goes off show.

    Something that is on show already can't be put off; withdraw it instead.
    """
    if post.state is PostState.WITHDRAWN:
        raise WrongState("This post is withdrawn; revise it first.")
    held = wanted.publish_at == NEVER
    if not held and (wanted.publish_at or BEGINNING) >= planned_end(post.latest, wanted):
        raise WrongState("It must go off show after it goes on; move one of the two.")
    started = any(
        showing.facets.revision_id == post.latest.revision_id and showing.starts_at <= now
        for showing in post.showings
    )
    if started and wanted.publish_at is not None and wanted.publish_at > now:
        raise WrongState("This revision is on show already; withdraw it, or leave publishAt out.")
    moved = replace(
        post,
        schedule=wanted,
        showings=showings.retire_all(post.showings, wanted, now=now),
        changed_at=now,
        version=post.version + 1,
    )
    return _shown(moved, asset_ends, now=now) if post.state is PostState.APPROVED else moved


def follow_asset(post: Post, asset_id: AssetId, until: datetime, *, now: datetime) -> Post:
    """Let what shows an asset end, or go on, with the time that the asset has."""
    followed = showings.follow_asset(post.showings, asset_id, until, now=now)
    return replace(post, showings=followed, version=post.version + 1)


def _shown(post: Post, asset_ends: Mapping[AssetId, datetime], *, now: datetime) -> Post:
    """Put the latest revision on show for the scenes that its review allowed."""
    assert post.review is not None
    facets = replace(post.latest, scenes=post.review.allowed_scenes())
    shown = showings.put_on_show(post.showings, facets, post.schedule, asset_ends, now=now)
    return replace(post, showings=shown)


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
