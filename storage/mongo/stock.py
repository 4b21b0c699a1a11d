"""The pools and the ledger in MongoDB.

A pool is one document: the region's `available` total, what each store has, with its `free` units
kept beside what they follow from, and `in_flight`, the marks of changes not yet in the ledger.
Every write is one plain conditional update of one document.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from domain.mall.catalogue import Sku
from domain.mall.stock import Change, Delta, Movement, Pool, PoolKey, Rule, StoreStock
from domain.mall.stores import RegionId, StoreId
from domain.paging import Page, PageRequest
from domain.refusals import Unavailable
from storage.mongo.database import (
    BulkWriteError,
    Database,
    Document,
    InsertOne,
    UpdateMany,
    UpdateOne,
)
from storage.mongo.documents import IN_AT_MOST, converter, find_by_ids, in_one_batch
from storage.mongo.pages import page_by_time

KINDS = ("on_hand", "reserved", "safety", "damaged", "incoming")
MOST_TRIES = 20
DUPLICATE_KEY = 11000


class MongoPools:
    """Pools and movements; see `domain.mall.stock.Pools`."""

    def __init__(self, database: Database) -> None:
        self._pools = database["pools"]
        self._movements = database["movements"]

    async def load(self, region_id: RegionId, skus: Collection[Sku]) -> dict[Sku, Pool]:
        """Each SKU's pool as it is now, in one round trip; an unknown SKU has an empty one."""
        ids = [_id((region_id, sku)) for sku in skus]
        wanted = self._pools.find({"_id": {"$in": ids}}, {"in_flight": 0})
        found = await in_one_batch(wanted, ids)
        pools = {document["sku"]: _pool(document) for document in found}
        return {sku: pools.get(sku) or Pool(region_id=region_id, sku=sku) for sku in skus}

    async def available(self, region_id: RegionId, skus: Collection[Sku]) -> dict[Sku, int]:
        """What the region may sell of each SKU, in one round trip; for showing, not promising."""
        ids = [_id((region_id, sku)) for sku in skus]
        wanted = {"_id": {"$in": ids}}
        found = await in_one_batch(self._pools.find(wanted, {"sku": 1, "available": 1}), ids)
        return dict.fromkeys(skus, 0) | {one["sku"]: one["available"] for one in found}

    async def take(self, changes: Sequence[Change]) -> list[Change]:
        """Make those changes that leave no store with fewer than 0 free units; tell which."""
        if not changes:
            return []
        result = await self._pools.bulk_write([_taking(change) for change in changes])
        if result.matched_count == len(changes):
            return list(changes)
        return await self._marked(changes)

    async def apply(
        self,
        keys: Iterable[PoolKey],
        rule: Rule,
        *,
        recent_since: Mapping[StoreId, datetime] | None = None,
    ) -> list[Change]:
        """Do to each pool what a rule says of it as it is at that moment; tell what was done."""
        left = list(keys)
        done: list[Change] = []
        for _ in range(MOST_TRIES):
            found = await self._documents(left)
            recent = await self._recent(found.values(), recent_since or {})
            changes = _decide(left, found, recent, rule)
            landed = await self._write(changes, found, _changing)
            done += landed
            missed = {change.key for change in changes} - {change.key for change in landed}
            left = sorted(missed)
            if not left:
                return done
        raise Unavailable("This stock is changing too fast just now; try again in a moment.")

    async def settle(self, changes: Sequence[Change]) -> None:
        """Write the ledger and take the marks off; what another attempt has done is undone."""
        if not changes:
            return
        movements = [one for change in changes for one in _movements(change)]
        ghosts: set[PoolKey] = set()
        try:
            await self._movements.insert_many(movements, ordered=False)
        except BulkWriteError as fault:
            ghosts = await self._done_by_others(movements, fault)
            await self.undo([change for change in changes if change.key in ghosts])
        await self._unmark([change for change in changes if change.key not in ghosts])

    async def undo(self, changes: Sequence[Change]) -> list[Change]:
        """Take changes back whose marks are still there; tell which those were."""
        undone: list[Change] = []
        left = list(changes)
        for _ in range(MOST_TRIES):
            found = await self._documents([change.key for change in left])
            marked = [one for one in left if _has_mark(found.get(_id(one.key)), one)]
            if not marked:
                return undone
            await self._write(marked, found, _undoing)
            still = await self._documents([change.key for change in marked])
            left = [one for one in marked if _has_mark(still.get(_id(one.key)), one)]
            undone += [one for one in marked if one not in left]
        raise Unavailable("This stock is changing too fast just now; try again in a moment.")

    async def recorded(self, changes: Sequence[Change]) -> set[PoolKey]:
        """The pools of those changes that the ledger has."""
        ids = {one["_id"]: change.key for change in changes for one in _movements(change)}
        found = await find_by_ids(self._movements, list(ids), {"_id": 1})
        return {ids[one["_id"]] for one in found}

    async def movements(self, store_id: StoreId, sku: Sku, request: PageRequest) -> Page[Movement]:
        """What the ledger has of one SKU in one store, the newest first."""
        return await page_by_time(
            self._movements, {"store_id": store_id, "sku": sku}, "at", request, _movement
        )

    async def unsettled(self, before: datetime, most: int) -> list[Change]:
        """Changes made before a moment whose marks are still there."""
        wanted = {"in_flight.at": {"$lt": before}}
        found = await self._pools.find(wanted).limit(most).to_list(None)
        return [
            change
            for document in found
            for change in map(_marked_change(document), document["in_flight"])
            if change.at < before
        ]

    async def _documents(self, keys: Sequence[PoolKey]) -> dict[str, Document]:
        """The documents of pools by their ids; a pool that does not exist yet is left out."""
        found = await find_by_ids(self._pools, [_id(key) for key in keys])
        return {one["_id"]: one for one in found}

    async def _recent(
        self, documents: Collection[Document], since: Mapping[StoreId, datetime]
    ) -> dict[PoolKey, dict[str, Movement]]:
        """The movements of stores after a moment, by their ids, in the ledger or not yet."""
        recent: dict[PoolKey, dict[str, Movement]] = defaultdict(dict)
        for document in documents if since else ():
            for change in map(_marked_change(document), document["in_flight"]):
                recent[change.key] |= {one["_id"]: _movement(one) for one in _movements(change)}
        for store_id, moment in since.items():
            skus = [one["sku"] for one in documents if _field(store_id) in one["stores"]]
            for start in range(0, len(skus), IN_AT_MOST):
                wanted = {
                    "store_id": store_id,
                    "sku": {"$in": skus[start : start + IN_AT_MOST]},
                    "at": {"$gt": moment},
                }
                for one in await self._movements.find(wanted).to_list(None):
                    recent[one["region_id"], one["sku"]][one["_id"]] = _movement(one)
        return recent

    async def _write(
        self,
        changes: Sequence[Change],
        found: Mapping[str, Document],
        write: Callable[[Change, Document | None], Any],
    ) -> list[Change]:
        """Write changes to pools as they were found; tell which landed."""
        if not changes:
            return []
        writes = [write(change, found.get(_id(change.key))) for change in changes]
        try:
            result = await self._pools.bulk_write(writes, ordered=False)
            if result.matched_count + result.inserted_count == len(writes):
                return list(changes)
        except BulkWriteError as fault:
            # Somebody else has made the pool meanwhile.
            _only_duplicates(fault)
        return await self._marked(changes)

    async def _marked(self, changes: Sequence[Change]) -> list[Change]:
        """Those changes whose marks are in their pools, each with the attempt that made it."""
        found = await self._documents([change.key for change in changes])
        return [
            replace(change, attempt=mark["attempt"])
            for change in changes
            for mark in found.get(_id(change.key), {}).get("in_flight", ())
            if mark["id"] == change.id
        ]

    async def _done_by_others(
        self, movements: Sequence[Document], fault: BulkWriteError
    ) -> set[PoolKey]:
        """The pools whose movements of the same operation were written by another attempt."""
        duplicates = [movements[error["index"]] for error in _only_duplicates(fault)]
        attempts = {one["_id"]: one["attempt"] for one in duplicates}
        written = await find_by_ids(self._movements, list(attempts))
        return {
            (one["region_id"], one["sku"])
            for one in written
            if one["attempt"] != attempts[one["_id"]]
        }

    async def _unmark(self, changes: Sequence[Change]) -> None:
        """Take the marks of changes off, all in as few writes as can be."""
        pools = sorted({_id(change.key) for change in changes})
        marks = {"attempt": {"$in": sorted({change.attempt for change in changes})}}
        writes = [
            UpdateMany(
                {"_id": {"$in": pools[start : start + IN_AT_MOST]}}, {"$pull": {"in_flight": marks}}
            )
            for start in range(0, len(pools), IN_AT_MOST)
        ]
        if writes:
            await self._pools.bulk_write(writes, ordered=False)


def _id(key: PoolKey) -> str:
    region_id, sku = key
    return f"{region_id}/{sku}"


def _field(store_id: StoreId) -> str:
    """A store's id as the name of a field, which may hold neither `.` nor `$`."""
    return store_id.replace("%", "%25").replace(".", "%2E").replace("$", "%24")


def _pool(document: Mapping[str, Any]) -> Pool:
    return Pool(
        region_id=document["region_id"],
        sku=document["sku"],
        stores={
            StoreId(unquote(field)): _store_stock(stock)
            for field, stock in document["stores"].items()
        },
    )


def _store_stock(stock: Mapping[str, Any]) -> StoreStock:
    return StoreStock(
        counted_at=stock.get("counted_at"), **{kind: stock.get(kind, 0) for kind in KINDS}
    )


def _decide(
    keys: Iterable[PoolKey],
    found: Mapping[str, Document],
    recent: Mapping[PoolKey, Mapping[str, Movement]],
    rule: Rule,
) -> list[Change]:
    changes = []
    for key in keys:
        document = found.get(_id(key))
        pool = _pool(document) if document else Pool(region_id=key[0], sku=key[1])
        change = rule(replace(pool, recent=tuple(recent.get(key, {}).values())))
        if change is not None:
            changes.append(change)
    return changes


def _taking(change: Change) -> Any:
    """Take free units: the pool has as many, the store has as many, and it was not done before."""
    n = -sum(delta.free for delta in change.deltas)
    wanted: Document = {
        "_id": _id(change.key),
        "available": {"$gte": n},
        "in_flight.id": {"$ne": change.id},
    }
    for delta in change.deltas:
        wanted[f"stores.{_field(delta.store_id)}.free"] = {"$gte": -delta.free}
    return UpdateOne(wanted, _update(change.deltas, -n, {"$push": {"in_flight": _mark(change)}}))


def _changing(change: Change, document: Document | None) -> Any:
    """Change a pool that is still as it was found, as far as the change depends on it."""
    if document is None:
        return InsertOne(_new_document(change))
    pool = _pool(document)
    wanted = {"_id": document["_id"], "in_flight.id": {"$ne": change.id}}
    wanted |= _as_found(pool, change.deltas)
    more = pool.after(change.deltas).available - pool.available
    return UpdateOne(wanted, _update(change.deltas, more, {"$push": {"in_flight": _mark(change)}}))


def _undoing(change: Change, document: Document | None) -> Any:
    """Take back a change whose mark is there; the mark goes with it."""
    if document is None:
        raise ValueError(f"{change.key} has no document to undo {change.id} in")
    pool = _pool(document)
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
        path = f"stores.{_field(delta.store_id)}"
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


def _update(deltas: Iterable[Delta], available: int, mark: Document) -> Document:
    more: dict[str, int] = {"available": available}
    counted: Document = {}
    for delta in deltas:
        path = f"stores.{_field(delta.store_id)}"
        more[f"{path}.free"] = delta.free
        more |= {f"{path}.{kind}": n for kind in KINDS if (n := getattr(delta, kind))}
        if delta.counted_at is not None:
            # A store that was counted has a number on hand, be it 0.
            more[f"{path}.on_hand"] = delta.on_hand
            counted[f"{path}.counted_at"] = delta.counted_at
    return {"$inc": more, **({"$set": counted} if counted else {}), **mark}


def _new_document(change: Change) -> Document:
    pool = Pool(region_id=change.region_id, sku=change.sku).after(change.deltas)
    return {
        "_id": _id(change.key),
        "region_id": pool.region_id,
        "sku": pool.sku,
        "available": pool.available,
        "stores": {
            _field(store_id): {**converter.unstructure(stock), "free": stock.free}
            for store_id, stock in pool.stores.items()
        },
        "in_flight": [_mark(change)],
    }


def _mark(change: Change) -> Document:
    """A change as it is kept in its pool, as short as can be: each update rewrites it."""
    mark: Document = converter.unstructure(change)
    deltas = [_without_nothing(delta) for delta in mark.pop("deltas")]
    del mark["region_id"], mark["sku"]
    return {**_without_nothing(mark), "deltas": deltas}


def _without_nothing(document: Document) -> Document:
    return {key: value for key, value in document.items() if value}


def _marked_change(document: Mapping[str, Any]) -> Callable[[Document], Change]:
    pool = {"region_id": document["region_id"], "sku": document["sku"]}
    return lambda mark: converter.structure({**mark, **pool}, Change)


def _has_mark(document: Mapping[str, Any] | None, change: Change) -> bool:
    return any(
        mark["id"] == change.id and mark["attempt"] == change.attempt
        for mark in (document or {}).get("in_flight", ())
    )


def _movements(change: Change) -> list[Document]:
    return [
        {
            "_id": f"{change.id}/{change.sku}/{delta.store_id}",
            "change_id": change.id,
            "attempt": change.attempt,
            "region_id": change.region_id,
            "sku": change.sku,
            "event": change.event,
            **_without_nothing(converter.unstructure(delta)),
            "actor": change.actor,
            "at": change.at,
            "reason": change.reason,
            "order_id": change.order_id,
        }
        for delta in change.deltas
    ]


def _movement(document: Mapping[str, Any]) -> Movement:
    delta = converter.structure(document, Delta)
    return converter.structure({**document, "delta": converter.unstructure(delta)}, Movement)


def _only_duplicates(fault: BulkWriteError) -> list[Mapping[str, Any]]:
    """The errors of a bulk write, all of them duplicate keys; anything else is raised again."""
    errors: list[Mapping[str, Any]] = fault.details["writeErrors"]
    if any(error["code"] != DUPLICATE_KEY for error in errors):
        raise fault
    return errors
