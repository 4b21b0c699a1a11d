"""The pools and the ledger in MongoDB."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.catalogue.catalogue import Sku
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Unavailable
from domain.mall.stock.pools import Before, Change, Event, Movement, OrderId, Pool, PoolKey, Rule
from domain.network.stores import RegionId, StoreId
from storage.mongo.kernel.database import (
    EARLIEST,
    BulkWriteError,
    Database,
    Document,
    UpdateMany,
    only_duplicates,
)
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    find_by_ids,
    in_one_batch,
    insert_new,
)
from storage.mongo.kernel.pages import NEWEST_FIRST, page
from storage.mongo.mall.stock.last_counts import LastCounts
from storage.mongo.mall.stock.ledger import MongoStockLedger
from storage.mongo.mall.stock.pool_documents import (
    FEW_STORES,
    as_movement,
    as_pool,
    changing,
    counting,
    document_id,
    has_mark,
    last_counts,
    marked_changes,
    movement_documents,
    store_field,
    taking,
    undoing,
)

MOST_TRIES = 20
MOVEMENTS = Cursors("movements", datetime, str)


class MongoPools:
    """Pools and movements; see `domain.mall.stock.pools.Pools`."""

    def __init__(self, database: Database) -> None:
        self._pools = database["pools"]
        self._movements = database["movements"]
        self._ledger = MongoStockLedger(database)
        self._last_counts = LastCounts(database)

    @property
    def ledger(self) -> MongoStockLedger:
        """The movements that are written down first."""
        return self._ledger

    async def load(self, region_id: RegionId, skus: Collection[Sku]) -> dict[Sku, Pool]:
        """Each SKU's pool as it is now, in one round trip; an unknown SKU has an empty one."""
        ids = [document_id((region_id, sku)) for sku in skus]
        wanted = self._pools.find({"_id": {"$in": ids}}, {"in_flight": 0, "ops": 0})
        found = await in_one_batch(wanted, ids)
        pools = {document["sku"]: as_pool(document) for document in found}
        return {sku: pools.get(sku) or Pool(region_id=region_id, sku=sku) for sku in skus}

    async def stocked(self, region_id: RegionId, store_id: StoreId) -> list[Sku]:
        """The SKUs that a store has, or had, in the pools of a region."""
        path = f"stores.{store_field(store_id)}.on_hand"
        found = await self._pools.find({"region_id": region_id}, {"sku": 1, path: 1}).to_list(None)
        return [one["sku"] for one in found if one["stores"]]

    async def take(self, changes: Sequence[Change]) -> list[Change]:
        """Make those changes that leave no store with fewer than 0 free units; tell which."""
        if not changes:
            return []
        result = await self._pools.bulk_write([taking(change) for change in changes])
        if result.matched_count == len(changes):
            return list(changes)
        return await self._marked(changes)

    async def apply(
        self,
        keys: Iterable[PoolKey],
        rule: Rule,
        *,
        recent_since: Mapping[StoreId, datetime] | None = None,
        before: Before | None = None,
    ) -> list[Change]:
        """Do to each pool what a rule says of it as it is at that moment; tell what was done."""
        left = list(keys)
        done: list[Change] = []
        for number in range(MOST_TRIES):
            found = await self._documents(left, recent_since)
            recent = await self._recent(found.values(), recent_since or {})
            changes = _decide(left, found, recent, rule)
            await self._last_counts.keep(*_counted_again(changes, found))
            if changes and before is not None:
                await before(changes)
            # Where others keep selling from a pool, it never stays exactly as it was found.
            landed = await self._write(changes, found, changing if number else counting)
            done += landed
            missed = {change.key for change in changes} - {change.key for change in landed}
            left = sorted(missed)
            if not left:
                return done
        raise Unavailable("This stock is changing too fast just now; try again in a moment.")

    async def settle(self, changes: Sequence[Change]) -> None:
        """Write the ledger and take the marks off; what another attempt has done is undone."""
        changes = [change for change in changes if change.event is not Event.COUNTED]
        if not changes:
            return
        movements = [one for change in changes for one in movement_documents(change)]
        # Those that the ledger has already.
        duplicates = await insert_new(self._movements, movements)
        ghosts = await self._done_by_others(duplicates)
        await self.undo([change for change in changes if change.key in ghosts])
        await self._unmark([change for change in changes if change.key not in ghosts])

    async def undo(self, changes: Sequence[Change]) -> list[Change]:
        """Take changes back whose marks are still there; tell which those were."""
        undone: list[Change] = []
        left = list(changes)
        for _ in range(MOST_TRIES):
            found = await self._documents([change.key for change in left])
            marked = [one for one in left if has_mark(found.get(document_id(one.key)), one)]
            if not marked:
                return undone
            await self._write(marked, found, undoing)
            still = await self._documents([change.key for change in marked])
            left = [one for one in marked if has_mark(still.get(document_id(one.key)), one)]
            undone += [one for one in marked if one not in left]
        raise Unavailable("This stock is changing too fast just now; try again in a moment.")

    async def being_promised(
        self, region_id: RegionId, skus: Collection[Sku], order_id: OrderId
    ) -> bool:
        """Whether somebody is just taking units for an order, which may still come to nothing."""
        ids = [document_id((region_id, sku)) for sku in skus]
        fields = {"region_id": 1, "sku": 1, "in_flight": 1}
        return any(
            mark.order_id == order_id and mark.promises
            for document in await find_by_ids(self._pools, ids, fields)
            for mark in marked_changes(document)
        )

    async def movements(
        self, region_id: RegionId, store_id: StoreId, sku: Sku, request: PageRequest
    ) -> Page[Movement]:
        """What became of one SKU in one store that sells in a region, the newest first."""
        pool = await self._documents([(region_id, sku)], [store_id])
        await self._last_counts.keep(pool.values(), [store_id])
        wanted = {"store_id": store_id, "sku": sku, "open_at": None}
        return await page(self._movements, wanted, NEWEST_FIRST, request, MOVEMENTS, as_movement)

    async def unsettled(self, before: datetime, most: int) -> list[Change]:
        """Changes made before a moment whose marks are still there."""
        wanted = {"in_flight.at": {"$gt": EARLIEST, "$lt": before}}
        found = await self._pools.find(wanted).limit(most).to_list(None)
        return [
            change
            for document in found
            for change in marked_changes(document)
            if change.at < before
        ]

    async def _documents(
        self, keys: Sequence[PoolKey], stores: Collection[StoreId] | None = None
    ) -> dict[str, Document]:
        """The documents of pools by their ids; a pool that does not exist yet is left out.

        Only some stores are in them if they are named: a region may have many.
        """
        fields: Document | None = None
        if stores is not None and len(stores) <= FEW_STORES:
            fields = {"region_id": 1, "sku": 1, "in_flight": 1, "ops": 1}
            fields |= {f"stores.{store_field(store_id)}": 1 for store_id in stores}
        found = await find_by_ids(self._pools, [document_id(key) for key in keys], fields)
        return {one["_id"]: {"stores": {}, **one} for one in found}

    async def _recent(
        self, documents: Collection[Document], since: Mapping[StoreId, datetime]
    ) -> dict[Sku, dict[str, Movement]]:
        """The movements of stores after a moment, by their ids, in the ledger or not yet.

        Those in other regions too, from which the store may have moved.
        """
        recent: dict[Sku, dict[str, Movement]] = defaultdict(dict)
        for document in documents if since else ():
            for change in marked_changes(document):
                recent[change.sku] |= {one.id: one for one in change.movements}
            for one in await self._ledger.marked(document):
                recent[one.sku][one.id] = one
        for store_id, moment in since.items():
            wanted = {"store_id": store_id, "at": {"$gt": moment}, "open_at": None}
            for line in await self._movements.find(wanted).to_list(None):
                recent[line["sku"]][line["_id"]] = as_movement(line)
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
        writes = [write(change, found.get(document_id(change.key))) for change in changes]
        try:
            result = await self._pools.bulk_write(writes, ordered=False)
            if result.matched_count + result.inserted_count == len(writes):
                return list(changes)
        except BulkWriteError as fault:
            # Somebody else has made the pool meanwhile.
            only_duplicates(fault)
        return await self._marked(changes)

    async def _marked(self, changes: Sequence[Change]) -> list[Change]:
        """Those changes whose marks are in their pools, each with the attempt that made it."""
        found = await self._documents([change.key for change in changes])
        return [
            replace(change, attempt=mark.attempt)
            for change in changes
            if (mark := _mark_of(change, found.get(document_id(change.key)))) is not None
        ]

    async def _done_by_others(self, duplicates: Sequence[Document]) -> set[PoolKey]:
        """The pools whose movements of the same operation were written by another attempt."""
        attempts = {one["_id"]: one["attempt"] for one in duplicates}
        written = await find_by_ids(self._movements, list(attempts))
        return {
            (one["region_id"], one["sku"])
            for one in written
            if one["attempt"] != attempts[one["_id"]]
        }

    async def _unmark(self, changes: Sequence[Change]) -> None:
        """Take the marks of changes off, all in as few writes as can be."""
        pools = sorted({document_id(change.key) for change in changes})
        marks = {"attempt": {"$in": sorted({change.attempt for change in changes})}}
        writes = [
            UpdateMany(
                {"_id": {"$in": pools[start : start + IN_AT_MOST]}}, {"$pull": {"in_flight": marks}}
            )
            for start in range(0, len(pools), IN_AT_MOST)
        ]
        if writes:
            await self._pools.bulk_write(writes, ordered=False)


def _decide(
    keys: Iterable[PoolKey],
    found: Mapping[str, Document],
    recent: Mapping[Sku, Mapping[str, Movement]],
    rule: Rule,
) -> list[Change]:
    changes = []
    for key in keys:
        document = found.get(document_id(key))
        pool = as_pool(document) if document else Pool(region_id=key[0], sku=key[1])
        change = rule(replace(pool, recent=tuple(recent.get(key[1], {}).values())))
        if change is not None:
            changes.append(change)
    return changes


def _counted_again(
    changes: Sequence[Change], found: Mapping[str, Document]
) -> tuple[list[Document], set[StoreId]]:
    """The pools in which counts take the place of others, and the stores that count."""
    counts = [change for change in changes if change.event is Event.COUNTED]
    ids = [document_id(change.key) for change in counts]
    pools = [found[one] for one in ids if one in found]
    return pools, {delta.store_id for one in counts for delta in one.deltas}


def _mark_of(change: Change, document: Document | None) -> Change | None:
    """The mark of an operation in a pool's document."""
    if document is None:
        return None
    marks = last_counts(document) if change.event is Event.COUNTED else marked_changes(document)
    return next((mark for mark in marks if mark.id == change.id), None)
