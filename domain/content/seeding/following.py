"""Posts follow their assets: what may no longer be shown takes the posts that show it along."""

from datetime import datetime

from domain.content import posts
from domain.content.bank import Posts
from domain.content.posts import Post
from domain.content.showings import asset_end
from domain.kernel.refusals import Conflict
from domain.media.assets import Asset, AssetId

TRIES = 5


async def follow(bank: Posts, asset: Asset, *, now: datetime) -> None:
    """Take what shows an asset off show when the asset's time is up, or put it back on."""
    until = asset_end(asset)
    for post in await bank.showing_asset(asset.id):
        await _follow(bank, post, asset.id, until, now=now)


async def _follow(
    bank: Posts, post: Post, asset_id: AssetId, until: datetime, *, now: datetime
) -> None:
    for tries_left in reversed(range(TRIES)):
        followed = posts.follow_asset(post, asset_id, until, now=now)
        try:
            await bank.save(followed, expected=post.version)
        except Conflict:
            if tries_left == 0:
                raise
            post = (await bank.by_ids([post.id]))[post.id]
        else:
            return
