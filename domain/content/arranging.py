"""Making, moving, renaming and merging categories, and setting how they are reviewed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.content import categories
from domain.content.bank import ContentPorts
from domain.content.categories import Tree
from domain.content.reviews.policies import Policy
from domain.content.revisions import CategoryId
from domain.kernel.ids import NewId
from domain.kernel.records import Subject, record
from domain.people.viewer import CONTENT_TEAM, Role, Viewer


async def create(
    bank: ContentPorts, viewer: Viewer, path: str, *, now: datetime, new_id: NewId
) -> tuple[Tree, CategoryId]:
    """Make the category of a path and those above it; what is there already stays."""
    viewer.require(*CONTENT_TEAM)
    before = await bank.categories.tree()
    after, made = categories.ensure(before, path, lambda: CategoryId(new_id("category")))
    if after is before:
        return before, made.id
    return await _keep(
        bank, "categoryCreate", before, after, made.id, viewer=viewer, now=now, new_id=new_id
    )


async def move(
    bank: ContentPorts,
    viewer: Viewer,
    id: str,
    parent_id: str | None,
    *,
    now: datetime,
    new_id: NewId,
) -> tuple[Tree, CategoryId]:
    """Hang a category under another one, or at the root."""
    parent = CategoryId(parent_id) if parent_id is not None else None
    return await _change(
        bank,
        viewer,
        "categoryMove",
        id,
        lambda tree: categories.move(tree, CategoryId(id), parent),
        now=now,
        new_id=new_id,
    )


async def rename(
    bank: ContentPorts, viewer: Viewer, id: str, name: str, *, now: datetime, new_id: NewId
) -> tuple[Tree, CategoryId]:
    """Give a category another name."""
    return await _change(
        bank,
        viewer,
        "categoryRename",
        id,
        lambda tree: categories.rename(tree, CategoryId(id), name),
        now=now,
        new_id=new_id,
    )


async def merge(
    bank: ContentPorts, viewer: Viewer, id: str, into_id: str, *, now: datetime, new_id: NewId
) -> tuple[Tree, CategoryId]:
    """Let a category become part of another; its posts are found there from now on."""
    return await _change(
        bank,
        viewer,
        "categoryMerge",
        id,
        lambda tree: categories.merge(tree, CategoryId(id), CategoryId(into_id)),
        now=now,
        new_id=new_id,
    )


async def set_policy(
    bank: ContentPorts, viewer: Viewer, policy: Policy, *, now: datetime, new_id: NewId
) -> Policy:
    """Say how posts of a kind in a category are reviewed from the next submission on."""
    viewer.require(Role.HEAD_OFFICE)
    policy.check()
    before = {one.id(): one for one in await bank.policies.all()}.get(policy.id())
    await bank.policies.save(policy)
    made = record(
        "reviewPolicySet",
        Subject(kind="reviewPolicy", id=policy.id()),
        viewer=viewer,
        before=_policy_values(before) if before else {},
        after=_policy_values(policy),
        now=now,
        new_id=new_id,
    )
    await bank.records.append(made)
    return policy


def _policy_values(policy: Policy) -> dict[str, Any]:
    return {
        "steps": [[step.role.value, step.people] for step in policy.steps],
        "dueHours": policy.due_hours,
        "blocking": sorted(policy.blocking),
        "disclaimers": list(policy.disclaimers),
    }


async def _change(
    bank: ContentPorts,
    viewer: Viewer,
    action: str,
    id: str,
    change: Callable[[Tree], Tree],
    *,
    now: datetime,
    new_id: NewId,
) -> tuple[Tree, CategoryId]:
    viewer.require(Role.REVIEWER, Role.HEAD_OFFICE)
    before = await bank.categories.tree()
    after = change(before)
    return await _keep(
        bank, action, before, after, CategoryId(id), viewer=viewer, now=now, new_id=new_id
    )


async def _keep(
    bank: ContentPorts,
    action: str,
    before: Tree,
    after: Tree,
    id: CategoryId,
    *,
    viewer: Viewer,
    now: datetime,
    new_id: NewId,
) -> tuple[Tree, CategoryId]:
    await bank.categories.save(after, expected=before.version)
    made = record(
        action,
        Subject(kind="category", id=id),
        viewer=viewer,
        before={"path": before.path(id)} if id in before.categories else {},
        after={"path": after.path(id)},
        now=now,
        new_id=new_id,
    )
    await bank.records.append(made)
    return after, id
