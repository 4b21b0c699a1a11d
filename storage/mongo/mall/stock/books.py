"""Pools and movements of MongoDB side by side, for reconciling.

This reads whole collections: it is for a script that runs now and then, not for requests.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.kernel.apply_once import CONCLUDED, MARKS_KEPT, State
from domain.mall.stock.pools import Movement, Pool, PoolKey, StoreStock
from domain.mall.stock.reconciling import Book
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError
from storage.mongo.mall.stock.ledger import as_marked
from storage.mongo.mall.stock.pool_documents import (
    KINDS,
    as_document,
    as_movement,
    as_pool,
    document_id,
    last_counts,
    marked_changes,
    new_document,
    store_field,
)

# Whoever has made a change is at it for seconds, and a sweeper for some more.
BEING_DONE = timedelta(hours=1)
TOTALS = ("available", "in_flight")
Lines = Mapping[str, Document]


class MongoBooks:
    """Books; see `domain.mall.stock.reconciling.Books`."""

    def __init__(self, database: Database) -> None:
        self._pools = database["pools"]
        self._movements = database["movements"]

    async def read(self, now: datetime) -> list[Book]:
        """Every pool; while others write, the sides may be of different moments."""
        documents = {one["_id"]: one async for one in self._pools.find({})}
        lines: dict[str, dict[str, Document]] = defaultdict(dict)
        keys: set[PoolKey] = {(one["region_id"], one["sku"]) for one in documents.values()}
        async for one in self._movements.find({}):
            lines[one["sku"]][one["_id"]] = one
            if _applied(one):
                keys.add((one["region_id"], one["sku"]))
        return [
            _book(key, documents.get(document_id(key)), lines[key[1]], now) for key in sorted(keys)
        ]

    async def read_one(self, key: PoolKey, now: datetime) -> Book:
        """One pool."""
        document = await self._pools.find_one({"_id": document_id(key)})
        lines = {one["_id"]: one async for one in self._movements.find({"sku": key[1]})}
        return _book(key, document, lines, now)

    async def rewrite(self, book: Book, pool: Pool) -> bool:
        """Write a pool anew over the one in a book; False if it has changed since."""
        wanted: Document = {"_id": document_id(pool.key), "available": book.available}
        for store_id, stock in book.pool.stores.items():
            path = f"stores.{store_field(store_id)}"
            for kind in KINDS:
                missing = (store_id, kind) in book.missing
                wanted[f"{path}.{kind}"] = None if missing else getattr(stock, kind)
        numbers: Document = {"available": pool.available}
        if (None, "in_flight") in book.missing:
            numbers["in_flight"] = []
        for store_id, stock in pool.stores.items():
            for kind, n in as_document(stock).items():
                if kind != "counted_at":
                    numbers[f"stores.{store_field(store_id)}.{kind}"] = n
        update: Document = {"$set": numbers}
        if (await self._pools.update_one(wanted, update)).matched_count == 0:
            return await self._make(pool)
        for marks in ("in_flight", "ops"):
            gone = {"$pull": {marks: {"id": {"$in": list(book.stale)}}}}
            if book.stale:
                await self._pools.update_one({"_id": wanted["_id"]}, gone)
        return True

    async def _make(self, pool: Pool) -> bool:
        """Make a pool that there is none of."""
        try:
            await self._pools.insert_one(new_document(pool))
        except DuplicateKeyError:
            return False
        return True


def _book(key: PoolKey, document: Document | None, lines: Lines, now: datetime) -> Book:
    region_id, sku = key
    found = document or {"region_id": region_id, "sku": sku, "available": 0, "in_flight": []}
    found = {"stores": {}, **found}
    pool = as_pool(found)
    fresh, stale = _in_flight(found, now)
    finishing, old = _ops(found, lines, now)
    counts = [one for change in last_counts(found) for one in change.movements]
    written = [as_movement(one) for one in lines.values() if _applied(one)]
    kept = [one for one in written if one.region_id == region_id]
    computed: dict[StoreId, StoreStock] = {store_id: StoreStock() for store_id in pool.stores}
    for movement in {one.id: one for one in [*fresh, *counts, *finishing, *kept]}.values():
        store_id = movement.delta.store_id
        computed[store_id] = computed.get(store_id, StoreStock()).after(movement.delta)
    return Book(
        pool=pool,
        available=found.get("available"),
        free={
            store_id: found["stores"][store_field(store_id)].get("free") for store_id in pool.stores
        },
        by_movements=computed,
        missing=_missing(found, pool),
        stale=(*stale, *old),
        busy=frozenset(one.delta.store_id for one in [*fresh, *finishing]) | _opened(lines),
    )


def _applied(line: Document) -> bool:
    """Whether a line of the ledger tells of something that was done."""
    return State(line.get("state", State.APPLIED)) is State.APPLIED


def _in_flight(document: Document, now: datetime) -> tuple[list[Movement], list[str]]:
    """The movements of changes that are just being made; the ids of marks that were left behind."""
    changes = marked_changes(document)
    fresh = [one for one in changes if one.at > now - BEING_DONE]
    stale = [one.id for one in changes if one.at <= now - BEING_DONE]
    return [movement for change in fresh for movement in change.movements], stale


def _ops(document: Document, lines: Lines, now: datetime) -> tuple[list[Movement], list[str]]:
    """The movements that are done and not concluded; the ids of marks that were left behind."""
    finishing, old = [], []
    for mark in document.get("ops", ()):
        line: Mapping[str, Any] | None = lines.get(mark["id"])
        if line is None or (_concluded(line) and mark["at"] < now - 2 * MARKS_KEPT):
            old.append(mark["id"])
        elif not _concluded(line) and mark["state"] == State.APPLIED:
            finishing.append(as_marked(as_movement(line), mark, document))
    return finishing, old


def _concluded(line: Mapping[str, Any]) -> bool:
    return State(line.get("state", State.APPLIED)) in CONCLUDED


def _opened(lines: Lines) -> frozenset[StoreId]:
    """The stores of a pool in which a movement is written down and not concluded."""
    return frozenset(StoreId(one["store_id"]) for one in lines.values() if not _concluded(one))


def _missing(document: Document, pool: Pool) -> frozenset[tuple[StoreId | None, str]]:
    stores: Iterable[tuple[StoreId | None, Mapping[str, Any], Collection[str]]] = (
        (store_id, document["stores"][store_field(store_id)], KINDS) for store_id in pool.stores
    )
    lacking = {
        (store_id, name) for store_id, found, names in stores for name in names if name not in found
    }
    return frozenset(lacking | {(None, name) for name in TOTALS if name not in document})
