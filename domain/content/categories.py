"""The tree of categories: one value that is moved, merged and renamed as a whole."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from domain.content.revisions import CategoryId
from domain.kernel.paging import Cursors
from domain.kernel.refusals import Conflict, Invalid, NotFound

MAX_NAME = 30
MAX_DEPTH = 6
CATEGORIES = Cursors("categories", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category, by its name below its parent.

    One that was merged away keeps its id, so that the immutable revisions which name it are found
    under the category that it was merged into.
    """

    id: CategoryId
    name: str
    parent_id: CategoryId | None = None
    merged_into: CategoryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryPath:
    """A category as people are told of it: its name, and the names from the root, with / between.

    `path` is such as `羽绒服/商务`.
    """

    id: CategoryId
    name: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Tree:
    """All categories. A path such as `羽绒服/商务` names one; siblings have different names."""

    categories: Mapping[CategoryId, Category] = field(default_factory=dict)
    version: int = 0

    def resolve(self, id: CategoryId) -> Category:
        """The category of this id, or the one that it was merged into; else NotFound."""
        found = self.categories.get(id)
        while found is not None and found.merged_into is not None:
            found = self.categories.get(found.merged_into)
        if found is None:
            raise NotFound(f"There is no category {id}.")
        return found

    def lineage(self, id: CategoryId) -> tuple[Category, ...]:
        """The category and what it lies in, the root first."""
        found = [self.resolve(id)]
        while found[0].parent_id is not None:
            found.insert(0, self.resolve(found[0].parent_id))
        return tuple(found)

    def path(self, id: CategoryId) -> str:
        """The names from the root, such as `羽绒服/商务`."""
        return "/".join(category.name for category in self.lineage(id))

    def told(self, id: CategoryId) -> CategoryPath:
        """A category, or the one that it was merged into, with its path."""
        found = self.resolve(id)
        return CategoryPath(id=found.id, name=found.name, path=self.path(id))

    def at(self, path: str, *, field: str = "category") -> Category:
        """The category of a path, or NotFound."""
        found = self.find(path)
        if found is None:
            raise NotFound(
                f"There is no category {path}; make it with categoryCreate or choose another.",
                field=["input", field],
            )
        return found

    def find(self, path: str) -> Category | None:
        """The category of a path; None where there is none."""
        found: Category | None = None
        for name in names_of(path):
            found = next((one for one in self.children(found) if one.name == name), None)
            if found is None:
                return None
        return found

    def children(self, parent: Category | None) -> list[Category]:
        """What lies directly below a category, or at the root, by name."""
        parent_id = parent.id if parent else None
        below = (one for one in self.living() if self._parent_of(one) == parent_id)
        return sorted(below, key=lambda category: category.name)

    def living(self) -> Iterator[Category]:
        """The categories that were not merged away."""
        return (one for one in self.categories.values() if one.merged_into is None)

    def subtree(self, id: CategoryId) -> frozenset[CategoryId]:
        """The ids of a category and all below it, with those that were merged into any of them."""
        root = self.resolve(id).id
        return frozenset(
            one for one in self.categories if root in {above.id for above in self.lineage(one)}
        )

    def _parent_of(self, category: Category) -> CategoryId | None:
        return None if category.parent_id is None else self.resolve(category.parent_id).id


class Categories(Protocol):
    """Where the tree is kept."""

    async def tree(self) -> Tree:
        """The tree as it is; an empty one of version 0 at first."""

    async def save(self, tree: Tree, *, expected: int) -> None:
        """Write the tree over the expected version; raises Conflict if it was changed meanwhile."""


def names_of(path: str) -> tuple[str, ...]:
    """The names in a path; an empty or overlong one is refused."""
    names = tuple(name.strip() for name in path.split("/"))
    if not 1 <= len(names) <= MAX_DEPTH or any(not 1 <= len(name) <= MAX_NAME for name in names):
        raise Invalid(
            f"A path is 1 to {MAX_DEPTH} names of at most {MAX_NAME} characters, with / between.",
            field=["path"],
        )
    return names


def ensure(tree: Tree, path: str, new_id: Callable[[], CategoryId]) -> tuple[Tree, Category]:
    """The tree with a category at this path and at every step to it."""
    parent: Category | None = None
    for name in names_of(path):
        found = next((one for one in tree.children(parent) if one.name == name), None)
        if found is None:
            found = Category(id=new_id(), name=name, parent_id=parent.id if parent else None)
            tree = _with(tree, found)
        parent = found
    assert parent is not None
    return tree, parent


def move(tree: Tree, id: CategoryId, parent_id: CategoryId | None) -> Tree:
    """Hang a category, with all below it, under another one or at the root."""
    moved = tree.resolve(id)
    parent = tree.resolve(parent_id) if parent_id is not None else None
    if parent is not None and moved.id in {above.id for above in tree.lineage(parent.id)}:
        raise Invalid("A category can't lie in itself; choose another one.", field=["parentId"])
    if any(one.name == moved.name and one.id != moved.id for one in tree.children(parent)):
        raise Conflict(f"There is a {moved.name} there already; merge the two.", field=["parentId"])
    after = _with(tree, replace(moved, parent_id=parent.id if parent else None))
    if any(len(after.lineage(one)) > MAX_DEPTH for one in after.subtree(moved.id)):
        message = f"The tree would be deeper than {MAX_DEPTH}; choose a place nearer to the root."
        raise Invalid(message, field=["parentId"])
    return after


def rename(tree: Tree, id: CategoryId, name: str) -> Tree:
    """Give a category another name."""
    names = names_of(name)
    if len(names) != 1:
        raise Invalid("A name has no /; use categoryMove for another place.", field=["name"])
    renamed = tree.resolve(id)
    parent = tree.resolve(renamed.parent_id) if renamed.parent_id is not None else None
    if any(one.name == names[0] and one.id != renamed.id for one in tree.children(parent)):
        raise Conflict(f"There is a {names[0]} there already; merge the two.", field=["name"])
    return _with(tree, replace(renamed, name=names[0]))


def merge(tree: Tree, id: CategoryId, into_id: CategoryId) -> Tree:
    """Let one category become part of another: its posts and its children are the other's now.

    Children of the same name are merged as well.
    """
    merged, into = tree.resolve(id), tree.resolve(into_id)
    if merged.id in {above.id for above in tree.lineage(into.id)}:
        message = "A category can't be merged into itself or what lies in it; choose another."
        raise Invalid(message, field=["intoId"])
    children = tree.children(merged)
    tree = _with(tree, replace(merged, merged_into=into.id))
    for child in children:
        twin = next(
            (one for one in tree.children(into) if one.name == child.name and one.id != child.id),
            None,
        )
        if twin is not None:
            tree = merge(tree, child.id, twin.id)
    return tree


def _with(tree: Tree, category: Category) -> Tree:
    return replace(tree, categories={**tree.categories, category.id: category})
