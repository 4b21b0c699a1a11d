"""Making, moving, renaming and merging categories."""

from collections.abc import Callable
from functools import partial

from domain.content import categories
from domain.content.bank import ContentPorts
from domain.content.categories import CATEGORIES, CategoryPath, Tree
from domain.content.revisions import CategoryId
from domain.kernel.paging import Page, PageRequest, page_in_order
from domain.kernel.records import Subject
from domain.kernel.refusals import refuse_all
from domain.people.act import Act


async def listed(ports: ContentPorts, act: Act, request: PageRequest) -> Page[CategoryPath]:
    """All categories, by path."""
    tree = await ports.categories.tree()
    found = sorted((tree.told(one.id) for one in tree.living()), key=lambda one: one.path)
    return page_in_order(found, lambda one: (one.path,), request, CATEGORIES)


async def create(ports: ContentPorts, act: Act, path: str) -> CategoryPath:
    """Make the category of a path and those above it; what is there already stays."""
    act.viewer.require("category.make")
    categories.names_of(path)
    refuse_all(ports.claims.refused(path, ["path"]))
    before = await ports.categories.tree()
    after, made = categories.ensure(before, path, lambda: CategoryId(act.new_id("category")))
    if after is before:
        return before.told(made.id)
    return await _keep(ports, act, "categoryCreate", before, after, made.id)


async def move(ports: ContentPorts, act: Act, id: str, parent_id: str | None) -> CategoryPath:
    """Hang a category under another one, or at the root."""
    parent = CategoryId(parent_id) if parent_id is not None else None
    return await _change(ports, act, "categoryMove", id, partial(categories.move, parent_id=parent))


async def rename(ports: ContentPorts, act: Act, id: str, name: str) -> CategoryPath:
    """Give a category another name."""
    categories.names_of(name)
    refuse_all(ports.claims.refused(name, ["name"]))
    return await _change(ports, act, "categoryRename", id, partial(categories.rename, name=name))


async def merge(ports: ContentPorts, act: Act, id: str, into_id: str) -> CategoryPath:
    """Let a category become part of another; its posts are found there from now on."""
    into = CategoryId(into_id)
    return await _change(ports, act, "categoryMerge", id, partial(categories.merge, into_id=into))


async def _change(
    ports: ContentPorts, act: Act, action: str, id: str, change: Callable[..., Tree]
) -> CategoryPath:
    act.viewer.require("category.tidy")
    before = await ports.categories.tree()
    category_id = CategoryId(id)
    after = change(before, category_id)
    return await _keep(ports, act, action, before, after, category_id)


async def _keep(
    ports: ContentPorts, act: Act, action: str, before: Tree, after: Tree, id: CategoryId
) -> CategoryPath:
    await ports.categories.save(after, expected=before.version)
    kept = after.told(id)
    known = {"path": before.path(id)} if id in before.categories else {}
    subject = Subject(kind="category", id=id)
    await ports.records.append(act.record(action, subject, before=known, after={"path": kept.path}))
    return kept
