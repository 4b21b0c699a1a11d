"""Adapting posts for a store, and keeping the adaptations in step with their parents."""

from dataclasses import replace
from datetime import datetime

from domain.content import posts
from domain.content.adaptations.adaptation import (
    Changes,
    Difference,
    Parent,
    adaptation_id,
    adapted,
    differences,
)
from domain.content.bank import ContentPorts
from domain.content.depositing import (
    keep_revision,
    load,
    load_revision,
    require_author,
    require_version,
)
from domain.content.posts import Post, PostKind, PostState
from domain.content.reviews import history
from domain.content.revisions import Revision, RevisionId, make_revision
from domain.kernel.ids import NewId
from domain.kernel.refusals import Conflict, Forbidden, WrongState
from domain.network.stores import StoreId
from domain.people.viewer import Role, Viewer


async def adapt(
    bank: ContentPorts, viewer: Viewer, id: str, changes: Changes, *, now: datetime, new_id: NewId
) -> Post:
    """Begin a store's own version of what is on show, as a draft."""
    store_id = _own_store(viewer)
    parent = await load(bank, id)
    if parent.parent is not None or parent.store_id is not None:
        raise WrongState("This is a store's own version already; adapt the brand's post.")
    shown = await _shown(bank, parent, now)
    post_id = adaptation_id(parent.id, store_id)
    if await bank.posts.by_ids([post_id]):
        raise Conflict(f"Your store has adapted this post; revise {post_id} with adaptationRevise.")
    revision = make_revision(
        RevisionId(new_id("revision")),
        post_id,
        1,
        adapted(shown.content, changes),
        author_id=viewer.id,
        now=now,
    )
    await keep_revision(bank, revision)
    post = replace(
        posts.deposit(
            revision,
            kind=PostKind.ADAPTATION,
            department=parent.department,
            store_id=store_id,
        ),
        parent=Parent(post_id=parent.id, revision_id=shown.id),
    )
    return await history.keep(bank, "postAdapt", None, post, viewer=viewer, now=now, new_id=new_id)


async def revise(
    bank: ContentPorts,
    viewer: Viewer,
    id: str,
    changes: Changes,
    *,
    expected_version: int,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Adapt anew what the parent shows now; the adaptation is no longer stale then."""
    store_id = _own_store(viewer)
    post = await load(bank, id)
    if post.parent is None:
        raise WrongState("This is no adaptation; use postRevise.")
    if post.store_id != store_id:
        raise Forbidden(f"This adaptation is store {post.store_id}'s.")
    require_version(post, expected_version)
    shown = await _shown(bank, await load(bank, post.parent.post_id), now)
    revision = make_revision(
        RevisionId(new_id("revision")),
        post.id,
        post.number + 1,
        adapted(shown.content, changes),
        author_id=viewer.id,
        now=now,
    )
    revised = replace(
        posts.revise(post, revision), parent=replace(post.parent, revision_id=shown.id)
    )
    await keep_revision(bank, revision)
    return await history.keep(
        bank, "adaptationRevise", post, revised, viewer=viewer, now=now, new_id=new_id
    )


async def compare(
    bank: ContentPorts, post: Post, own: Revision, *, now: datetime
) -> tuple[bool, tuple[Difference, ...]]:
    """Whether an adaptation is stale, and the three-way difference to its parent.

    Where the parent shows nothing now, it is compared with the revision that it comes from.
    """
    assert post.parent is not None
    base = await load_revision(bank, post.parent.revision_id)
    parent = await load(bank, post.parent.post_id)
    showing = parent.showing(now)
    current = base
    if showing is not None and showing.facets.revision_id != base.id:
        current = await load_revision(bank, showing.facets.revision_id)
    stale = current.id != base.id
    return stale, differences(base.content, current.content, own.content)


async def withdraw(
    bank: ContentPorts, viewer: Viewer, id: str, *, now: datetime, new_id: NewId
) -> Post:
    """Take a post back from everybody at once, and with it what stores have made of it."""
    post = await load(bank, id)
    require_author(viewer, post)
    await _withdraw_derived(bank, viewer, post, now=now, new_id=new_id)
    withdrawn = posts.withdraw(post, now=now)
    return await history.keep(
        bank, "postWithdraw", post, withdrawn, viewer=viewer, now=now, new_id=new_id
    )


async def _withdraw_derived(
    bank: ContentPorts, viewer: Viewer, parent: Post, *, now: datetime, new_id: NewId
) -> None:
    """Withdraw what stores or the brand have made of a post, before the post itself.

    An adaptation that is approved meanwhile was changed under the approver, who gets a conflict.
    """
    adaptations = await bank.posts.adaptations_of(parent.id)
    for child in (*adaptations, *await bank.posts.made_from(parent.id)):
        if child.state is not PostState.WITHDRAWN:
            withdrawn = posts.withdraw(child, now=now)
            await history.keep(
                bank, "postWithdraw", child, withdrawn, viewer=viewer, now=now, new_id=new_id
            )


async def require_living_parent(bank: ContentPorts, post: Post) -> None:
    """Refuse to let out an adaptation whose parent is withdrawn."""
    if post.parent is not None:
        parent = await load(bank, post.parent.post_id)
        if parent.state is PostState.WITHDRAWN:
            raise WrongState("The brand has withdrawn the post that this one adapts.")


async def _shown(bank: ContentPorts, parent: Post, now: datetime) -> Revision:
    showing = parent.showing(now)
    if showing is None:
        raise WrongState(f"Post {parent.id} is not on show now; adapt one that is.")
    return await load_revision(bank, showing.facets.revision_id)


def _own_store(viewer: Viewer) -> StoreId:
    viewer.require(Role.STORE_MANAGER)
    if viewer.store_id is None:
        raise Forbidden("Your account belongs to no store; ask head office.")
    return StoreId(viewer.store_id)
