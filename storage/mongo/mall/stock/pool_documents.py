"""Pools and movements as documents, and the writes that change them.

A pool is one document: the region's `available` total, what each store has, with its `free` units
kept beside what they follow from, and `in_flight`, the marks of changes not yet in the ledger.
The mark of a count is its store's `count`: it stays until the next count takes its place, since to
take it off would be as much work as the count itself. Every write is one plain conditional update
of one document.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from domain.mall.stock.pools import Change, Delta, Event, Movement, Pool, PoolKey, StoreStock
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Document, InsertOne, UpdateOne
from storage.mongo.kernel.documents import converter

KINDS = ("on_hand", "reserved", "safety", "damaged", "incoming")


def document_id(key: PoolKey) -> str:
    """The `_id` of a pool's document."""
    region_id, sku = key
    return f"{region_id}/{sku}"


def store_field(store_id: StoreId) -> str:
    """A store's id as the name of a field, which may hold neither `.` nor `$`."""
    return store_id.replace("%", "%25").replace(".", "%2E").replace("$", "%24")


def as_pool(document: Mapping[str, Any]) -> Pool:
    """The pool in a document."""
    return Pool(
        region_id=document["region_id"],
        sku=document["sku"],
        stores={
            StoreId(unquote(field)): _store_stock(stock)
            for field, stock in document["stores"].items()
        },
    )


def as_document(stock: StoreStock) -> Document:
    """A store's stock as a part of its pool's document."""
    return {**converter.unstructure(stock), "free": stock.free}


def _store_stock(stock: Mapping[str, Any]) -> StoreStock:
    return StoreStock(
        counted_at=stock.get("counted_at"), **{kind: stock.get(kind, 0) for kind in KINDS}
    )


def taking(change: Change) -> Any:
    """Take free units: the pool has as many, the store has as many, and it was not done before."""
    n = -sum(delta.free for delta in change.deltas)
    wanted: Document = {
        "_id": document_id(change.key),
        "available": {"$gte": n},
        "in_flight.id": {"$ne": change.id},
    }
    for delta in change.deltas:
        wanted[f"stores.{store_field(delta.store_id)}.free"] = {"$gte": -delta.free}
    return UpdateOne(wanted, _update(change.deltas, -n, {"$push": {"in_flight": _mark(change)}}))


def changing(change: Change, document: Document | None) -> Any:
    """Change a pool that is still as it was found, as far as the change depends on it."""
    if document is None:
        return InsertOne(_new_document(change))
    pool = as_pool(document)
    wanted = {"_id": document["_id"], **_as_found(pool, change.deltas)}
    more = pool.after(change.deltas).available - pool.available
    if change.event is Event.COUNTED:
        # Each count is newer than the last one, so none can be done twice.
        return UpdateOne(wanted, _update(change.deltas, more, {}, counts=_counts(change)))
    wanted["in_flight.id"] = {"$ne": change.id}
    return UpdateOne(wanted, _update(change.deltas, more, {"$push": {"in_flight": _mark(change)}}))


def undoing(change: Change, document: Document | None) -> Any:
    """Take back a change whose mark is there; the mark goes with it."""
    if document is None:
        raise ValueError(f"{change.key} has no document to undo {change.id} in")
    pool = as_pool(document)
    deltas = [delta.reversed() for delta in change.deltas]
    mark = {"id": change.id, "attempt": change.attempt}
    wanted = {"_id": document["_id"], "in_flight": {"$elemMatch": mark}}
    wanted |= _as_found(pool, deltas)
    more = pool.after(deltas).available - pool.available
    return UpdateOne(wanted, _update(deltas, more, {"$pull": {"in_flight": mark}}))


def _as_found(pool: Pool, deltas: Iterable[Delta]) -> Document:
    """What must not have changed since for the total to change by what was computed.

    While a store's free units stay at 0 or more, the total follows them one to one, however many
    others change them too. Where they are or come below 0 they must be as they were found.
    """
    wanted: Document = {}
    for delta in deltas:
        path = f"stores.{store_field(delta.store_id)}"
        stock = pool.stores.get(delta.store_id)
        if stock is None:
            wanted[path] = {"$exists": False}
            continue
        if stock.free < 0 or stock.free + delta.free < 0:
            wanted[f"{path}.free"] = stock.free
        else:
            wanted[f"{path}.free"] = {"$gte": max(0, -delta.free)}
        if delta.counted_at is not None:
            wanted[f"{path}.on_hand"] = stock.on_hand
            wanted[f"{path}.counted_at"] = stock.counted_at
        elif delta.on_hand < 0:
            wanted[f"{path}.on_hand"] = {"$gte": -delta.on_hand}
    return wanted


def _update(
    deltas: Iterable[Delta],
    available: int,
    mark: Document,
    *,
    counts: Mapping[StoreId, Document] | None = None,
) -> Document:
    more: dict[str, int] = {"available": available}
    counted: Document = {}
    for delta in deltas:
        path = f"stores.{store_field(delta.store_id)}"
        more[f"{path}.free"] = delta.free
        more |= {f"{path}.{kind}": n for kind in KINDS if (n := getattr(delta, kind))}
        # A store that comes in with this has a number on hand from now on, be it 0.
        more[f"{path}.on_hand"] = delta.on_hand
        if delta.counted_at is not None:
            counted[f"{path}.counted_at"] = delta.counted_at
        if counts:
            counted[f"{path}.count"] = counts[delta.store_id]
    return {"$inc": more, **({"$set": counted} if counted else {}), **mark}


def _new_document(change: Change) -> Document:
    pool = Pool(region_id=change.region_id, sku=change.sku).after(change.deltas)
    counted = change.event is Event.COUNTED
    counts = _counts(change) if counted else {}
    stores = {
        store_field(store_id): {
            **as_document(stock),
            **({"count": counts[store_id]} if store_id in counts else {}),
        }
        for store_id, stock in pool.stores.items()
    }
    return {
        "_id": document_id(change.key),
        "region_id": pool.region_id,
        "sku": pool.sku,
        "available": pool.available,
        "stores": stores,
        "in_flight": [] if counted else [_mark(change)],
    }


def _mark(change: Change) -> Document:
    """A change as it is kept in its pool, as short as can be: each update rewrites it."""
    mark: Document = converter.unstructure(change)
    deltas = [_without_nothing(delta) for delta in mark.pop("deltas")]
    del mark["region_id"], mark["sku"]
    return {**_without_nothing(mark), "deltas": deltas}


def _counts(change: Change) -> dict[StoreId, Document]:
    """The mark of a count for each of its stores."""
    return {
        delta.store_id: {
            "id": change.id,
            "attempt": change.attempt,
            "actor": change.actor,
            "at": change.at,
            **_delta(delta),
        }
        for delta in change.deltas
    }


def last_counts(document: Mapping[str, Any]) -> list[Change]:
    """The last count of each store in a pool's document, as a change of its own."""
    return [
        Change(
            id=count["id"],
            attempt=count["attempt"],
            region_id=document["region_id"],
            sku=document["sku"],
            event=Event.COUNTED,
            deltas=(converter.structure(count, Delta),),
            actor=count["actor"],
            at=count["at"],
        )
        for stock in document["stores"].values()
        if (count := stock.get("count"))
    ]


def _delta(delta: Delta) -> Document:
    """A delta as short as can be."""
    document = {kind: n for kind in KINDS if (n := getattr(delta, kind))}
    return {"store_id": delta.store_id, **document, "counted_at": delta.counted_at}


def _without_nothing(document: Document) -> Document:
    return {key: value for key, value in document.items() if value}


def marked_changes(document: Mapping[str, Any]) -> list[Change]:
    """The changes whose marks are in a pool's document."""
    pool = {"region_id": document["region_id"], "sku": document["sku"]}
    return [converter.structure({**mark, **pool}, Change) for mark in document["in_flight"]]


def has_mark(document: Mapping[str, Any] | None, change: Change) -> bool:
    """Whether a change's mark is in a pool's document."""
    return any(
        mark["id"] == change.id and mark["attempt"] == change.attempt
        for mark in (document or {}).get("in_flight", ())
    )


def movement_documents(change: Change) -> list[Document]:
    """The lines of the ledger that a change makes."""
    return [
        {
            "_id": f"{change.id}/{change.sku}/{delta.store_id}",
            "change_id": change.id,
            "attempt": change.attempt,
            "region_id": change.region_id,
            "sku": change.sku,
            "event": change.event,
            **_delta(delta),
            "actor": change.actor,
            "at": change.at,
            "reason": change.reason,
            "order_id": change.order_id,
        }
        for delta in change.deltas
    ]


def as_movement(document: Mapping[str, Any]) -> Movement:
    """The movement in a document."""
    delta = converter.structure(document, Delta)
    return converter.structure({**document, "delta": converter.unstructure(delta)}, Movement)
