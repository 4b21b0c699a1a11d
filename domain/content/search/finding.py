"""Finding posts: what a viewer may see, and in which order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.content.bank import ContentPorts
from domain.content.categories import Tree
from domain.content.depositing import may_work_on
from domain.content.posts import Post, PostState
from domain.content.reviews.policies import REVIEWING_ROLES
from domain.content.revisions import PostId, Revision, RevisionId
from domain.content.scenes import Scene
from domain.content.search import searchable
from domain.content.search.searches import Found, PostFilter, PostOrder, Search
from domain.kernel.moments import NEVER
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Forbidden, NotFound
from domain.media.assets import shown_until
from domain.network.stores import StoreId
from domain.people.viewer import CONTENT_TEAM, Role, Viewer

# People of the stores are shown every scene, consumers only what is made for them to browse.
STORE_PEOPLE = frozenset({Role.GUIDE, Role.STORE_MANAGER})
CONSUMER_SCENES = frozenset({Scene.SEEDING_ZONE})


async def find(
    bank: ContentPorts,
    viewer: Viewer,
    asked: PostFilter,
    order: PostOrder,
    page: PageRequest,
    *,
    now: datetime,
) -> tuple[Page[Found], Tree]:
    """A page of the posts that a viewer may see, in two round trips, and the tree they are in.

    By what sells it takes one more.
    """
    tree = await bank.categories.tree()
    search = search_for(viewer, asked, tree, now=now)
    if order is PostOrder.BEST_SELLING:
        search = replace(search, best_sellers=tuple(await bank.sales.best_sellers()))
    if order is PostOrder.MOST_REPORTED:
        viewer.require(*CONTENT_TEAM)
    pairs = await bank.posts.search(search, order, page)
    return pairs.map(lambda pair: found(*pair, now)), tree


async def one(bank: ContentPorts, viewer: Viewer, id: str, *, now: datetime) -> Found:
    """The post of an id with the revision that the viewer may see, else NotFound."""
    post = (await bank.posts.by_ids([PostId(id)])).get(PostId(id))
    revision_id = None if post is None else visible_revision(post, viewer, now)
    if post is None or revision_id is None:
        raise NotFound(f"There is no post {id}, or it is not on show now.", field=["id"])
    revision = (await bank.revisions.by_ids([revision_id]))[revision_id]
    return found(post, revision, now)


async def review_queue(
    bank: ContentPorts, viewer: Viewer, *, overdue: bool, page: PageRequest, now: datetime
) -> tuple[Page[Found], Tree]:
    """The posts that wait for a vote of the viewer's role, the first due first; or the overdue.

    Head office sees those of all roles: its overdue ones are the escalation list.
    """
    viewer.require(*REVIEWING_ROLES)
    roles = REVIEWING_ROLES if viewer.role is Role.HEAD_OFFICE else (viewer.role,)
    posts = await bank.posts.waiting(roles, now if overdue else NEVER, page)
    wanted = [post.latest.revision_id for post in posts.items]
    revisions = await bank.revisions.by_ids(wanted)
    tree = await bank.categories.tree()
    return posts.map(lambda post: found(post, revisions[post.latest.revision_id], now)), tree


async def all_visible(
    bank: ContentPorts, viewer: Viewer, ids: Sequence[PostId], *, now: datetime
) -> list[Found]:
    """Those of the posts that a viewer may see, in the order of the ids."""
    posts = await bank.posts.by_ids(ids)
    shown = {
        one: revision_id
        for one in ids
        if one in posts and (revision_id := visible_revision(posts[one], viewer, now)) is not None
    }
    revisions = await bank.revisions.by_ids(list(shown.values()))
    return [found(posts[one], revisions[shown[one]], now) for one in shown]


async def usable(bank: ContentPorts, post_id: str, scene: Scene, *, now: datetime) -> Found | None:
    """A post with the revision of it that may be used in a scene now; None where there is none.

    Everything that puts a post before a guide or a consumer outside the lists here asks this.
    """
    post = (await bank.posts.by_ids([PostId(post_id)])).get(PostId(post_id))
    showing = post.showing(now) if post else None
    if post is None or showing is None or scene not in showing.facets.scenes:
        return None
    revision = (await bank.revisions.by_ids([showing.facets.revision_id])).get(
        showing.facets.revision_id
    )
    if revision is None or revision.content.hash() != showing.facets.hash:
        return None
    assets = await bank.assets.by_ids(sorted(showing.facets.assets))
    shown = all(now < shown_until(assets.get(asset_id)) for asset_id in showing.facets.assets)
    return Found(post=post, revision=revision, showing=showing) if shown else None


def search_for(viewer: Viewer, asked: PostFilter, tree: Tree, *, now: datetime) -> Search:
    """Work what a viewer may see into what they ask for."""
    works = _works_on(viewer, asked)
    if asked.state is not None and not works:
        raise Forbidden("Only those who work on posts see states.", field=["filter", "state"])
    return Search(
        asked=asked,
        terms=searchable.terms(asked.text) if asked.text is not None else (),
        on_show_at=None if works and asked.on_show is not True else now,
        scenes=frozenset(Scene) if works and asked.scene is None else _scenes(viewer, asked.scene),
        stores=None if works else _stores(viewer, asked.store_id),
        categories=(
            tree.subtree(tree.at(asked.category).id) if asked.category is not None else None
        ),
    )


def _works_on(viewer: Viewer, asked: PostFilter) -> bool:
    """Whether a viewer works on all that they ask for: the team, else only on one's own."""
    if viewer.role in CONTENT_TEAM:
        return True
    if viewer.role is Role.STORE_MANAGER and asked.store_id is not None:
        return asked.store_id == viewer.store_id
    return bool(viewer.id) and asked.author_id == viewer.id


def _stores(viewer: Viewer, asked: StoreId | None) -> frozenset[StoreId | None]:
    """The stores whose adaptations a viewer sees, with None for the posts of no store."""
    own = StoreId(viewer.store_id) if viewer.store_id else None
    if asked is None:
        return frozenset({None, own})
    if asked != own:
        raise Forbidden("You see your own store's adaptations.", field=["filter", "storeId"])
    return frozenset({asked})


def _scenes(viewer: Viewer, asked: Scene | None) -> frozenset[Scene]:
    """The scenes of which a post must have one."""
    if viewer.role in CONTENT_TEAM or viewer.role in STORE_PEOPLE:
        return frozenset({asked}) if asked else frozenset(Scene)
    if asked is not None and asked not in CONSUMER_SCENES:
        raise Forbidden("This scene is for guides.", field=["filter", "scene"])
    return CONSUMER_SCENES


def visible_revision(post: Post, viewer: Viewer, now: datetime) -> RevisionId | None:
    """The revision of a post that a viewer may see."""
    if may_work_on(viewer, post):
        return post.latest.revision_id
    showing = post.showing(now)
    if showing is None or post.state is PostState.WITHDRAWN:
        return None
    if post.store_id not in (None, viewer.store_id):
        return None
    return showing.facets.revision_id if showing.facets.scenes & _scenes(viewer, None) else None


def found(post: Post, revision: Revision, now: datetime) -> Found:
    """A post with one of its revisions, and whether that is on show."""
    showing = post.showing(now)
    shown = showing is not None and showing.facets.revision_id == revision.id
    return Found(post=post, revision=revision, showing=showing if shown else None)
