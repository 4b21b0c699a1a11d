"""Keeping posts and revisions: what follows from a post's change follows what was written."""

import contextlib
from collections.abc import AsyncIterator, Callable

from domain.catalogue.catalogue import Catalogue
from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.consumers import require_own_words
from domain.content.history import change_of, noted
from domain.content.kinds import PostKind
from domain.content.loading import asset_ends, load
from domain.content.posts import Post, PostState
from domain.content.revisions import Content, PostId, Revision, RevisionId, make_revision
from domain.content.searchable import PostWords
from domain.kernel.moments import NEVER
from domain.kernel.refusals import Conflict, Invalid, Overtaken, Refusal, refuse_all
from domain.kernel.uses import saving
from domain.people.act import Act

# How often a change that nobody waits for is made again over what others save meanwhile.
TRIES = 5


def write_revision(act: Act, content: Content, post_id: PostId, *, after: int = 0) -> Revision:
    """Seal what somebody has written as the revision of a post that follows a number."""
    return make_revision(
        RevisionId(act.new_id("revision")),
        post_id,
        after + 1,
        content,
        author_id=act.viewer.id,
        now=act.at,
    )


async def keep(
    ports: ContentPorts,
    act: Act,
    action: str,
    before: Post | None,
    after: Post,
    revision: Revision | None = None,
) -> Post:
    """Save a post over the version that it was made from, with its new revision if it has one.

    The change is recorded, and what else follows from it is done. Raises Conflict, and leaves
    nothing of what was refused, where somebody else has saved the post meanwhile.
    """
    async with kept(ports, act, (after, revision)) if revision else contextlib.nullcontext():
        saved = await save(ports, act, action, before, after)
    await finish(ports, act, saved)
    return saved


async def save(
    ports: ContentPorts, act: Act, action: str, before: Post | None, after: Post
) -> Post:
    """Save a post with the records of its change; `finish` is to follow."""
    if before is not None and before.unrecorded:
        await finish(ports, act, before)
    saved = noted(before, after, act.at, change_of(act, action, before, after))
    await ports.posts.save(saved, expected=before.version if before else 0)
    return saved


async def finish(ports: ContentPorts, act: Act, *saved: Post) -> None:
    """Do what follows from changes that were saved; doing it twice is doing it once."""
    await ports.records.append(*(one for post in saved for one in post.unrecorded))
    for post in saved:
        for child in await _no_longer_allowed(ports, post):
            await change(ports, act, "postWithdraw", child, lambda found: _withdrawn(found, act))
    await ports.posts.finished(saved)


async def change(
    ports: ContentPorts, act: Act, action: str, post: Post, rule: Callable[[Post], Post]
) -> Post:
    """Change a post as something else demands, again over what others save meanwhile.

    A rule that gives the post back as it is leaves it alone.
    """
    for tries_left in reversed(range(TRIES)):
        changed = rule(post)
        if changed is post:
            return post
        try:
            return await keep(ports, act, action, post, changed)
        except Conflict:
            if not tries_left:
                raise
            post = await load(ports.posts, post.id)
    raise AssertionError("the last try returns or raises")


async def keep_on_show(
    ports: ContentPorts, act: Act, action: str, before: Post, after: Post
) -> Post:
    """Keep a post that may go on show by this, and not with an asset withdrawn meanwhile.

    Assets tell the posts that show them; this one did not yet when they were asked.
    """
    saved = await keep(ports, act, action, before, after)
    known = await asset_ends(ports.assets, saved)
    ends = {asset_id: known.get(asset_id, NEVER) for asset_id in saved.latest.assets}
    return await change(
        ports, act, "assetWithdraw", saved, lambda post: posts.follow_assets(post, ends, now=act.at)
    )


@contextlib.asynccontextmanager
async def kept(ports: ContentPorts, act: Act, *made: tuple[Post, Revision]) -> AsyncIterator[None]:
    """Keep revisions while the posts that get them are saved; what they refer to must exist.

    What is made of a buyer show must be a part of it.

    What they use is in the index before a post can show it. Revisions whose saving is refused leave
    nothing behind; after a crash there is an entry too many at worst.
    """
    tree = await ports.categories.tree()
    catalogue = ports.catalogue.catalogue()
    for post, revision in made:
        tree.resolve(revision.content.category_id)
        require_products(revision.content, catalogue)
        await require_own_words(ports.posts, ports.revisions, post, revision.content)
    revisions = [revision for _, revision in made]
    try:
        users = [one.user(of_consumers=post.of_a_consumer) for post, one in made]
        async with saving(ports.uses, users):
            worded_ones = await ports.workers.run(
                lambda: [(one, worded(one, catalogue)) for one in revisions]
            )
            await ports.revisions.add(worded_ones)
            yield
    except Overtaken as refusal:
        await ports.revisions.forget(list(map(RevisionId, refusal.ids)))
        raise
    except Refusal:
        await ports.revisions.forget([revision.id for revision in revisions])
        raise


async def _no_longer_allowed(ports: ContentPorts, post: Post) -> list[Post]:
    """What was made of a post and may not be shown any more."""
    withdrawn = post.state is PostState.WITHDRAWN
    found = await ports.posts.adaptations_of(post.id) if withdrawn else []
    if withdrawn or (post.kind is PostKind.BUYER_SHOW and not post.reuse_consent):
        found += await ports.posts.made_from(post.id)
    return found


def _withdrawn(post: Post, act: Act) -> Post:
    return post if post.state is PostState.WITHDRAWN else posts.withdraw(post, now=act.at)


def worded(revision: Revision, catalogue: Catalogue) -> PostWords:
    """The words of a revision, with the names that its products have now."""
    linked = dict.fromkeys(revision.content.product_fields().values())
    products = catalogue.products
    return revision.words(products[one].name for one in linked if one in products)


def require_products(content: Content, catalogue: Catalogue) -> None:
    """Refuse links to products that the catalogue does not have."""
    refuse_all(
        Invalid(f"There is no product {product_id}.", field=["input", *field.split(".")])
        for field, product_id in content.product_fields().items()
        if product_id not in catalogue.products
    )
