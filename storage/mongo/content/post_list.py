"""What lists know of every post, in memory: read once, then only what the stream tells of."""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from domain.content.posts import Listed, Post
from domain.content.revisions import PostId
from storage.mongo.kernel.changes import InStep
from storage.mongo.kernel.database import Database, Document, PyMongoError
from storage.mongo.kernel.documents import find_by_ids, from_document

logger = logging.getLogger(__name__)

RETRY_S = 1.0
# So many are made of documents before others have their turn: some ten milliseconds.
TOGETHER = 100
_FIELDS = {one.name: 1 for one in fields(Listed)}


class MongoPostList:
    """Every post as lists have it; 20,000 take some 90 MB.

    It follows the stream of changes, and hears of what this process itself writes at once. While
    the stream is silent, all is read anew for those who ask.
    """

    def __init__(self, database: Database) -> None:
        self._posts = database["posts"]
        self._known: dict[PostId, Listed] = {}
        self._loading: asyncio.Task[None] | None = None
        self._in_step = InStep()

    async def all(self) -> Collection[Listed]:
        """All posts; without a round trip once they have been read."""
        if not self._in_step.lately and self._loading is None:
            await self.opened()
        if self._loading is not None:
            await asyncio.shield(self._loading)
        return self._known.values()

    def heard(self, post: Post) -> None:
        """Take a post that this process has just written; others count it meanwhile."""
        known = self._known.get(post.id)
        self._put(replace(post, counts=known.counts) if known else post)

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """The posts, of which it reads what it needs itself."""
        return {"posts": ()}

    async def opened(self) -> None:
        """Read everything, while others go on; what was read before is not waited for any more."""
        self._known = {}
        self._loading = asyncio.create_task(self._load())

    async def replaced(self, collection: str) -> None:
        """Read everything again."""
        await self.opened()

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """Read again what has changed."""
        found = await find_by_ids(self._posts, list(changed), _FIELDS)
        for gone in set(changed) - {one["_id"] for one in found}:
            self._known.pop(gone, None)
        for one in found:
            self._put(_listed(one))

    def in_step(self) -> None:
        """What is known is as of now."""
        self._in_step.note()

    def _put(self, post: Listed) -> None:
        known = self._known.get(post.id)
        if known is None or known.version <= post.version:
            self._known[post.id] = post

    async def _load(self) -> None:
        """Read everything, again and again until it has come; what is known by then is newer."""
        mine = asyncio.current_task()
        while self._loading is mine:
            try:
                found = await self._read()
            except PyMongoError:
                logger.warning("the posts could not be read; they are read again", exc_info=True)
                await asyncio.sleep(RETRY_S)
                continue
            if self._loading is mine:
                self._known = found | self._known
                self._loading = None

    async def _read(self) -> dict[PostId, Listed]:
        found = await self._posts.find({}, _FIELDS).batch_size(100_000).to_list(None)
        known: dict[PostId, Listed] = {}
        for start in range(0, len(found), TOGETHER):
            known.update((one["_id"], _listed(one)) for one in found[start : start + TOGETHER])
            await asyncio.sleep(0)
        return known


def _listed(document: Document) -> Listed:
    return from_document(Listed, document)
