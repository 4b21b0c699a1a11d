"""Taking in posts from a file, as drafts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.catalogue.catalogue import Catalogue, ProductId
from domain.content import categories, posts, revisions
from domain.content.bank import ContentPorts
from domain.content.categories import Tree
from domain.content.keeping import finish, kept, require_products, save, write_revision
from domain.content.kinds import Department, PostKind
from domain.content.permissions import department_for, require_author
from domain.content.posts import Post
from domain.content.revisions import (
    Block,
    CategoryId,
    Content,
    ContentField,
    ImageBlock,
    PostAudience,
    PostId,
    ProductBlock,
    Revision,
    RevisionId,
    TextBlock,
    VideoBlock,
)
from domain.content.scenes import Scene
from domain.kernel.columns import Columns
from domain.kernel.ids import NewId
from domain.kernel.import_reports import ImportReport, plan_import
from domain.kernel.imports import HandedIn
from domain.kernel.refusals import Conflict, Forbidden, Invalid, Overtaken, Refusal
from domain.kernel.tables import Row, read_all
from domain.kernel.wording import Wording
from domain.media.assets import AssetId
from domain.people.act import Act
from domain.people.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One row: the post's code, whose it is, and what it says."""

    code: PostId
    department: Department
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads rows with what they may refer to."""

    tree: Tree
    files: Mapping[str, AssetId]
    catalogue: Catalogue
    viewer: Viewer

    def read(self, row: Row) -> _Entry:
        """Read one row, or refuse it with all that is wrong with it."""
        fields = read_all(
            {
                "code": lambda: row.code("code"),
                "department": lambda: row.one_of("department", Department),
                "title": lambda: row.text("title", most=revisions.MAX_TITLE),
                "body": lambda: tuple(
                    self._block(i, part) for i, part in enumerate(_list(row, "body"))
                ),
                "category_id": lambda: self.tree.at(row.text("category")).id,
                "scenes": lambda: row.some_of("scenes", Scene),
                "tags": lambda: tuple(map(str, _list(row, "tags"))),
                "audiences": lambda: row.some_of("audience", PostAudience),
                "products": lambda: tuple(map(ProductId, map(str, _list(row, "products")))),
                "cover": lambda: self._file(row.optional("cover"), "cover"),
                "unlocked": lambda: row.some_of("unlocked", ContentField),
                "valid_from": lambda: row.moment("valid_from"),
                "valid_until": lambda: row.moment("valid_until"),
            }
        )
        code, department = PostId(fields.pop("code")), fields.pop("department")
        content = Content(**fields)
        content.check()
        require_products(content, self.catalogue)
        return _Entry(
            code=code, department=department_for(self.viewer, department), content=content
        )

    def _block(self, i: int, part: Any) -> Block:
        kinds: Mapping[str, Callable[[], Block | None]] = {
            "text": lambda: TextBlock(text=str(part.get("text", ""))),
            "image": lambda: ImageBlock(
                asset_id=self._needed(part, i), caption=str(part.get("caption", ""))
            ),
            "video": lambda: VideoBlock(
                asset_id=self._needed(part, i), caption=str(part.get("caption", ""))
            ),
            "product": lambda: ProductBlock(product_id=ProductId(str(part.get("product_code")))),
        }
        make = kinds.get(str(part.get("type"))) if isinstance(part, dict) else None
        block = make() if make else None
        if block is None:
            known = ", ".join(kinds)
            raise Invalid(f"give each part one of the types {known}.", field=[f"body.{i}"])
        return block

    def _needed(self, part: Mapping[str, Any], i: int) -> AssetId:
        found = self._file(str(part.get("file", "")), f"body.{i}.file")
        assert found is not None
        return found

    def _file(self, name: str | None, column: str) -> AssetId | None:
        if name is None:
            return None
        found = self.files.get(name)
        if found is None:
            raise Invalid(f"there is no asset of the file {name!r}; upload it.", field=[column])
        return found


COLUMNS = Columns(
    names={
        "code": ("内容编号", "素材编号"),
        "department": ("部门", "所属部门"),
        "title": ("标题",),
        "body": ("正文", "内容"),
        "category": ("分类",),
        "scenes": ("使用场景", "场景"),
        "tags": ("标签",),
        "audience": ("适用人群", "人群"),
        "products": ("商品", "关联商品"),
        "cover": ("封面",),
        "unlocked": ("可修改部分",),
        "valid_from": ("生效时间", "开始时间"),
        "valid_until": ("失效时间", "结束时间"),
    },
    ids=("code",),
    codes=frozenset({"code"}),
)


async def import_posts(ports: ContentPorts, act: Act, handed: HandedIn) -> ImportReport:
    """Keep what a file says as drafts; a post that says something else gets a new revision."""
    act.viewer.require("post.deposit")
    table = await handed.table(COLUMNS)
    rows = table.rows
    before = await ports.categories.tree()
    tree = _with_categories(before, rows, act.new_id, ports.claims)
    reader = _Reader(
        tree=tree,
        files=await ports.assets.by_file_names(sorted(_file_names(rows))),
        catalogue=ports.catalogue.catalogue(),
        viewer=act.viewer,
    )
    found = await handed.parse(rows, reader.read, key=lambda entry: entry.code)
    known = await ports.posts.by_ids(list(found.values))
    changes, counted = plan_import(
        existing=await _existing(ports, known),
        values=found.values,
        errors=[*table.errors, *found.errors],
        mode=handed.mode,
        warnings=table.warnings,
    )
    for post in (known[code] for code in changes if code in known):
        require_author(act.viewer, post)
        _require_deposited(post)
    if handed.only_check:
        return counted
    if changes and tree.categories != before.categories:
        await ports.categories.save(tree, expected=before.version)
    await _write(ports, act, changes, known)
    return counted


async def _existing(ports: ContentPorts, known: Mapping[PostId, Post]) -> Mapping[PostId, _Entry]:
    latest = await ports.revisions.by_ids([post.latest.revision_id for post in known.values()])
    return {
        post.id: _Entry(
            code=post.id,
            department=post.department,
            content=latest[post.latest.revision_id].content,
        )
        for post in known.values()
    }


async def _write(
    ports: ContentPorts,
    act: Act,
    entries: Mapping[PostId, _Entry],
    known: Mapping[PostId, Post],
) -> None:
    """Keep all revisions first, then the posts that refer to them, whatever becomes of others."""
    made = [_made(act, one, known.get(code)) for code, one in entries.items()]
    saved: list[Post] = []
    overtaken: dict[RevisionId, PostId] = {}
    try:
        async with kept(ports, act, *made):
            for after, revision in made:
                try:
                    saved.append(await save(ports, act, "postsImport", known.get(after.id), after))
                except Conflict:
                    overtaken[revision.id] = after.id
            if overtaken:
                named = ", ".join(overtaken.values())
                raise Overtaken(f"Somebody else has changed {named}; repeat this.", ids=overtaken)
    finally:
        await finish(ports, act, *saved)


def _made(act: Act, entry: _Entry, before: Post | None) -> tuple[Post, Revision]:
    """A post as a row says it, with its new revision."""
    revision = write_revision(act, entry.content, entry.code, after=before.number if before else 0)
    if before is None:
        return posts.deposit(
            revision, kind=PostKind.MATERIAL, department=entry.department
        ), revision
    return replace(posts.revise(before, revision), department=entry.department), revision


def _require_deposited(post: Post) -> None:
    """Refuse to write over what stores or consumers gave."""
    if post.parent is not None or post.of_a_consumer:
        raise Forbidden(
            f"Post {post.id} is a store's or a consumer's; leave its row out.", field=["file"]
        )


def _with_categories(tree: Tree, rows: Sequence[Row], new_id: NewId, claims: Wording) -> Tree:
    """The tree with all categories that the rows name; a bad path is its row's own fault."""
    for row in rows:
        try:
            path = row.optional("category")
            if path is None or tree.find(path) is not None:
                continue
            if not any(claims.refused(path, ["category"])):
                tree, _ = categories.ensure(tree, path, lambda: CategoryId(new_id("category")))
        except Refusal:
            continue
    return tree


def _file_names(rows: Sequence[Row]) -> set[str]:
    found = {name for row in rows if isinstance(name := row.cells.get("cover"), str)}
    for row in rows:
        body = row.cells.get("body")
        for part in body if isinstance(body, list) else ():
            if isinstance(part, dict) and isinstance(part.get("file"), str):
                found.add(part["file"])
    return found


def _list(row: Row, column: str) -> list[Any]:
    found = row.cells.get(column) or []
    return found if isinstance(found, list) else [found]
