"""Apply once in MongoDB: movements in one collection, the documents that they change in another.

A movement's document has the movement's fields, its `state` and, until it is concluded, the moment
`open_at` since which it waits. A target has its own fields and `ops`, the marks; it is made by the
first movement that changes it. Two indexes are needed: one on `open_at` of the movements, sparse,
and one on `ops.at` of the targets.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from domain.kernel.apply_once import Entry, Identified, Posting, State
from storage.mongo.kernel.database import (
    EARLIEST,
    BulkWriteError,
    Database,
    Document,
    UpdateMany,
    UpdateOne,
    only_duplicates,
)
from storage.mongo.kernel.database import Collection as Documents
from storage.mongo.kernel.documents import IN_AT_MOST, find_by_ids, insert_new

M = TypeVar("M", bound=Identified)

MOST_TRIES = 20


def when_written() -> datetime:
    """When something is written, which need not be when it happened."""
    return datetime.now(UTC)


class MongoMovements(Generic[M]):
    """The movements of a ledger and their marks, whatever it is that they change.

    A ledger says how a movement is written and read, and which document it changes.
    """

    def __init__(
        self,
        movements: Documents,
        targets: Documents,
        # When a fact happened tells nothing of when its movement was written.
        clock: Callable[[], datetime] = when_written,
    ) -> None:
        self._movements = movements
        self._targets = targets
        self._clock = clock

    def _written(self, movement: M) -> Document:
        raise NotImplementedError

    def _read(self, document: Document) -> M:
        raise NotImplementedError

    def _target_of(self, movement: M) -> str:
        raise NotImplementedError

    def _state_of(self, document: Document) -> State:
        return State(document["state"])

    async def insert(self, movements: Sequence[M]) -> Collection[str]:
        """Write down as new those whose ids are not known yet; answer their ids."""
        begun: Document = {"state": State.NEW, "open_at": self._clock()}
        documents = [{**self._written(one), **begun} for one in movements]
        known = {one["_id"] for one in await insert_new(self._movements, documents)}
        return {one.id for one in movements} - known

    async def unmark(self, entries: Collection[Entry[M]]) -> None:
        """Take marks off their targets."""
        marks = defaultdict[str, list[str]](list)
        for entry in entries:
            marks[self._target_of(entry.movement)].append(entry.movement.id)
        targets = sorted(marks)
        writes = [
            UpdateMany(
                {"_id": {"$in": some}},
                {"$pull": {"ops": {"id": {"$in": [id_ for one in some for id_ in marks[one]]}}}},
            )
            for start in range(0, len(targets), IN_AT_MOST)
            if (some := targets[start : start + IN_AT_MOST])
        ]
        await self._targets.bulk_write(writes, ordered=False)

    async def claim(self, ids: Collection[str]) -> None:
        """Set new movements to taking."""
        await self._movements.update_many(
            {"_id": {"$in": list(ids)}, "state": State.NEW}, {"$set": {"state": State.TAKING}}
        )

    async def entries(self, ids: Collection[str]) -> Mapping[str, Entry[M]]:
        """The movements of those ids that are written down."""
        found = await find_by_ids(self._movements, list(ids))
        return {
            one["_id"]: Entry(movement=self._read(one), state=self._state_of(one)) for one in found
        }

    async def open_since(self, before: datetime, most: int) -> Sequence[str]:
        """Movements that were inserted before a moment and are not concluded."""
        wanted = {"open_at": {"$gt": EARLIEST, "$lt": before}}
        found = await self._movements.find(wanted, {"_id": 1}).limit(most).to_list(None)
        return [one["_id"] for one in found]

    async def forget_marks(self, before: datetime, most: int) -> None:
        """Take off the marks from before a moment whose movements are concluded."""
        wanted = {"ops.at": {"$gt": EARLIEST, "$lt": before}}
        found = await self._targets.find(wanted, {"ops": 1}).limit(most).to_list(None)
        old = {mark["id"] for one in found for mark in one["ops"] if mark["at"] < before}
        entries = await self.entries(old)
        concluded = [entry for entry in entries.values() if entry.concluded]
        if concluded:
            await self.unmark(concluded)


class MongoApplyOnce(MongoMovements[Posting]):
    """A ledger of movements; see `domain.kernel.apply_once.Ledger`."""

    def __init__(
        self,
        database: Database,
        *,
        movements: str,
        targets: str,
        clock: Callable[[], datetime] = when_written,
    ) -> None:
        super().__init__(database[movements], database[targets], clock)

    def _written(self, movement: Posting) -> Document:
        return _document(movement)

    def _read(self, document: Document) -> Posting:
        return _movement(document)

    def _target_of(self, movement: Posting) -> str:
        return movement.target

    async def change(self, movements: Sequence[Posting]) -> Mapping[str, Entry[Posting]]:
        """Change each target that holds no mark of the movement, and mark it in the same write."""
        return await self._mark(movements, State.APPLIED, _changing)

    async def refuse(self, movements: Sequence[Posting]) -> Mapping[str, Entry[Posting]]:
        """Mark each target that holds no mark of the movement: refused. Answers all marks."""
        return await self._mark(movements, State.REFUSED, _refusing)

    async def conclude(self, entries: Collection[Entry[Posting]], before: State) -> Collection[str]:
        """Set movements from a state to what was decided; answer those certainly set by this."""
        won: set[str] = set()
        for state in sorted({entry.state for entry in entries}):
            ids = [entry.movement.id for entry in entries if entry.state is state]
            change = {"$set": {"state": state}, "$unset": {"open_at": ""}}
            writes = [
                UpdateMany(
                    {"_id": {"$in": ids[start : start + IN_AT_MOST]}, "state": before}, change
                )
                for start in range(0, len(ids), IN_AT_MOST)
            ]
            result = await self._movements.bulk_write(writes, ordered=False)
            # Of several it is not told which; a mark too many is only kept for its day.
            if result.modified_count == len(ids):
                won.update(ids)
        return won

    async def _mark(
        self,
        movements: Sequence[Posting],
        state: State,
        write: Callable[[Sequence[Posting], Sequence[Document]], UpdateOne],
    ) -> Mapping[str, Entry[Posting]]:
        """Write to targets that hold no mark of a movement; answer what the marks say then.

        What needs no guard is written to its target together at first, and then one by one.
        """
        for attempt in range(MOST_TRIES):
            parts = [[one] for one in movements] if attempt else _by_target(movements)
            try:
                result = await self._targets.bulk_write(
                    [write(part, [self._mark_of(one, state) for one in part]) for part in parts],
                    ordered=False,
                )
            except BulkWriteError as fault:
                # The target was made just now, or holds a mark already.
                only_duplicates(fault)
            else:
                if result.matched_count + result.upserted_count == len(parts):
                    return {one.id: Entry(movement=one, state=state) for one in movements}
            marks = await self._marks(movements)
            unmarked = [one for one in movements if one.id not in marks]
            if not unmarked or (state is State.APPLIED and all(one.at_least for one in unmarked)):
                return marks
        raise RuntimeError(f"no write reaches {sorted(one.target for one in movements)}")

    def _mark_of(self, one: Posting, state: State) -> Document:
        return {"id": one.id, "state": state, "at": self._clock()}

    async def _marks(self, movements: Sequence[Posting]) -> dict[str, Entry[Posting]]:
        by_id = {one.id: one for one in movements}
        targets = sorted({one.target for one in movements})
        return {
            mark["id"]: Entry(movement=by_id[mark["id"]], state=State(mark["state"]))
            for one in await find_by_ids(self._targets, targets, {"ops": 1})
            for mark in one.get("ops", ())
            if mark["id"] in by_id
        }


def _by_target(movements: Sequence[Posting]) -> list[list[Posting]]:
    """The movements in parts of one write each: those of one target, and each with a guard."""
    parts = defaultdict[tuple[str, str], list[Posting]](list)
    for one in movements:
        parts[one.target, one.id if one.at_least else ""].append(one)
    return list(parts.values())


def _changing(part: Sequence[Posting], marks: Sequence[Document]) -> UpdateOne:
    update: Document = {"$push": {"ops": {"$each": list(marks)}}}
    added = Counter[str]()
    for one in part:
        added.update(one.add)
    if added:
        update["$inc"] = dict(added)
    if put := {name: value for one in part for name, value in one.put.items()}:
        update["$set"] = put
    guard = {name: {"$gte": n} for one in part for name, n in one.at_least.items()}
    # A guard is never met by a document that does not exist: it is not to be made by this.
    return UpdateOne({**_unmarked(part), **guard}, update, upsert=not guard)


def _refusing(part: Sequence[Posting], marks: Sequence[Document]) -> UpdateOne:
    return UpdateOne(_unmarked(part), {"$push": {"ops": {"$each": list(marks)}}}, upsert=True)


def _unmarked(part: Sequence[Posting]) -> Document:
    return {"_id": part[0].target, "ops.id": {"$nin": [one.id for one in part]}}


def _document(one: Posting) -> Document:
    return {
        "_id": one.id,
        "target": one.target,
        "at": one.at,
        "add": _pairs(one.add),
        "at_least": _pairs(one.at_least),
        "put": _pairs(one.put),
    }


def _movement(document: Mapping[str, Any]) -> Posting:
    return Posting(
        id=document["_id"],
        target=document["target"],
        at=document["at"],
        add=dict(document["add"]),
        at_least=dict(document["at_least"]),
        put=dict(document["put"]),
    )


def _pairs(fields: Mapping[str, Any]) -> list[list[Any]]:
    """Paths with dots can't be names of fields in all servers."""
    return [[name, value] for name, value in fields.items()]
