"""A collection held in memory: read once, then only what the stream of changes tells of."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeVar

from storage.mongo.kernel.changes import InStep
from storage.mongo.kernel.database import Collection as Documents
from storage.mongo.kernel.database import Document, PyMongoError
from storage.mongo.kernel.documents import find_by_ids, understood

logger = logging.getLogger(__name__)

RETRY_S = 1.0
# So many are made of documents before others have their turn: some ten milliseconds.
TOGETHER = 100

V = TypeVar("V")


class Held(Generic[V]):
    """What is made of each document of a collection, by its id.

    It follows the stream of changes. While the stream is silent, all is read anew for those who
    ask.
    """

    def __init__(
        self, documents: Documents, fields: Mapping[str, int], made: Callable[[Document], V]
    ) -> None:
        self._documents = documents
        self._fields = dict(fields)
        self._made = made
        self._known: dict[Any, V] = {}
        self._loading: asyncio.Task[Mapping[Any, V] | None] | None = None
        self._in_step = InStep()

    async def known(self) -> Mapping[Any, V]:
        """Everything; without a round trip once it has been read."""
        if not self._in_step.lately and self._loading is None:
            await self.opened()
        while self._loading is not None:
            found = await asyncio.shield(self._loading)
            if found is not None:
                # By now somebody else may be reading all anew.
                return found
        return self._known

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """The collection, of which it reads what it needs itself."""
        return {self._documents.name: ()}

    async def opened(self) -> None:
        """Read everything, while others go on; what was read before is not waited for any more."""
        self._known = {}
        self._loading = asyncio.create_task(self._load())

    async def replaced(self, collection: str) -> None:
        """Read everything again."""
        await self.opened()

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """Read again what has changed."""
        found = await find_by_ids(self._documents, list(changed), self._fields)
        for gone in set(changed) - {one["_id"] for one in found}:
            self._known.pop(gone, None)
        for one, value in understood(self._made, found):
            self._put(one["_id"], value)

    def in_step(self) -> None:
        """What is known is as of now."""
        self._in_step.note()

    def _put(self, id: Any, value: V) -> None:
        self._known[id] = value

    async def _load(self) -> Mapping[Any, V] | None:
        """Read everything, again and again until it has come; what is known by then is newer.

        None where another reading has begun meanwhile.
        """
        mine = asyncio.current_task()
        while self._loading is mine:
            try:
                found = await self._read()
            except PyMongoError:
                name = self._documents.name
                logger.warning("%s could not be read; they are read again", name, exc_info=True)
                await asyncio.sleep(RETRY_S)
                continue
            if self._loading is mine:
                self._known = found | self._known
                self._loading = None
                return self._known
        return None

    async def _read(self) -> dict[Any, V]:
        found = await self._documents.find({}, self._fields).batch_size(100_000).to_list(None)
        known: dict[Any, V] = {}
        for start in range(0, len(found), TOGETHER):
            some = understood(self._made, found[start : start + TOGETHER])
            known.update((one["_id"], value) for one, value in some)
            await asyncio.sleep(0)
        return known
