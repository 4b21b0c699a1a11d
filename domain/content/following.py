"""Posts follow their assets: what may no longer be shown takes the posts that show it along."""

from datetime import datetime

from domain.content.history import noted
from domain.content.posts import Post, Posts, follow_assets
from domain.kernel.refusals import Conflict
from domain.media.assets import Asset, shown_until

TRIES = 5


class PostsOnShow:
    """The posts as the displays of assets."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts

    async def follow(self, asset: Asset, *, now: datetime) -> None:
        """Take what shows an asset off show when the asset's time is up, or put it back on."""
        for post in await self._posts.showing_asset(asset.id):
            await self._follow(post, asset, now)

    async def shows(self, asset: Asset, *, now: datetime) -> bool:
        """Whether a post that is on show at a moment shows an asset."""
        found = await self._posts.showing_asset(asset.id)
        on_show = (post.showing(now) for post in found)
        return any(one is not None and asset.id in one.facets.assets for one in on_show)

    async def _follow(self, post: Post, asset: Asset, now: datetime) -> None:
        for tries_left in reversed(range(TRIES)):
            followed = follow_assets(post, {asset.id: shown_until(asset)}, now=now)
            if followed is post:
                return
            try:
                await self._posts.save(noted(post, followed, now), expected=post.version)
            except Conflict:
                if not tries_left:
                    raise
                post = (await self._posts.by_ids([post.id]))[post.id]
            else:
                return
