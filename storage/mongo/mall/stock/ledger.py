"""The ledger of stock in MongoDB: movements that are written down before their pools change.

A movement's document is that of every line of the ledger, with its `state` and, until it is
concluded, the moment `open_at` since which it waits. Its mark is in `ops` of the pool.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.kernel.apply_once import Entry, State
from domain.kernel.refusals import Unavailable
from domain.mall.stock.ledger import as_done, refused
from domain.mall.stock.pools import Event, Movement, Pool, PoolKey
from storage.mongo.kernel.apply_once import MongoMovements, when_written
from storage.mongo.kernel.database import (
    EARLIEST,
    BulkWriteError,
    Database,
    Document,
    UpdateOne,
    only_duplicates,
)
from storage.mongo.kernel.documents import find_by_ids
from storage.mongo.mall.stock.last_counts import LastCounts
from storage.mongo.mall.stock.pool_documents import (
    amounts,
    as_amounts,
    as_movement,
    as_pool,
    document_id,
    movement_document,
    moving,
    refusing,
)

MOST_TRIES = 20
# A store moves once in months: who looks for its stock follows it so often.
MOST_HOPS = 3
MOVING = "A store is just moving to another region; try again in a moment."
Entries = Mapping[str, Entry[Movement]]


class MongoStockLedger(MongoMovements[Movement]):
    """The ledger; see `domain.kernel.apply_once.Ledger`."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = when_written) -> None:
        super().__init__(database["movements"], database["pools"], clock)
        self._last_counts = LastCounts(database)

    def _written(self, movement: Movement) -> Document:
        return movement_document(movement)

    def _read(self, document: Document) -> Movement:
        return as_movement(document)

    def _target_of(self, movement: Movement) -> str:
        return document_id(movement.key)

    def _state_of(self, document: Document) -> State:
        # A line that was written when it was done already has none.
        return State(document.get("state", State.APPLIED))

    async def change(self, movements: Sequence[Movement]) -> Entries:
        """Change each pool that holds no mark of the movement, and mark it in the same write."""
        return await self._mark(movements, as_done, State.APPLIED)

    async def refuse(self, movements: Sequence[Movement]) -> Entries:
        """Mark each pool that holds no mark of the movement: refused. Answers all marks."""
        return await self._mark(movements, lambda one, _: refused(one), State.REFUSED)

    async def conclude(
        self, entries: Collection[Entry[Movement]], before: State
    ) -> Collection[str]:
        """Set movements from a state to what was decided; answer those certainly set by this."""
        writes = [
            UpdateOne({**_line(entry.movement), "state": before}, _concluding(entry))
            for entry in entries
        ]
        result = await self._movements.bulk_write(writes, ordered=False)
        if result.modified_count == len(writes):
            return {entry.movement.id for entry in entries}
        return ()

    async def forget_marks(self, before: datetime, most: int) -> None:
        """Take off the marks from before a moment whose movements are concluded."""
        wanted = {"ops.at": {"$gt": EARLIEST, "$lt": before}}
        found = await self._targets.find(wanted, {"ops": 1}).limit(most).to_list(None)
        for pool in found:
            old = [mark["id"] for mark in pool["ops"] if mark["at"] < before]
            entries = await self.entries(old)
            concluded = [one for one, entry in entries.items() if entry.concluded]
            update = {"$pull": {"ops": {"id": {"$in": concluded}}}}
            await self._targets.update_one({"_id": pool["_id"]}, update)

    async def marked(self, document: Document) -> list[Movement]:
        """The movements whose marks are in a pool's document, as they were done to it."""
        marks = {mark["id"]: mark for mark in document.get("ops", ())}
        written = await find_by_ids(self._movements, list(marks))
        return [as_marked(as_movement(one), marks[one["_id"]], document) for one in written]

    async def _mark(
        self,
        movements: Sequence[Movement],
        rule: Callable[[Movement, Pool], Movement | None],
        state: State,
    ) -> Entries:
        """Write to pools that hold no mark of a movement; answer what the marks say in the end.

        In one round one movement for each store of a pool: each follows from how the last left it.
        """
        done: dict[str, Entry[Movement]] = {}
        impossible: set[str] = set()
        tries = 0
        while tries < MOST_TRIES:
            left = [one for one in movements if one.id not in done and one.id not in impossible]
            found = await self._where_they_are(left)
            marked = _marked(left, found)
            done |= marked
            todo = {
                (document_id(one.key), one.delta.store_id): one
                for one in reversed([found.movements[one.id] for one in left])
                if one.id not in marked
            }
            if not todo:
                return done
            possible = [
                change
                for one in todo.values()
                if (change := rule(one, found.pool(one.key))) is not None
            ]
            impossible |= {one.id for one in todo.values()} - {one.id for one in possible}
            landed = await self._write(possible, found, state)
            done |= {one.id: Entry(movement=one, state=state) for one in landed}
            tries += not landed and bool(possible)
        raise Unavailable("This stock is changing too fast just now; try again in a moment.")

    async def _write(
        self, movements: Sequence[Movement], found: "_Found", state: State
    ) -> Sequence[Movement]:
        """Write to pools as they were found; answer the movements, if it is certain of all."""
        if not movements:
            return ()
        leaving = {one.delta.store_id for one in movements if one.event is Event.MOVED_OUT}
        if leaving:
            await self._last_counts.keep(found.documents.values(), leaving)
        writes = []
        for one in movements:
            mark = {"id": one.id, "at": self._clock(), "state": state, **amounts(one.delta)}
            document = found.documents.get(document_id(one.key))
            write = refusing if state is State.REFUSED else moving
            writes.append(write(one, document, mark))
        try:
            result = await self._targets.bulk_write(writes, ordered=False)
        except BulkWriteError as fault:
            only_duplicates(fault)  # somebody else has made the pool meanwhile
            return ()
        written = result.matched_count + result.inserted_count + result.upserted_count
        return movements if written == len(writes) else ()

    async def _where_they_are(self, movements: Sequence[Movement]) -> "_Found":
        """The pools of movements, each in the region where its store's units are by now."""
        found = _Found({}, {one.id: one for one in movements})
        for _ in range(MOST_HOPS):
            missing = sorted(found.missing())
            found.add(missing, await find_by_ids(self._targets, missing))
            if not found.follow():
                return found
        raise Unavailable(MOVING)


class _Found:
    """Documents of pools, and movements turned to the pools where they belong."""

    def __init__(self, documents: dict[str, Document], movements: dict[str, Movement]) -> None:
        self.documents = documents
        self.movements = movements
        self.absent: set[str] = set()
        self.passed: dict[str, list[str]] = {}

    def missing(self) -> set[str]:
        """The pools that have not been looked for."""
        wanted = {document_id(one.key) for one in self.movements.values()}
        return wanted - self.documents.keys() - self.absent

    def add(self, wanted: Iterable[str], documents: Iterable[Document]) -> None:
        """Keep what was found of what was looked for."""
        self.documents |= {one["_id"]: one for one in documents}
        self.absent |= set(wanted) - self.documents.keys()

    def pool(self, key: PoolKey) -> Pool:
        """The pool as it was found, or an empty one."""
        document = self.documents.get(document_id(key))
        return as_pool(document) if document else Pool(region_id=key[0], sku=key[1])

    def follow(self) -> bool:
        """Turn movements to where their stores have gone; whether there were any such.

        Raises Unavailable where a store has left one region and not arrived in the other.
        """
        turned = False
        for one in list(self.movements.values()):
            if one.event in (Event.MOVED_OUT, Event.MOVED_IN):
                continue
            pool = self.pool(one.key)
            gone_to = pool.store(one.delta.store_id).gone_to
            if gone_to is not None:
                self.passed.setdefault(one.id, []).append(document_id(one.key))
                self.movements[one.id] = replace(one, region_id=gone_to)
                turned = True
            elif (
                one.id in self.passed
                and one.delta.store_id not in pool.stores
                and document_id(one.key) not in self.missing()
            ):
                raise Unavailable(MOVING)
        return turned

    def marks(self, movement_id: str) -> Iterable[Mapping[str, Any]]:
        """The marks of all pools that a movement may have reached."""
        here = document_id(self.movements[movement_id].key)
        for pool in (*self.passed.get(movement_id, ()), here):
            for mark in self.documents.get(pool, {}).get("ops", ()):
                if mark["id"] == movement_id:
                    yield {**mark, "pool": pool}


def as_marked(movement: Movement, mark: Mapping[str, Any], pool: Document) -> Movement:
    """A movement as its mark in a pool says that it was done."""
    done = refused(movement) if mark["state"] == State.REFUSED else movement
    delta = as_amounts(movement.delta, mark)
    return replace(done, delta=delta, region_id=pool["region_id"])


def _marked(movements: Iterable[Movement], found: _Found) -> dict[str, Entry[Movement]]:
    """What the marks of movements say."""
    return {
        one.id: Entry(
            movement=as_marked(one, mark, found.documents[mark["pool"]]),
            state=State(mark["state"]),
        )
        for one in movements
        for mark in found.marks(one.id)
    }


def _line(movement: Movement) -> Document:
    """A movement's line, and where it lies."""
    return {"_id": movement.id, "store_id": movement.delta.store_id, "sku": movement.sku}


def _concluding(entry: Entry[Movement]) -> Document:
    document = movement_document(entry.movement)
    kept = ("reason", "region_id")
    told = {name: document[name] for name in kept} | amounts(entry.movement.delta)
    return {"$set": {**told, "state": entry.state}, "$unset": {"open_at": ""}}
