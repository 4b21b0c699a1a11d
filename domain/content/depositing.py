"""Depositing posts and revising them."""

from collections.abc import Callable

from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.consumers import require_allowed, require_not_theirs
from domain.content.keeping import keep, write_revision
from domain.content.kinds import Department, PostKind
from domain.content.loading import latest, load
from domain.content.permissions import department_for, require_author, require_version
from domain.content.revisions import CategoryId, Content, PostId
from domain.content.searches import FoundPost
from domain.kernel.refusals import Invalid, WrongState
from domain.people.act import Act

DEPOSITED_KINDS = frozenset({PostKind.MATERIAL, PostKind.BRAND_NOTE})

# What somebody has written, for the category that they named by its path.
Draft = Callable[[CategoryId], Content]


async def deposit(
    ports: ContentPorts,
    act: Act,
    category: str,
    draft: Draft,
    *,
    kind: PostKind = PostKind.MATERIAL,
    department: Department | None = None,
) -> FoundPost:
    """Keep a new post as a draft of the viewer's department, or of one that they may name."""
    act.viewer.require("post.deposit")
    if kind not in DEPOSITED_KINDS:
        raise Invalid("Deposit material or a brand note.", field=["input", "kind"])
    department = department_for(act.viewer, department)
    content = await _filed(ports, category, draft)
    revision = write_revision(act, content, PostId(act.new_id("post")))
    post = posts.deposit(revision, kind=kind, department=department)
    return await latest(ports, act, await keep(ports, act, "postDeposit", None, post, revision))


async def revise(
    ports: ContentPorts, act: Act, id: str, category: str, draft: Draft, *, expected_version: int
) -> FoundPost:
    """Put a new revision on a post; it needs a review of its own."""
    act.viewer.require("post.change")
    post = await load(ports.posts, id)
    require_author(act.viewer, post)
    require_version(post, expected_version)
    if post.parent is not None:
        raise WrongState("This is an adaptation; use adaptationRevise.")
    require_not_theirs(post)
    await require_allowed(ports.posts, post)
    content = await _filed(ports, category, draft)
    revision = write_revision(act, content, post.id, after=post.number)
    if revision.hash == post.latest.hash:
        raise Invalid("Nothing has changed; change something first.", field=["input"])
    revised = posts.revise(post, revision)
    return await latest(ports, act, await keep(ports, act, "postRevise", post, revised, revision))


async def _filed(ports: ContentPorts, category: str, draft: Draft) -> Content:
    tree = await ports.categories.tree()
    return draft(tree.at(category).id)
