"""A post: the life of its revisions, from the deposit until it is withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.catalogue.catalogue import ProductId
from domain.content import showings
from domain.content.kinds import Department, PostKind
from domain.content.reviews import review as reviews
from domain.content.reviews.review import Outcome, Review
from domain.content.revisions import PostId, Revision, RevisionId
from domain.content.showings import CampaignId, Facets, Schedule, Showing, facets_of, planned_end
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING, NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.records import Record
from domain.kernel.refusals import Conflict, WrongState
from domain.kernel.states import Machine
from domain.media.assets import AssetId
from domain.network.stores import StoreId
from domain.people.viewer import Role


class PostState(StrEnum):
    """Where the latest revision stands; an earlier approved one may be on show meanwhile."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    REJECTED = "REJECTED"
    APPROVED = "APPROVED"
    WITHDRAWN = "WITHDRAWN"


POST: Machine[PostState] = Machine(
    "post",
    begins=frozenset({PostState.DRAFT}),
    next={
        PostState.DRAFT: frozenset({PostState.DRAFT, PostState.IN_REVIEW, PostState.WITHDRAWN}),
        PostState.IN_REVIEW: frozenset(PostState),
        PostState.REJECTED: frozenset({PostState.DRAFT, PostState.WITHDRAWN}),
        PostState.APPROVED: frozenset({PostState.DRAFT, PostState.WITHDRAWN}),
        PostState.WITHDRAWN: frozenset({PostState.DRAFT}),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The revision that an adaptation comes from."""

    post_id: PostId
    revision_id: RevisionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What people have done with a post; counted apart from its versions."""

    uses: int = 0
    likes: int = 0
    saves: int = 0
    reports: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What lists know of a post: who may see it, what it is found by, and what it is ordered by.

    `store_id` is set where only that store's people and customers see it.
    """

    id: PostId
    kind: PostKind
    department: Department
    author_id: PersonId
    changed_at: datetime
    latest: Facets
    state: PostState = PostState.DRAFT
    showings: tuple[Showing, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)
    store_id: StoreId | None = None
    counts: Counts = field(default_factory=Counts)
    version: int = 1

    def appears(self, since: datetime, until: datetime) -> bool:
        """Whether something of it goes on show in a stretch of time, or is meant to."""
        if self.state is PostState.WITHDRAWN:
            return False
        planned = self.schedule.publish_at or BEGINNING
        return any(since <= at < until for at in (planned, *(it.starts_at for it in self.showings)))

    def showing(self, now: datetime) -> Showing | None:
        """What is on show at a moment."""
        return next((showing for showing in self.showings if showing.at(now)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Listed):
    """A piece of content with its latest revision, the review of it and what is on show.

    `source_id` is set where it, or what it adapts, was made of a buyer show, with the consent that
    its consumer can take back. What time has brought until `recorded_until` is in the book of
    records, or in `unrecorded`: records that were saved with the change that they tell of, until
    the book has them and all that follows is done.
    """

    created_at: datetime
    number: int
    review: Review | None = None
    parent: Parent | None = None
    source_id: PostId | None = None
    reuse_consent: bool = False
    recorded_until: datetime = BEGINNING
    unrecorded: tuple[Record, ...] = ()

    @property
    def of_a_consumer(self) -> bool:
        """Whether it shows what a consumer gave."""
        return self.kind is PostKind.BUYER_SHOW or self.source_id is not None

    def due_at(self) -> datetime:
        """When the clock has something to do about it; NEVER if time brings nothing."""
        if self.unrecorded:
            return self.recorded_until
        upcoming = showings.events(self.showings, after=self.recorded_until)
        return upcoming[0][0] if upcoming else NEVER

    def open_review(self) -> Review:
        """The review that waits for a decision, or WrongState."""
        if self.review is None or self.review.outcome is not Outcome.OPEN:
            raise WrongState(f"This post is {self.state}; there is nothing to review.")
        return self.review


REVIEW_QUEUE = Cursors("reviewQueue", str)


class Posts(Protocol):
    """Posts without their content; a post is written only over the version that was loaded."""

    async def by_ids(self, ids: Sequence[PostId]) -> dict[PostId, Post]:
        """Those of the ids that exist."""

    async def save(self, post: Post, *, expected: int) -> None:
        """Write a post over the expected version, 0 for a new one; else raise Conflict."""

    async def finished(self, posts: Sequence[Post]) -> None:
        """Note that nothing is unrecorded any more of posts that are still as they were saved."""

    async def waiting(
        self, roles: Sequence[Role], due_before: datetime, request: PageRequest
    ) -> Page[Post]:
        """The posts whose review waits for one of these roles, the first due first."""

    async def due(self, now: datetime, most: int) -> list[PostId]:
        """The posts about which the clock has something to do by now."""

    async def count_by(self, author_id: PersonId, since: datetime) -> int:
        """How many posts a person has begun since a moment."""

    async def of_campaign(self, id: CampaignId) -> dict[PostId, Post]:
        """The posts that go with a campaign."""

    async def adaptations_of(self, id: PostId) -> list[Post]:
        """What stores have made of a post."""

    async def made_from(self, id: PostId) -> list[Post]:
        """What the brand has made of a buyer show."""

    async def linking_to(self, id: ProductId) -> list[Post]:
        """The posts whose latest revision, or one on show, links to a product."""

    async def showing_asset(self, id: AssetId) -> list[Post]:
        """The posts that show an asset, or are to."""


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


def follow_assets(post: Post, ends: Mapping[AssetId, datetime], *, now: datetime) -> Post:
    """Let what shows assets end, or go on, with the time that the assets have."""
    followed = showings.follow_assets(post.showings, ends, now=now)
    if followed is post.showings:
        return post
    return replace(post, showings=followed, version=post.version + 1)


def _shown(post: Post, asset_ends: Mapping[AssetId, datetime], *, now: datetime) -> Post:
    """Put the latest revision on show for the scenes that its review allowed."""
    assert post.review is not None
    facets = replace(post.latest, scenes=post.review.allowed_scenes())
    shown = showings.put_on_show(post.showings, facets, post.schedule, asset_ends, now=now)
    return replace(post, showings=shown)


def _become(post: Post, state: PostState, *, now: datetime, **changes: object) -> Post:
    POST.require(post.state, state)
    return replace(
        post,
        state=state,
        changed_at=now,
        version=post.version + 1,
        **changes,  # type: ignore[arg-type]
    )
