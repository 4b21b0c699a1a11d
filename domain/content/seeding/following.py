"""Posts follow their assets: what may no longer be shown takes the posts that show it along."""

from datetime import datetime

from domain.content import posts
from domain.content.bank import Posts
from domain.content.posts import Post
from domain.kernel.refusals import Conflict
from domain.media.assets import Asset, AssetId, shown_until

TRIES = 5


class PostsOnShow:
    """The posts as the displays of assets."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts

    async def follow(self, asset: Asset, *, now: datetime) -> None:
        """Take what shows an asset off show when the asset's time is up, or put it back on."""
        until = shown_until(asset)
        for post in await self._posts.showing_asset(asset.id):
            await self._follow(post, asset.id, until, now=now)

    async def _follow(
        self, post: Post, asset_id: AssetId, until: datetime, *, now: datetime
    ) -> None:
        for tries_left in reversed(range(TRIES)):
            followed = posts.follow_asset(post, asset_id, until, now=now)
            try:
                await self._posts.save(followed, expected=post.version)
            except Conflict:
                if tries_left == 0:
                    raise
                post = (await self._posts.by_ids([post.id]))[post.id]
            else:
                return
