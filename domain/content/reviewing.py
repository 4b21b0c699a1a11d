"""Deciding about revisions that were submitted, and by which policies."""

from dataclasses import dataclass, replace
from typing import Any

from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.categories import CategoryPath, Tree
from domain.content.consumers import require_allowed
from domain.content.keeping import keep, keep_on_show
from domain.content.loading import asset_ends, latest, load, load_revision
from domain.content.posts import Post
from domain.content.reviews import review as reviews
from domain.content.reviews.policies import REVIEWING_ROLES, ReviewPolicy
from domain.content.reviews.review import Comment, Review
from domain.content.scenes import Scene
from domain.content.searches import FoundPost
from domain.kernel.moments import NEVER
from domain.kernel.paging import Page, PageRequest
from domain.kernel.records import Subject
from domain.people.act import Act


async def approve(
    ports: ContentPorts, act: Act, id: str, scenes: frozenset[Scene], *, expected_hash: str
) -> FoundPost:
    """Allow the revision with this hash for these scenes; the last vote needed puts it on show."""
    act.viewer.require("review.decide")
    post = await load(ports.posts, id)
    await require_allowed(ports.posts, post)
    review = reviews.approve(post.open_review(), act.viewer, scenes, expected_hash, now=act.at)
    revision = await load_revision(ports.revisions, review.revision_id)
    ends = await asset_ends(ports.assets, post)
    decided = posts.approve(post, review, revision, ends, now=act.at)
    return await latest(ports, act, await keep_on_show(ports, act, "postApprove", post, decided))


async def reject(
    ports: ContentPorts, act: Act, id: str, comments: tuple[Comment, ...]
) -> FoundPost:
    """Send the revision back with what is to be changed."""
    act.viewer.require("review.decide")
    post = await load(ports.posts, id)
    open_review = post.open_review()
    revision = await load_revision(ports.revisions, open_review.revision_id)
    review = reviews.reject(open_review, act.viewer, comments, revision, now=act.at)
    decided = posts.reject(post, review, now=act.at)
    return await latest(ports, act, await keep(ports, act, "postReject", post, decided))


async def claim(ports: ContentPorts, act: Act, id: str) -> FoundPost:
    """Take a review up, so that nobody else decides for a while."""
    act.viewer.require("review.decide")
    post = await load(ports.posts, id)
    claimed = reviews.claim(post.open_review(), act.viewer, now=act.at)
    return await _tend(ports, act, "reviewClaim", post, claimed)


async def release(ports: ContentPorts, act: Act, id: str) -> FoundPost:
    """Give a claimed review back."""
    act.viewer.require("review.decide")
    post = await load(ports.posts, id)
    released = reviews.release(post.open_review(), act.viewer)
    return await _tend(ports, act, "reviewRelease", post, released)


async def review_queue(
    ports: ContentPorts, act: Act, page: PageRequest, *, overdue: bool
) -> Page[FoundPost]:
    """The posts that wait for a vote of the viewer's role, the first due first; or the overdue.

    Head office sees those of all roles: its overdue ones are the escalation list.
    """
    act.viewer.require("review.decide")
    head_office = act.viewer.may("review.oversee")
    roles = REVIEWING_ROLES if head_office else (act.viewer.role,)
    waiting = await ports.posts.waiting(roles, act.at if overdue else NEVER, page)
    revisions = await ports.revisions.by_ids([one.latest.revision_id for one in waiting.items])
    tree = await ports.categories.tree()
    return waiting.map(
        lambda post: FoundPost.of(post, revisions[post.latest.revision_id], tree, act.at)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """A policy with the category that it is for; None for all that have no nearer one."""

    policy: ReviewPolicy
    category: CategoryPath | None

    @classmethod
    def of(cls, policy: ReviewPolicy, tree: Tree) -> "PolicySet":
        """A policy with its category looked up."""
        found = tree.told(policy.category_id) if policy.category_id is not None else None
        return cls(policy=policy, category=found)


async def policies_set(ports: ContentPorts, act: Act) -> list[PolicySet]:
    """The policies that were set."""
    act.viewer.require("review_policy.see")
    tree = await ports.categories.tree()
    found = sorted(await ports.policies.all(), key=lambda policy: policy.id())
    return [PolicySet.of(policy, tree) for policy in found]


async def set_policy(
    ports: ContentPorts, act: Act, wanted: ReviewPolicy, category: str | None
) -> PolicySet:
    """Say how posts of a kind in a category are reviewed from the next submission on."""
    act.viewer.require("review_policy.set")
    tree = await ports.categories.tree()
    if category is not None:
        wanted = replace(wanted, category_id=tree.at(category).id)
    wanted.check()
    before = {one.id(): one for one in await ports.policies.all()}.get(wanted.id())
    expected = before.version if before else 0
    policy = replace(wanted, version=expected + 1)
    await ports.policies.save(policy, expected=expected)
    subject = Subject(kind="reviewPolicy", id=policy.id())
    known = _values(before) if before else {}
    await ports.records.append(
        act.record("reviewPolicySet", subject, before=known, after=_values(policy))
    )
    return PolicySet.of(policy, tree)


async def _tend(
    ports: ContentPorts, act: Act, action: str, post: Post, review: Review
) -> FoundPost:
    tended = posts.tend(post, review, now=act.at)
    return await latest(ports, act, await keep(ports, act, action, post, tended))


def _values(policy: ReviewPolicy) -> dict[str, Any]:
    return {
        "steps": [[step.role.value, step.people] for step in policy.steps],
        "dueHours": policy.due_hours,
        "blocking": sorted(policy.blocking),
        "disclaimers": list(policy.disclaimers),
    }
