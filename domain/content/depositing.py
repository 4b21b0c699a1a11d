"""Depositing, revising and submitting posts."""

from datetime import datetime, timedelta

from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.posts import Department, Post, PostKind
from domain.content.reviews import history
from domain.content.reviews.machine_check import Surroundings, machine_check
from domain.content.reviews.policies import policy_for
from domain.content.reviews.review import Review, ReviewId
from domain.content.revisions import Content, PostId, Revision, RevisionId, make_revision
from domain.content.search.searchable import Words, words_of
from domain.kernel.ids import NewId
from domain.kernel.moments import NEVER
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, WrongState, refuse_all
from domain.kernel.uses import saving
from domain.mall.reference import Reference
from domain.media.assets import AssetId, shown_until
from domain.people.viewer import CONTENT_TEAM, Role, Viewer

DEPOSITED_KINDS = frozenset({PostKind.MATERIAL, PostKind.BRAND_NOTE})


async def load(bank: ContentPorts, id: str) -> Post:
    """The post of this id, or NotFound."""
    found = (await bank.posts.by_ids([PostId(id)])).get(PostId(id))
    if found is None:
        raise NotFound(f"There is no post {id}; look its id up in the list of posts.", field=["id"])
    return found


async def load_revision(bank: ContentPorts, id: RevisionId) -> Revision:
    """A revision that a post refers to."""
    return (await bank.revisions.by_ids([id]))[id]


async def deposit(
    bank: ContentPorts,
    viewer: Viewer,
    content: Content,
    *,
    kind: PostKind = PostKind.MATERIAL,
    department: Department | None = None,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Keep a new post as a draft of the viewer's department, or of one that they may name."""
    viewer.require(*CONTENT_TEAM)
    if kind not in DEPOSITED_KINDS:
        raise Invalid("Deposit material or a brand note.", field=["input", "kind"])
    department = department_for(viewer, department)
    revision = make_revision(
        RevisionId(new_id("revision")),
        PostId(new_id("post")),
        1,
        content,
        author_id=viewer.id,
        now=now,
    )
    await keep_revision(bank, revision)
    post = posts.deposit(revision, kind=kind, department=department)
    return await history.keep(
        bank, "postDeposit", None, post, viewer=viewer, now=now, new_id=new_id
    )


async def revise(
    bank: ContentPorts,
    viewer: Viewer,
    id: str,
    content: Content,
    *,
    expected_version: int,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Put a new revision on a post; it needs a review of its own."""
    post = await load(bank, id)
    require_author(viewer, post)
    require_version(post, expected_version)
    if post.parent is not None:
        raise WrongState("This is an adaptation; use adaptationRevise.")
    revision = make_revision(
        RevisionId(new_id("revision")),
        post.id,
        post.number + 1,
        content,
        author_id=viewer.id,
        now=now,
    )
    if revision.hash == post.latest.hash:
        raise Invalid("Nothing has changed; change something first.", field=["input"])
    revised = posts.revise(post, revision)
    await keep_revision(bank, revision)
    return await history.keep(
        bank, "postRevise", post, revised, viewer=viewer, now=now, new_id=new_id
    )


async def submit(
    bank: ContentPorts, viewer: Viewer, id: str, *, now: datetime, new_id: NewId
) -> Post:
    """Have the latest revision checked by machine and hand it in for review by people."""
    post = await load(bank, id)
    require_author(viewer, post)
    revision = await load_revision(bank, post.latest.revision_id)
    review = await open_review(bank, post, revision, viewer, now=now, new_id=new_id)
    submitted = posts.submit(post, review, now=now)
    return await history.keep(
        bank, "postSubmit", post, submitted, viewer=viewer, now=now, new_id=new_id
    )


async def open_review(
    bank: ContentPorts,
    post: Post,
    revision: Revision,
    viewer: Viewer,
    *,
    now: datetime,
    new_id: NewId,
) -> Review:
    """A review of a revision by the policy of its category, with the machine's findings."""
    content = revision.content
    tree = await bank.categories.tree()
    policy = policy_for(await bank.policies.all(), tree, content.category_id, post.kind)
    surroundings = Surroundings(
        policy=policy,
        claims=bank.claims,
        assets=await bank.assets.by_ids(sorted(set(content.asset_fields().values()))),
        products=bank.reference.now().products,
    )
    return Review(
        id=ReviewId(new_id("review")),
        revision_id=revision.id,
        hash=revision.hash,
        scenes=content.scenes,
        author_id=revision.author_id,
        submitted_by=viewer.id,
        submitted_at=now,
        due_at=now + timedelta(hours=policy.due_hours),
        steps=policy.steps,
        findings=machine_check(content, surroundings, now=now),
    )


async def keep_revision(bank: ContentPorts, revision: Revision) -> None:
    """Keep a revision before the post refers to it; what it refers to must exist."""
    tree = await bank.categories.tree()
    tree.resolve(revision.content.category_id)
    reference = bank.reference.now()
    require_products(revision.content, reference)
    async with saving(bank.uses, [revision.user()]):
        await bank.revisions.add([(revision, worded(revision, reference))])


async def asset_ends(bank: ContentPorts, post: Post) -> dict[AssetId, datetime]:
    """Until when each asset of a post's latest revision may be shown, where that has an end."""
    wanted = sorted(post.latest.assets)
    known = await bank.assets.by_ids(wanted) if wanted else {}
    ends = {asset_id: shown_until(known.get(asset_id)) for asset_id in wanted}
    return {asset_id: until for asset_id, until in ends.items() if until < NEVER}


def worded(revision: Revision, reference: Reference) -> Words:
    """The words of a revision, with the names that its products have now."""
    linked = dict.fromkeys(revision.content.product_fields().values())
    names = (reference.products[one].name for one in linked if one in reference.products)
    return words_of(revision, names)


def require_products(content: Content, reference: Reference) -> None:
    """Refuse links to products that the catalogue does not have."""
    refuse_all(
        Invalid(f"There is no product {product_id}.", field=["input", *field.split(".")])
        for field, product_id in content.product_fields().items()
        if product_id not in reference.products
    )


def department_for(viewer: Viewer, asked: Department | None) -> Department:
    """The department that a viewer deposits for; people of one can't name another."""
    own = _own_department(viewer)
    if own is None and asked is None:
        raise Invalid("Say which department it is of.", field=["input", "department"])
    if own is not None and asked not in (None, own) and viewer.role is not Role.HEAD_OFFICE:
        raise Forbidden(f"You deposit for {own}.", field=["input", "department"])
    department = asked or own
    assert department is not None
    return department


def _own_department(viewer: Viewer) -> Department | None:
    """The department of a viewer's account, whose name may be in lower case there."""
    if viewer.department is None:
        return None
    try:
        return Department(viewer.department.upper())
    except ValueError:
        known = ", ".join(Department)
        raise Forbidden(
            f"Your account's department {viewer.department} is none of {known}; ask head office."
        ) from None


def may_work_on(viewer: Viewer, post: Post) -> bool:
    """Whether a viewer sees the work on a post: its author, its store's manager and the team do."""
    if viewer.role in CONTENT_TEAM or (viewer.id and viewer.id == post.author_id):
        return True
    return (
        post.store_id is not None
        and viewer.role is Role.STORE_MANAGER
        and viewer.store_id == post.store_id
    )


def require_author(viewer: Viewer, post: Post) -> None:
    """Refuse everybody who may not change a post: of the team, other departments may not."""
    if not may_work_on(viewer, post):
        viewer.require(*CONTENT_TEAM)
    own = _own_department(viewer) if viewer.role in CONTENT_TEAM else None
    foreign = own not in (None, post.department)
    if foreign and viewer.id != post.author_id and viewer.role is not Role.HEAD_OFFICE:
        raise Forbidden(f"This post is the {post.department} department's; ask them.")


def require_version(post: Post, expected: int) -> None:
    """Refuse to go on from anything but the newest version of a post."""
    if post.version != expected:
        raise Conflict(
            "Somebody else has changed this post since you loaded it; load it again and repeat.",
            field=["expectedVersion"],
        )
