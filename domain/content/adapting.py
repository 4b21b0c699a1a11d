"""Adapting posts for a store, and keeping the adaptations in step with their parents."""

from dataclasses import dataclass, replace

from domain.content import posts
from domain.content.adaptation import (
    Changes,
    FieldDifference,
    adaptation_id,
    adapted,
    differences,
)
from domain.content.bank import ContentPorts
from domain.content.consumers import require_allowed
from domain.content.keeping import keep, write_revision
from domain.content.kinds import PostKind
from domain.content.loading import latest, load, load_revision
from domain.content.permissions import may_work_on, require_version
from domain.content.posts import Parent, Post
from domain.content.revisions import Revision
from domain.content.searches import FoundPost
from domain.kernel.refusals import Conflict, Forbidden, Invalid, WrongState
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.people.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How an adaptation stands to the parent that it comes from; stale if that shows another."""

    parent: Parent
    stale: bool
    differences: tuple[FieldDifference, ...]


async def adapt(ports: ContentPorts, act: Act, id: str, changes: Changes) -> FoundPost:
    """Begin a store's own version of what is on show, as a draft."""
    store_id = _own_store(act.viewer)
    parent = await load(ports.posts, id)
    if parent.parent is not None or parent.store_id is not None:
        raise WrongState("This is a store's own version already; adapt the brand's post.")
    shown = await _shown(ports, act, parent)
    post_id = adaptation_id(parent.id, store_id)
    if await ports.posts.by_ids([post_id]):
        raise Conflict(f"Your store has adapted this post; revise {post_id} with adaptationRevise.")
    revision = write_revision(act, adapted(shown.content, changes), post_id)
    deposited = posts.deposit(
        revision, kind=PostKind.ADAPTATION, department=parent.department, store_id=store_id
    )
    own = Parent(post_id=parent.id, revision_id=shown.id)
    post = replace(deposited, parent=own, source_id=parent.source_id)
    await require_allowed(ports.posts, post)
    return await latest(ports, act, await keep(ports, act, "postAdapt", None, post, revision))


async def revise(
    ports: ContentPorts, act: Act, id: str, changes: Changes, *, expected_version: int
) -> FoundPost:
    """Adapt anew what the parent shows now; the adaptation is no longer stale then."""
    store_id = _own_store(act.viewer)
    post = await load(ports.posts, id)
    if post.parent is None:
        raise WrongState("This is no adaptation; use postRevise.")
    if post.store_id != store_id:
        raise Forbidden(f"This adaptation is store {post.store_id}'s.")
    require_version(post, expected_version)
    await require_allowed(ports.posts, post)
    shown = await _shown(ports, act, await load(ports.posts, post.parent.post_id))
    revision = write_revision(act, adapted(shown.content, changes), post.id, after=post.number)
    if revision.hash == post.latest.hash and shown.id == post.parent.revision_id:
        raise Invalid("Nothing has changed; change something first.", field=["input"])
    parent = replace(post.parent, revision_id=shown.id)
    revised = replace(posts.revise(post, revision), parent=parent)
    kept = await keep(ports, act, "adaptationRevise", post, revised, revision)
    return await latest(ports, act, kept)


async def compare(ports: ContentPorts, act: Act, post: Post, own: Revision) -> Comparison | None:
    """How an adaptation stands to its parent, for those who may change it; None for other posts.

    Where the parent shows nothing now, it is compared with the revision that it comes from.
    """
    if post.parent is None or not may_work_on(act.viewer, post):
        return None
    base = await load_revision(ports.revisions, post.parent.revision_id)
    parent = await load(ports.posts, post.parent.post_id)
    showing = parent.showing(act.at)
    current = base
    if showing is not None and showing.facets.revision_id != base.id:
        current = await load_revision(ports.revisions, showing.facets.revision_id)
    return Comparison(
        parent=post.parent,
        stale=current.id != base.id,
        differences=differences(base.content, current.content, own.content),
    )


async def _shown(ports: ContentPorts, act: Act, parent: Post) -> Revision:
    showing = parent.showing(act.at)
    if showing is None:
        raise WrongState(f"Post {parent.id} is not on show now; adapt one that is.")
    return await load_revision(ports.revisions, showing.facets.revision_id)


def _own_store(viewer: Viewer) -> StoreId:
    viewer.require("post.adapt")
    if viewer.store_id is None:
        raise Forbidden("Your account belongs to no store; ask head office.")
    return StoreId(viewer.store_id)
