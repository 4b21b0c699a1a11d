"""Finding posts: what a viewer may see, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.catalogue import Product, ProductId
from domain.catalogue.product_search import visible
from domain.content.bank import ContentPorts
from domain.content.categories import Tree
from domain.content.kinds import PostKind
from domain.content.permissions import may_work_on
from domain.content.posts import Post, PostState
from domain.content.revisions import PostId, Revision, RevisionId
from domain.content.scenes import Scene
from domain.content.searches import FoundPost, PostFilter, PostOrder, Search
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Forbidden, NotFound
from domain.kernel.text import terms
from domain.media.assets import shown_until
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.people.viewer import Viewer

# People of the stores are shown every scene, consumers only what is made for them to browse.
CONSUMER_SCENES = frozenset({Scene.SEEDING_ZONE})


async def find(
    ports: ContentPorts, act: Act, asked: PostFilter, order: PostOrder, page: PageRequest
) -> Page[FoundPost]:
    """A page of the posts that a viewer may see."""
    tree = await ports.categories.tree()
    search = search_for(act.viewer, asked, tree, now=act.at)
    if order is PostOrder.BEST_SELLING:
        search = replace(search, best_sellers=tuple(await ports.sales.best_sellers()))
    if order is PostOrder.MOST_REPORTED:
        act.viewer.require("post.see_inside")
    if asked.text and not search.terms:
        return Page(items=(), cursors=(), has_next=False, total=0)
    pairs = await ports.search.search(search, order, page)
    return pairs.map(lambda pair: FoundPost.of(*pair, tree, act.at))


async def one(ports: ContentPorts, act: Act, id: str) -> FoundPost:
    """The post of an id with the revision that the viewer may see, else NotFound."""
    found = await all_visible(ports, act, [PostId(id)])
    if not found:
        raise NotFound(f"There is no post {id}, or it is not on show now.", field=["id"])
    return found[0]


async def on_show(ports: ContentPorts, act: Act, post: Post) -> FoundPost | None:
    """What a post shows just now, beside a later revision; for those who may work on it."""
    showing = post.showing(act.at)
    if showing is None or post.state is PostState.WITHDRAWN or not may_work_on(act.viewer, post):
        return None
    found = await ports.revisions.by_ids([showing.facets.revision_id])
    revision = found[showing.facets.revision_id]
    return FoundPost.of(post, revision, await ports.categories.tree(), act.at)


async def all_visible(ports: ContentPorts, act: Act, ids: Sequence[PostId]) -> list[FoundPost]:
    """Those of the posts that a viewer may see, in the order of the ids."""
    posts = await ports.posts.by_ids(ids)
    shown = {
        one: revision_id
        for one in ids
        if one in posts
        and (revision_id := visible_revision(posts[one], act.viewer, act.at)) is not None
    }
    if not shown:
        return []
    revisions = await ports.revisions.by_ids(list(shown.values()))
    tree = await ports.categories.tree()
    return [FoundPost.of(posts[one], revisions[shown[one]], tree, act.at) for one in shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsablePost:
    """A post with the revision of it that may be used."""

    post: Post
    revision: Revision


async def posts_by_ids(
    ports: ContentPorts, act: Act, ids: Sequence[PostId]
) -> Mapping[PostId, FoundPost]:
    """Those of the posts that a viewer may see, by id."""
    return {one.post.id: one for one in await all_visible(ports, act, ids)}


async def usable(ports: ContentPorts, act: Act, post_id: str, scene: Scene) -> UsablePost | None:
    """A post with the revision of it that may be used in a scene now; None where there is none.

    Everything that puts a post before a guide or a consumer outside the lists here asks this; a
    buyer show goes out so with its consumer's consent alone.
    """
    post = (await ports.posts.by_ids([PostId(post_id)])).get(PostId(post_id))
    showing = post.showing(act.at) if post else None
    if post is None or showing is None or scene not in showing.facets.scenes:
        return None
    if post.kind is PostKind.BUYER_SHOW and not post.reuse_consent:
        return None
    facets = showing.facets
    revision = (await ports.revisions.by_ids([facets.revision_id])).get(facets.revision_id)
    if revision is None or revision.content.hash() != facets.hash:
        return None
    assets = await ports.assets.by_ids(sorted(facets.assets))
    shown = all(act.at < shown_until(assets.get(asset_id)) for asset_id in facets.assets)
    return UsablePost(post=post, revision=revision) if shown else None


async def linked_products(
    ports: ContentPorts, act: Act, ids: Sequence[ProductId]
) -> Mapping[ProductId, Product]:
    """Those of the products that a post links to which the viewer may know of, in their order."""
    catalogue = ports.catalogue.catalogue()
    found = {one: visible(catalogue, act.viewer, one, now=act.at) for one in ids}
    return {one: product for one, product in found.items() if product is not None}


def search_for(viewer: Viewer, asked: PostFilter, tree: Tree, *, now: datetime) -> Search:
    """Work what a viewer may see into what they ask for."""
    works = _works_on(viewer, asked)
    for name, inner in (("state", asked.state), ("appears", asked.appears)):
        if inner is not None and not works:
            raise Forbidden("Only those who work on posts see that.", field=["filter", name])
    return Search(
        asked=asked,
        terms=terms(asked.text or ""),
        on_show_at=None if works and asked.on_show is not True else now,
        scenes=frozenset(Scene) if works and asked.scene is None else _scenes(viewer, asked.scene),
        stores=None if works else _stores(viewer, asked.store_id),
        categories=(
            tree.subtree(tree.at(asked.category).id) if asked.category is not None else None
        ),
    )


def _works_on(viewer: Viewer, asked: PostFilter) -> bool:
    """Whether a viewer works on all that they ask for: the team, else only on one's own."""
    return viewer.may("post.see_work", person=asked.author_id, store=asked.store_id)


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
    if viewer.may("post.see_all_scenes"):
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
