"""Handing revisions in for review."""

from datetime import timedelta

from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.consumers import require_allowed
from domain.content.keeping import keep
from domain.content.loading import latest, load, load_revision
from domain.content.permissions import require_author
from domain.content.posts import Post
from domain.content.reviews.machine_check import Surroundings, machine_check
from domain.content.reviews.policies import policy_for
from domain.content.reviews.review import Review, ReviewId
from domain.content.revisions import Revision
from domain.content.searches import FoundPost
from domain.people.act import Act


async def submit(ports: ContentPorts, act: Act, id: str) -> FoundPost:
    """Have the latest revision checked by machine and hand it in for review by people."""
    post = await load(ports.posts, id)
    require_author(act.viewer, post)
    await require_allowed(ports.posts, post)
    revision = await load_revision(ports.revisions, post.latest.revision_id)
    review = await open_review(ports, act, post, revision)
    submitted = posts.submit(post, review, now=act.at)
    return await latest(ports, act, await keep(ports, act, "postSubmit", post, submitted))


async def open_review(ports: ContentPorts, act: Act, post: Post, revision: Revision) -> Review:
    """A review of a revision by the policy of its category, with the machine's findings."""
    content = revision.content
    tree = await ports.categories.tree()
    policy = policy_for(await ports.policies.all(), tree, content.category_id, post.kind)
    surroundings = Surroundings(
        policy=policy,
        claims=ports.claims,
        assets=await ports.assets.by_ids(sorted(set(content.asset_fields().values()))),
        products=ports.catalogue.catalogue().products,
    )
    return Review(
        id=ReviewId(act.new_id("review")),
        revision_id=revision.id,
        hash=revision.hash,
        scenes=content.scenes,
        author_id=revision.author_id,
        submitted_by=act.viewer.id,
        submitted_at=act.at,
        due_at=act.at + timedelta(hours=policy.due_hours),
        steps=policy.steps,
        findings=machine_check(content, surroundings, now=act.at),
    )
