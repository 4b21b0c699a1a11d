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
from domain.content.reviews.review import Finding, Review, ReviewId
from domain.content.reviews.writers import Written, writers
from domain.content.revisions import Revision
from domain.content.searches import FoundPost
from domain.kernel.ids import PersonId
from domain.people.act import Act


async def submit(ports: ContentPorts, act: Act, id: str) -> FoundPost:
    """Have the latest revision checked by machine and hand it in for review by people."""
    act.viewer.require("post.change")
    post = await load(ports.posts, id)
    require_author(act.viewer, post)
    await require_allowed(ports.posts, post)
    revision = await load_revision(ports.revisions, post.latest.revision_id)
    review = await open_review(ports, act, post, revision)
    submitted = posts.submit(post, review, now=act.at)
    return await latest(ports, act, await keep(ports, act, "postSubmit", post, submitted))


async def open_review(ports: ContentPorts, act: Act, post: Post, revision: Revision) -> Review:
    """A review of a revision by the policy of its category, with the machine's findings.

    The texts may be long, so that they are read aside.
    """
    content = revision.content
    tree = await ports.categories.tree()
    policy = policy_for(await ports.policies.all(), tree, content.category_id, post.kind)
    surroundings = Surroundings(
        policy=policy,
        claims=ports.claims,
        assets=await ports.assets.by_ids(sorted(set(content.asset_fields().values()))),
        products=ports.catalogue.catalogue().products,
    )
    before = post.review
    history = await _history(ports, act, post)
    advice = _advice(before)

    def read() -> tuple[tuple[Finding, ...], frozenset[PersonId]]:
        """What the machine finds, and whose words there are."""
        texts = list(content.texts().values())
        return machine_check(content, surroundings, now=act.at), writers(texts, history)

    findings, wrote = await ports.workers.run(read)
    advisers = before.advisers if before else frozenset()
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
        writers=wrote,
        advisers=advisers | (wrote & {one.person_id for one in advice}),
        findings=findings,
    )


async def _history(ports: ContentPorts, act: Act, post: Post) -> list[Written]:
    """All that was written at a post and at what it comes from, in the order of the writing.

    The comments of its last review stand behind the revision that they were about.
    """
    revisions: list[Revision] = []
    if post.source_id is not None:
        revisions += await ports.revisions.of_post(post.source_id)
    if post.parent is not None:
        parent = await load_revision(ports.revisions, post.parent.revision_id)
        earlier = await ports.revisions.of_post(post.parent.post_id)
        revisions += [one for one in earlier if one.number <= parent.number]
    revisions += await ports.revisions.of_post(post.id)
    history: list[Written] = []
    for one in revisions:
        texts = tuple(one.content.texts().values())
        history.append(Written(person_id=one.author_id, texts=texts))
        if post.review is not None and one.id == post.review.revision_id:
            history += _advice(post.review)
    return history


def _advice(review: Review | None) -> list[Written]:
    """What a review that sent its revision back said."""
    if review is None or review.decided_by is None:
        return []
    said = tuple(comment.message for comment in review.comments)
    return [Written(person_id=review.decided_by, texts=said)]
