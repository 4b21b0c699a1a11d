"""Loading posts and what they refer to."""

from collections.abc import Mapping
from datetime import datetime

from domain.content.bank import ContentPorts
from domain.content.posts import Post, Posts
from domain.content.revisions import PostId, Revision, RevisionId, Revisions
from domain.content.searches import FoundPost
from domain.kernel.moments import NEVER
from domain.kernel.refusals import NotFound
from domain.media.assets import AssetId, Assets, shown_until
from domain.people.act import Act


async def load(posts: Posts, id: str) -> Post:
    """The post of this id, or NotFound."""
    found = (await posts.by_ids([PostId(id)])).get(PostId(id))
    if found is None:
        raise NotFound(f"There is no post {id}; look its id up in the list of posts.", field=["id"])
    return found


async def load_revision(revisions: Revisions, id: RevisionId) -> Revision:
    """A revision that a post refers to."""
    return (await revisions.by_ids([id]))[id]


async def latest(ports: ContentPorts, act: Act, post: Post) -> FoundPost:
    """A post as those who may change it see it: with its latest revision."""
    revision = await load_revision(ports.revisions, post.latest.revision_id)
    return FoundPost.of(post, revision, await ports.categories.tree(), act.at)


async def asset_ends(assets: Assets, post: Post) -> Mapping[AssetId, datetime]:
    """Until when each asset of a post's latest revision may be shown, where that has an end."""
    wanted = sorted(post.latest.assets)
    known = await assets.by_ids(wanted) if wanted else {}
    ends = {asset_id: shown_until(known.get(asset_id)) for asset_id in wanted}
    return {asset_id: until for asset_id, until in ends.items() if until < NEVER}
