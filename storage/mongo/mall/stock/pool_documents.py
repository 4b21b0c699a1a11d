"""Pools and movements as documents, and the writes that change them.

A pool is one document: the region's `available` total, what each store has, with its `free` units
kept beside what they follow from, `in_flight`, the marks of changes not yet in the ledger, and
`ops`, the marks of movements that were in the ledger before. The mark of a count is its store's
`count`: it stays until the next count takes its place, since to take it off would be as much work
as the count itself. Every write is one plain conditional update of one document.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from domain.catalogue.catalogue import Sku
from domain.kernel.refusals import Unavailable
from domain.mall.stock.ledger import AS_FEW_AS_THERE_ARE
from domain.mall.stock.pools import Change, Delta, Event, Movement, Pool, PoolKey, StoreStock
from domain.network.stores import RegionId, StoreId
from storage.mongo.kernel.database import Document, InsertOne, UpdateOne
from storage.mongo.kernel.documents import converter

BEING_PLACED = "Orders are being placed on this store just now; try again in a moment."
# Naming more stores than this costs more than all of a pool.
FEW_STORES = 5
KINDS = ("on_hand", "reserved", "safety", "damaged", "incoming")


def document_id(key: PoolKey) -> str:
    """The `_id` of a pool's document."""
    region_id, sku = key
    return f"{region_id}/{sku}"


def document_key(id: str) -> PoolKey:
    """Of which pool a document's `_id` is."""
    region_id, _, sku = id.partition("/")
    return RegionId(region_id), Sku(sku)


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
    numbers = {kind: getattr(stock, kind) for kind in KINDS}
    return {**numbers, "counted_at": stock.counted_at, "free": stock.free}


def _store_stock(stock: Mapping[str, Any]) -> StoreStock:
    return StoreStock(
        counted_at=stock.get("counted_at"),
        gone_to=stock.get("gone_to"),
        **{kind: stock.get(kind, 0) for kind in KINDS},
    )


def taking(change: Change) -> Any:
    """Take free units: the pool has as many, the store has as many, and it was not done before."""
    n = -sum(delta.free for delta in change.deltas)
    wanted: Document = {
        "_id": document_id(change.key),
        "available": {"$gte": n},
        "in_flight.id": {"$ne": change.id},
    }
    there = [delta.store_id for delta in change.deltas]
    for delta in change.deltas:
        wanted[f"stores.{store_field(delta.store_id)}.free"] = {"$gte": -delta.free}
    return UpdateOne(
        wanted, _update(change.deltas, -n, {"$push": {"in_flight": _mark(change)}}, known=there)
    )


def changing(change: Change, document: Document | None) -> Any:
    """Change a pool that is still as it was found, as far as the change depends on it."""
    if document is None:
        counted = change.event is Event.COUNTED
        new = new_document(_begun(change.key, change.deltas), _counts(change) if counted else {})
        return InsertOne({**new, "in_flight": [] if counted else [_mark(change)]})
    pool = as_pool(document)
    wanted = {"_id": document["_id"], **_as_found(pool, change.deltas)}
    more = pool.after(change.deltas).available - pool.available
    if change.event is Event.COUNTED:
        # Each count is newer than the last one, so none can be done twice.
        return UpdateOne(
            wanted, _update(change.deltas, more, {}, known=pool.stores, counts=_counts(change))
        )
    wanted["in_flight.id"] = {"$ne": change.id}
    if change.event is Event.CORRECTED:
        wanted |= _exactly(document, change.deltas)
    return UpdateOne(
        wanted,
        _update(change.deltas, more, {"$push": {"in_flight": _mark(change)}}, known=pool.stores),
    )


def counting(change: Change, document: Document | None) -> Any:
    """Change a pool as `changing` does; with counts of many stores, if nothing at all has changed.

    To compare all stores with what they were and to write them as one takes the embedded server
    a tenth of what it takes to do so with each of their numbers.
    """
    if document is None or change.event is not Event.COUNTED or len(change.deltas) <= FEW_STORES:
        return changing(change, document)
    pool, counts = as_pool(document).after(change.deltas), _counts(change)
    stores = dict(document["stores"])
    for store_id, count in counts.items():
        field = store_field(store_id)
        stores[field] = {**stores.get(field, {}), **as_document(pool.store(store_id))}
        stores[field]["count"] = count
    as_found = {name: document.get(name) for name in ("_id", "available", "stores")}
    return UpdateOne(as_found, {"$set": {"available": pool.available, "stores": stores}})


def moving(movement: Movement, document: Document | None, mark: Document) -> Any:
    """Do a movement to a pool as it was found, which holds no mark of it; leave the mark."""
    delta = movement.delta
    if document is None:
        return InsertOne({**new_document(_begun(movement.key, [delta])), "ops": [mark]})
    pool = as_pool(document)
    stock = pool.stores.get(delta.store_id)
    path = f"stores.{store_field(delta.store_id)}"
    wanted = {"_id": document["_id"], "ops.id": {"$ne": movement.id}, **_as_found(pool, [delta])}
    more = pool.after([delta]).available - pool.available
    update = _update([delta], more, {"$push": {"ops": mark}}, known=pool.stores)
    if movement.event is Event.MOVED_OUT:
        # Everything, and for good: no promise may be on its way, which could still be undone here.
        if any(one.promises and _is_about(one, delta) for one in marked_changes(document)):
            raise Unavailable(BEING_PLACED)
        wanted |= {**_exactly(document, [delta]), "in_flight": document.get("in_flight")}
        update.setdefault("$set", {})[f"{path}.gone_to"] = movement.to_region
    elif movement.event is Event.MOVED_IN:
        update["$unset"] = {f"{path}.gone_to": ""}
    elif stock is not None:
        wanted[f"{path}.gone_to"] = None
        for kind in ("reserved", "damaged", "incoming"):
            if (n := getattr(delta, kind)) < 0:
                wanted[f"{path}.{kind}"] = {"$gte": -n}
        for kind in AS_FEW_AS_THERE_ARE:
            if getattr(delta, kind) < 0 and getattr(stock, kind) + getattr(delta, kind) == 0:
                wanted[f"{path}.{kind}"] = getattr(stock, kind)  # it may be more that was told
        if delta.on_hand:  # as long as no count has seen it
            wanted[f"{path}.counted_at"] = stock.counted_at
    return UpdateOne(wanted, update)


def refusing(movement: Movement, _: Document | None, mark: Document) -> Any:
    """Leave the mark of a movement that can't be done in a pool that holds none of it."""
    region_id, sku = movement.key
    begun = {"region_id": region_id, "sku": sku, "available": 0, "stores": {}, "in_flight": []}
    return UpdateOne(
        {"_id": document_id(movement.key), "ops.id": {"$ne": movement.id}},
        {"$push": {"ops": mark}, "$setOnInsert": begun},
        upsert=True,
    )


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
    return UpdateOne(
        wanted, _update(deltas, more, {"$pull": {"in_flight": mark}}, known=pool.stores)
    )


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
        if delta.safety:
            # It follows from the rules and not from what it was: two that raise it raise it once.
            wanted[f"{path}.safety"] = stock.safety
        if delta.counted_at is not None:
            wanted[f"{path}.on_hand"] = stock.on_hand
            wanted[f"{path}.counted_at"] = stock.counted_at
        elif delta.on_hand < 0:
            wanted[f"{path}.on_hand"] = {"$gte": -delta.on_hand}
    return wanted


def _is_about(change: Change, delta: Delta) -> bool:
    return any(one.store_id == delta.store_id for one in change.deltas)


def _exactly(document: Document, deltas: Iterable[Delta]) -> Document:
    """That no number of some stores has changed since."""
    fields = {store_field(delta.store_id) for delta in deltas}
    return {
        f"stores.{field}.{kind}": document["stores"].get(field, {}).get(kind)
        for field in sorted(fields)
        for kind in KINDS
    }


def _update(
    deltas: Iterable[Delta],
    available: int,
    mark: Document,
    *,
    known: Collection[StoreId],
    counts: Mapping[StoreId, str] | None = None,
) -> Document:
    more: dict[str, int] = {"available": available}
    counted: Document = {}
    for delta in deltas:
        path = f"stores.{store_field(delta.store_id)}"
        more[f"{path}.free"] = delta.free
        # A store that comes in with this has every number from now on, be it 0.
        whole = delta.store_id not in known
        more |= {f"{path}.{kind}": n for kind in KINDS if (n := getattr(delta, kind)) or whole}
        if delta.counted_at is not None:
            counted[f"{path}.counted_at"] = delta.counted_at
        if counts:
            counted[f"{path}.count"] = counts[delta.store_id]
    return {"$inc": more, **({"$set": counted} if counted else {}), **mark}


def new_document(pool: Pool, counts: Mapping[StoreId, str] | None = None) -> Document:
    """The document of a pool that there is none of."""
    return {
        "_id": document_id(pool.key),
        "region_id": pool.region_id,
        "sku": pool.sku,
        "available": pool.available,
        "stores": {
            store_field(store_id): as_document(stock)
            | ({"count": counts[store_id]} if counts and store_id in counts else {})
            for store_id, stock in pool.stores.items()
        },
        "in_flight": [],
    }


def _begun(key: PoolKey, deltas: Iterable[Delta]) -> Pool:
    return Pool(region_id=key[0], sku=key[1]).after(deltas)


def _mark(change: Change) -> Document:
    """A change as it is kept in its pool, as short as can be: each update rewrites it."""
    mark: Document = converter.unstructure(change)
    deltas = [_without_nothing(delta) for delta in mark.pop("deltas")]
    del mark["region_id"], mark["sku"]
    return {**_without_nothing(mark), "deltas": deltas}


def _counts(change: Change) -> dict[StoreId, str]:
    """The mark of a count for each of its stores.

    It is one text, for it is only read when its store counts again: a pool of many stores with a
    mark of eight fields in each takes the embedded server half as long again to change.
    """
    return {
        delta.store_id: json.dumps(
            [
                change.id,
                change.attempt,
                change.actor,
                _moment(change.at),
                delta.counted_at and _moment(delta.counted_at),
                *(getattr(delta, kind) for kind in KINDS),
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for delta in change.deltas
    }


def last_counts(document: Mapping[str, Any]) -> list[Change]:
    """The last count of each store in a pool's document, as a change of its own."""
    return [
        _as_count(document, StoreId(unquote(field)), mark)
        for field, stock in document["stores"].items()
        if (mark := stock.get("count"))
    ]


def _moment(at: datetime) -> str:
    """A moment as exactly as the database keeps it."""
    return at.isoformat(timespec="milliseconds")


def _as_count(document: Mapping[str, Any], store_id: StoreId, mark: Any) -> Change:
    if isinstance(mark, str):
        change_id, attempt, actor, at, counted_at, *units = json.loads(mark)
        counted = counted_at and datetime.fromisoformat(counted_at)
        delta = Delta(store_id=store_id, counted_at=counted, **dict(zip(KINDS, units, strict=True)))
        at = datetime.fromisoformat(at)
    else:  # as marks were before they were texts; the store's next count replaces it
        change_id, attempt, actor, at = (mark[name] for name in ("id", "attempt", "actor", "at"))
        delta = converter.structure(mark, Delta)
    return Change(
        id=change_id,
        attempt=attempt,
        region_id=document["region_id"],
        sku=document["sku"],
        event=Event.COUNTED,
        deltas=(delta,),
        actor=actor,
        at=at,
    )


def _delta(delta: Delta) -> Document:
    """A delta as short as can be."""
    document = {kind: n for kind in KINDS if (n := getattr(delta, kind))}
    return {"store_id": delta.store_id, **document, "counted_at": delta.counted_at}


def _without_nothing(document: Document) -> Document:
    return {key: value for key, value in document.items() if value}


def marked_changes(document: Mapping[str, Any]) -> list[Change]:
    """The changes whose marks are in a pool's document."""
    pool = {"region_id": document["region_id"], "sku": document["sku"]}
    marks = document.get("in_flight", ())
    return [converter.structure({**mark, **pool}, Change) for mark in marks]


def has_mark(document: Mapping[str, Any] | None, change: Change) -> bool:
    """Whether a change's mark is in a pool's document."""
    return any(
        mark["id"] == change.id and mark["attempt"] == change.attempt
        for mark in (document or {}).get("in_flight", ())
    )


def movement_documents(change: Change) -> list[Document]:
    """The lines of the ledger that a change makes."""
    return [{**movement_document(one), "attempt": change.attempt} for one in change.movements]


def movement_document(movement: Movement) -> Document:
    """A line of the ledger."""
    document: Document = converter.unstructure(movement)
    del document["delta"]
    return {"_id": movement.id, **document, **_delta(movement.delta)}


def amounts(delta: Delta) -> Document:
    """What a movement came to, each kind of units by itself, be it nothing."""
    return {**{kind: getattr(delta, kind) for kind in KINDS}, "counted_at": delta.counted_at}


def as_amounts(delta: Delta, mark: Mapping[str, Any]) -> Delta:
    """The delta with what a mark says that it came to."""
    return replace(delta, **{kind: mark[kind] for kind in (*KINDS, "counted_at")})


def as_movement(document: Mapping[str, Any]) -> Movement:
    """The movement in a document."""
    delta = converter.structure(document, Delta)
    return converter.structure({**document, "delta": converter.unstructure(delta)}, Movement)
