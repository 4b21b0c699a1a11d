"""Pools, movements and orders of MongoDB side by side, for reconciling.

This reads whole collections: it is for a script that runs now and then, not for requests.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.catalogue.units import Units
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.promised_units import held, moving
from domain.mall.orders.order import Order, OrderState
from domain.mall.stock.pools import Delta, Pool, PoolKey, StoreStock
from domain.mall.stock.reconciling import Book
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import converter, from_document
from storage.mongo.mall.stock.pool_documents import (
    as_document,
    as_pool,
    document_id,
    last_counts,
    marked_changes,
    movement_documents,
    store_field,
)

Place = tuple[StoreId, str]


@dataclass
class Promises:
    """What orders hold in stores, and where one is just being changed."""

    units: Counter[Place] = field(default_factory=Counter)
    moving: set[Place] = field(default_factory=set)

    def hold(self, store_id: StoreId, units: Units) -> None:
        """Count units that are reserved."""
        for sku, n in units.items():
            self.units[store_id, sku] += n

    def move(self, store_id: StoreId, units: Units) -> None:
        """Note units that are being reserved or given back."""
        self.moving |= {(store_id, sku) for sku in units}


class MongoBooks:
    """Books; see `domain.mall.stock.reconciling.Books`."""

    def __init__(self, database: Database) -> None:
        self._pools = database["pools"]
        self._movements = database["movements"]
        self._orders = database["orders"]
        self._fulfilments = database["fulfilments"]

    async def read(self) -> list[Book]:
        """Every pool; while others write, the sides may be of different moments."""
        documents = await self._pools.find({}).to_list(None)
        movements: dict[str, list[Document]] = defaultdict(list)
        async for one in self._movements.find({}):
            movements[document_id((one["region_id"], one["sku"]))].append(one)
        promises = await self._promises()
        return [_book(one, movements[one["_id"]], promises) for one in documents]

    async def read_one(self, key: PoolKey) -> Book | None:
        """One pool with all sides of one moment; None if others keep changing it."""
        before = await self._pools.find_one({"_id": document_id(key)})
        if before is None:
            return None
        stores = list(as_pool(before).stores)
        wanted = {"store_id": {"$in": stores}, "sku": key[1]}
        found = await self._movements.find(wanted).to_list(None)
        promises = await self._promises()
        after = await self._pools.find_one({"_id": document_id(key)})
        if before != after:
            return None
        return _book(before, [one for one in found if one["region_id"] == key[0]], promises)

    async def rewrite(self, book: Book, pool: Pool) -> bool:
        """Write a pool anew over the one in a book; False if it has changed since."""
        wanted: Document = {"_id": document_id(pool.key), "available": book.available}
        for store_id, stock in book.pool.stores.items():
            path = f"stores.{store_field(store_id)}"
            wanted |= {f"{path}.on_hand": stock.on_hand, f"{path}.reserved": stock.reserved}
        numbers: Document = {"available": pool.available}
        for store_id, stock in pool.stores.items():
            for kind, n in as_document(stock).items():
                if kind != "counted_at":
                    numbers[f"stores.{store_field(store_id)}.{kind}"] = n
        update = {"$set": numbers}
        return (await self._pools.update_one(wanted, update)).matched_count == 1

    async def _promises(self) -> Promises:
        promises = Promises()
        fulfilments = {
            one["_id"]: from_document(Fulfilment, one)
            async for one in self._fulfilments.find({"settled": True})
        }
        async for one in self._orders.find({"state": {"$ne": OrderState.PENDING}}):
            order = from_document(Order, one)
            fulfilment = fulfilments.get(order.id)
            for share in held(order, fulfilment):
                promises.hold(share.store_id, share.units)
            for share in moving(order, fulfilment):
                promises.move(share.store_id, share.units)
        return promises


def _book(document: Document, movements: Iterable[Mapping[str, Any]], promises: Promises) -> Book:
    pool = as_pool(document)
    kept = [*marked_changes(document), *last_counts(document)]
    marked = [one for change in kept for one in movement_documents(change)]
    by_id = {one["_id"]: one for one in [*marked, *movements]}
    computed: dict[StoreId, StoreStock] = {store_id: StoreStock() for store_id in pool.stores}
    for one in by_id.values():
        delta = converter.structure(one, Delta)
        computed[delta.store_id] = computed.get(delta.store_id, StoreStock()).after(delta)
    places = [(store_id, pool.sku) for store_id in pool.stores]
    moving = bool(document["in_flight"]) or not promises.moving.isdisjoint(places)
    return Book(
        pool=pool,
        available=document["available"],
        free={
            store_id: document["stores"][store_field(store_id)]["free"] for store_id in pool.stores
        },
        by_movements=computed,
        promised=None
        if moving
        else {store_id: promises.units[store_id, sku] for store_id, sku in places},
    )
