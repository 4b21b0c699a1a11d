"""Deciding about revisions that were submitted."""

from datetime import datetime

from domain.content import posts
from domain.content.adaptations.adapting import require_living_parent
from domain.content.bank import ContentPorts
from domain.content.depositing import asset_ends, load, load_revision
from domain.content.posts import Post
from domain.content.reviews import history
from domain.content.reviews import review as reviews
from domain.content.reviews.review import Comment
from domain.content.scenes import Scene
from domain.kernel.ids import NewId
from domain.people.viewer import Viewer


async def approve(
    bank: ContentPorts,
    viewer: Viewer,
    id: str,
    scenes: frozenset[Scene],
    *,
    expected_hash: str,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Allow the revision with this hash for these scenes; the last vote needed puts it on show."""
    post = await load(bank, id)
    await require_living_parent(bank, post)
    review = reviews.approve(post.open_review(), viewer, scenes, expected_hash, now=now)
    revision = await load_revision(bank, review.revision_id)
    ends = await asset_ends(bank, post)
    decided = posts.approve(post, review, revision, ends, now=now)
    return await history.keep(
        bank, "postApprove", post, decided, viewer=viewer, now=now, new_id=new_id
    )


async def reject(
    bank: ContentPorts,
    viewer: Viewer,
    id: str,
    comments: tuple[Comment, ...],
    *,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Send the revision back with what is to be changed."""
    post = await load(bank, id)
    open_review = post.open_review()
    revision = await load_revision(bank, open_review.revision_id)
    review = reviews.reject(open_review, viewer, comments, revision, now=now)
    decided = posts.reject(post, review, now=now)
    return await history.keep(
        bank, "postReject", post, decided, viewer=viewer, now=now, new_id=new_id
    )


async def claim(
    bank: ContentPorts, viewer: Viewer, id: str, *, now: datetime, new_id: NewId
) -> Post:
    """Take a review up, so that nobody else decides for a while."""
    post = await load(bank, id)
    claimed = posts.tend(post, reviews.claim(post.open_review(), viewer, now=now), now=now)
    return await history.keep(
        bank, "reviewClaim", post, claimed, viewer=viewer, now=now, new_id=new_id
    )


async def release(
    bank: ContentPorts, viewer: Viewer, id: str, *, now: datetime, new_id: NewId
) -> Post:
    """Give a claimed review back."""
    post = await load(bank, id)
    released = posts.tend(post, reviews.release(post.open_review(), viewer), now=now)
    return await history.keep(
        bank, "reviewRelease", post, released, viewer=viewer, now=now, new_id=new_id
    )
