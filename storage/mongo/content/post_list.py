"""What lists know of every post, in memory: read once, then only what the stream tells of."""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from domain.content.listed import Listed, ListedFacets
from domain.content.revisions import PostId
from storage.mongo.kernel.database import Database, Document, PyMongoError
from storage.mongo.kernel.documents import find_by_ids

logger = logging.getLogger(__name__)

# While the stream has not been heard for longer, all is read anew for each who asks.
OLDEST_S = 1.0
# So many are made of documents before others have their turn: some ten milliseconds.
TOGETHER = 500
_FACETS = (
    "revision_id",
    "category_id",
    "audiences",
    "age_bands",
    "products",
    "scenes",
    "valid_from",
    "valid_until",
)
_FIELDS = {
    **dict.fromkeys(
        (
            "version",
            "kind",
            "department",
            "author_id",
            "store_id",
            "state",
            "changed_at",
            "counts",
            "showings.starts_at",
            "showings.ends_at",
        ),
        1,
    ),
    **{f"latest.{name}": 1 for name in _FACETS},
    **{f"showings.facets.{name}": 1 for name in _FACETS},
}


class MongoPostList:
    """Every post as lists have it; 20,000 take some 40 MB.

    It follows the stream of changes, and hears of what this process itself writes at once.
    """

    def __init__(self, database: Database) -> None:
        self._posts = database["posts"]
        self._known: dict[PostId, Listed] = {}
        self._loading: asyncio.Task[None] | None = None
        self._in_step_at = float("-inf")

    async def all(self) -> Collection[Listed]:
        """All posts; without a round trip once they have been read."""
        if time.monotonic() - self._in_step_at > OLDEST_S:
            return (await self._read()).values()
        if self._loading is not None:
            await asyncio.shield(self._loading)
        return self._known.values()

    def heard(self, document: Document) -> None:
        """Take a post that this process has just written; its counts stay as they were."""
        known = self._known.get(document["_id"])
        if known is not None or "counts" in document:
            counts = document.get("counts") or (dict(known.counts) if known else {})
            self._put(_listed({**document, "counts": counts}))

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
        self._in_step_at = time.monotonic()

    def _put(self, post: Listed) -> None:
        known = self._known.get(post.id)
        if known is None or known.version <= post.version:
            self._known[post.id] = post

    async def _read(self) -> dict[PostId, Listed]:
        found = await self._posts.find({}, _FIELDS).batch_size(100_000).to_list(None)
        known: dict[PostId, Listed] = {}
        for start in range(0, len(found), TOGETHER):
            known.update((one["_id"], _listed(one)) for one in found[start : start + TOGETHER])
            await asyncio.sleep(0)
        return known

    async def _load(self) -> None:
        """Read everything, again and again until it has come; newer things are known by then."""
        mine = asyncio.current_task()
        while self._loading is mine:
            try:
                found = await self._read()
            except PyMongoError:
                logger.warning("the posts could not be read; they are read again", exc_info=True)
                await asyncio.sleep(OLDEST_S)
                continue
            if self._loading is mine:
                for post in found.values():
                    self._put(post)
                self._loading = None


def _listed(document: Mapping[str, Any]) -> Listed:
    return Listed(
        id=document["_id"],
        version=document["version"],
        kind=document["kind"],
        department=document["department"],
        author_id=document["author_id"],
        store_id=document["store_id"],
        state=document["state"],
        changed_at=document["changed_at"],
        latest=_facets(document["latest"]),
        showings=tuple(_showings(document["showings"])),
        counts=document["counts"],
    )


def _showings(found: Iterable[Mapping[str, Any]]) -> Iterable[ListedFacets]:
    for one in found:
        yield _facets(one["facets"], one["starts_at"], one["ends_at"])


def _facets(said: Mapping[str, Any], starts_at: Any = None, ends_at: Any = None) -> ListedFacets:
    return ListedFacets(
        revision_id=said["revision_id"],
        category_id=said["category_id"],
        audiences=frozenset(said["audiences"]),
        age_bands=frozenset(said["age_bands"]),
        products=frozenset(said["products"]),
        scenes=frozenset(said["scenes"]),
        valid_from=said["valid_from"],
        valid_until=said["valid_until"],
        starts_at=starts_at,
        ends_at=ends_at,
    )
