"""News of orders from the process's one stream of changes."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any

from storage.mongo.kernel.database import Database


class _Ear:
    """One listener: the ids that it has not heard of yet, each once, in order."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._woken = asyncio.Event()

    def tell(self, order_id: str) -> None:
        self._waiting[order_id] = None
        self._woken.set()

    async def listen(self) -> AsyncIterator[str]:
        while True:
            await self._woken.wait()
            order_id = next(iter(self._waiting))
            del self._waiting[order_id]
            if not self._waiting:
                self._woken.clear()
            yield order_id


class MongoOrderNews:
    """See `OrderNews` in the domain; costs the database nothing while nobody listens."""

    collections: Collection[str] = ("fulfilments",)

    def __init__(self, database: Database) -> None:
        self._fulfilments = database["fulfilments"]
        self._of_order: dict[str, set[_Ear]] = defaultdict(set)
        self._of_store: dict[str, set[_Ear]] = defaultdict(set)

    @contextlib.contextmanager
    def of_order(self, order_id: str) -> Iterator[AsyncIterator[str]]:
        """The order's id, each time that it has changed."""
        with _listening(self._of_order, order_id) as news:
            yield news

    @contextlib.contextmanager
    def of_store(self, store_id: str) -> Iterator[AsyncIterator[str]]:
        """The ids of orders of which a part is, or was, with a store, as they change."""
        with _listening(self._of_store, store_id) as news:
            yield news

    async def opened(self) -> None:
        """Whatever is listened for may have changed while there was no stream."""
        for order_id in list(self._of_order):
            self._tell(self._of_order, order_id, order_id)
        await self._tell_stores({"parts.store_id": {"$in": list(self._of_store)}})

    async def changed(self, collection: str, ids: Collection[Any]) -> None:
        """Tell those who listen for these orders, or for their stores."""
        for order_id in ids:
            self._tell(self._of_order, order_id, order_id)
        await self._tell_stores({"_id": {"$in": list(ids)}})

    async def replaced(self, collection: str) -> None:
        """Everything may have changed."""
        await self.opened()

    def in_step(self) -> None:
        """There is nothing to keep in step."""

    async def _tell_stores(self, wanted: dict[str, Any]) -> None:
        if not self._of_store:
            return
        async for found in self._fulfilments.find(wanted, {"parts.store_id": 1}):
            for store_id in {part.get("store_id") for part in found.get("parts", ())}:
                self._tell(self._of_store, store_id, found["_id"])

    def _tell(self, ears: dict[str, set[_Ear]], key: str, order_id: str) -> None:
        for ear in ears.get(key, ()):
            ear.tell(order_id)


@contextlib.contextmanager
def _listening(ears: dict[str, set[_Ear]], key: str) -> Iterator[AsyncIterator[str]]:
    ear = _Ear()
    ears[key].add(ear)
    try:
        yield ear.listen()
    finally:
        ears[key].discard(ear)
        if not ears[key]:
            del ears[key]
