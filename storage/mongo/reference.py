"""The reference data of this process, kept fresh by one stream of the database's changes."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.mall.catalogue import Product
from domain.mall.reference import Reference
from domain.mall.stores import Owner, Region, Store
from storage.mongo.database import Database, PyMongoError
from storage.mongo.documents import IN_AT_MOST, from_document, replace_all, to_document

logger = logging.getLogger(__name__)

POLL_MS = 250
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class _Part:
    """One collection and the part of the view that it fills."""

    attribute: str
    read: Callable[[Mapping[str, Any]], Any]


PARTS = {
    "regions": _Part("regions", lambda found: from_document(Region, found)),
    "owners": _Part("owners", lambda found: from_document(Owner, found)),
    "stores": _Part("stores", lambda found: from_document(Store, found)),
    "products": _Part("products", lambda found: from_document(Product, found)),
}


class MongoReference:
    """Reads all of the reference data once, then only what changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._view = Reference()
        self._in_step_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def now(self) -> Reference:
        """The newest view."""
        return self._view

    def staleness_s(self) -> float:
        """Seconds since the stream of changes was last known to be in step."""
        return time.monotonic() - self._in_step_at

    async def start(self) -> None:
        """Load everything and follow the changes until `stop`."""
        loaded = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._follow(loaded))
        await loaded

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def save_regions(self, regions: list[Region]) -> None:
        """Write regions over whatever has their ids."""
        await self._save("regions", regions)

    async def save_owners(self, owners: list[Owner]) -> None:
        """Write owners over whatever has their ids."""
        await self._save("owners", owners)

    async def save_stores(self, stores: list[Store]) -> None:
        """Write stores over whatever has their ids."""
        await self._save("stores", stores)

    async def save_products(self, products: list[Product]) -> None:
        """Write products over whatever has their ids."""
        await self._save("products", products)

    async def _save(self, collection: str, values: list[Any]) -> None:
        documents = [to_document(value) for value in values]
        await replace_all(self._database[collection], documents)
        await self._reread(collection, [document["_id"] for document in documents])

    async def _follow(self, loaded: asyncio.Future[None]) -> None:
        """Watch first, then load, so that no change is missed between; start over on a fault."""
        while True:
            try:
                async with self._database.watch(
                    [{"$match": {"ns.coll": {"$in": list(PARTS)}}}], max_await_time_ms=POLL_MS
                ) as changes:
                    for collection in PARTS:
                        await self._load(collection)
                    self._in_step_at = time.monotonic()
                    if not loaded.done():
                        loaded.set_result(None)
                    await self._apply(changes)
            except PyMongoError as fault:
                if not loaded.done():
                    loaded.set_exception(fault)
                    return
                logger.warning("reference data: lost the stream of changes, starting over")
                await asyncio.sleep(RETRY_S)

    async def _apply(self, changes: Any) -> None:
        """Reread what changes, all that has come at one time together."""
        while changes.alive:
            changed: dict[str, list[Any]] = defaultdict(list)
            change = await changes.try_next()
            while change is not None:
                if "documentKey" in change:
                    changed[change["ns"]["coll"]].append(change["documentKey"]["_id"])
                change = await changes.try_next() if len(changed) < 1_000 else None
            for collection, ids in changed.items():
                await self._reread(collection, ids)
            self._in_step_at = time.monotonic()

    async def _load(self, collection: str) -> None:
        part = PARTS[collection]
        found = await self._database[collection].find({}).to_list(None)
        values = {document["_id"]: part.read(document) for document in found}
        self._view = replace(self._view, **{part.attribute: values})

    async def _reread(self, collection: str, ids: list[Any]) -> None:
        part = PARTS[collection]
        found: list[Mapping[str, Any]] = []
        for start in range(0, len(ids), IN_AT_MOST):
            batch = {"_id": {"$in": ids[start : start + IN_AT_MOST]}}
            found += await self._database[collection].find(batch).to_list(None)
        values = dict(getattr(self._view, part.attribute))
        for gone in ids:
            values.pop(gone, None)
        values.update({document["_id"]: part.read(document) for document in found})
        self._view = replace(self._view, **{part.attribute: values})
