"""A database in memory whose every command is a turn, for exploring the adapters as they are."""

from collections import defaultdict
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from pymongo import InsertOne, ReplaceOne, UpdateMany, UpdateOne

from storage.mongo.kernel.database import DUPLICATE_KEY, BulkWriteError, DuplicateKeyError
from tests.support.exploring import Shared, Turn

MISSING = object()


class TurningDatabase(Shared):
    """Collections of documents; it knows the operators that stock uses, and no others."""

    def __init__(self) -> None:
        self.documents: defaultdict[str, dict[str, Any]] = defaultdict(dict)

    def __getitem__(self, name: str) -> "TurningCollection":
        return TurningCollection(self, name, waits=True)

    def snapshot(self) -> str:
        return repr([one for one in sorted(self.documents.items()) if one[1]])


class Fewer:
    """The same database for one actor, which waits for its turn at some collections alone.

    What it does to others happens with what it did before; so there is less to explore.
    """

    def __init__(self, shared: TurningDatabase, *collections: str) -> None:
        self._shared, self._collections = shared, collections

    def __getitem__(self, name: str) -> "TurningCollection":
        waits = not self._collections or name in self._collections
        return TurningCollection(self._shared, name, waits=waits)


class TurningCollection:
    """Documents by their ids; each command waits for its turn, and its answer is told."""

    def __init__(self, shared: TurningDatabase, name: str, *, waits: bool) -> None:
        self._shared, self._waits = shared, waits
        self.documents = shared.documents[name]

    async def turn(self) -> None:
        if self._waits:
            await Turn()

    def find(self, wanted: Mapping[str, Any], fields: Mapping[str, int] | None = None) -> "Found":
        return Found(self, wanted, fields)

    async def find_one(self, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
        found = await self.find(wanted).to_list(None)
        return found[0] if found else None

    async def insert_one(self, document: Mapping[str, Any]) -> None:
        await self.turn()
        known = document["_id"] in self.documents
        self.tell(known)
        if known:
            raise DuplicateKeyError("known")
        self.documents[document["_id"]] = copied(document)

    async def insert_many(self, documents: Any, *, ordered: bool = True) -> None:
        assert not ordered
        await self.bulk_write([InsertOne(one) for one in documents], ordered=False)

    async def update_one(self, wanted: Any, update: Any, *, upsert: bool = False) -> Any:
        await self.turn()
        return self.tell(self._update(wanted, update, upsert=upsert, most=1))

    async def update_many(self, wanted: Any, update: Any) -> Any:
        await self.turn()
        return self.tell(self._update(wanted, update, upsert=False))

    async def replace_one(self, wanted: Any, document: Any, *, upsert: bool) -> Any:
        assert upsert
        await self.turn()
        self.documents[wanted["_id"]] = copied({**document, "_id": wanted["_id"]})

    async def delete_one(self, wanted: Any) -> Any:
        return await self.delete_many(wanted)

    async def delete_many(self, wanted: Any) -> Any:
        await self.turn()
        gone = [one["_id"] for one in self.documents.values() if matches(one, wanted)]
        for one in gone:
            del self.documents[one]
        return self.tell(SimpleNamespace(deleted_count=len(gone)))

    async def bulk_write(self, writes: Any, *, ordered: bool = True) -> Any:
        """Each write is a turn by itself."""
        total: defaultdict[str, int] = defaultdict(int)
        errors = []
        for index, write in enumerate(writes):
            await self.turn()
            if isinstance(write, InsertOne):
                document = write._doc
                if document["_id"] in self.documents:
                    errors.append({"index": index, "code": DUPLICATE_KEY})
                    self.tell("known")
                    continue
                self.documents[document["_id"]] = copied(document)
                total["inserted_count"] += 1
                continue
            assert isinstance(write, UpdateOne | UpdateMany), write
            assert not isinstance(write, ReplaceOne)
            most = 1 if isinstance(write, UpdateOne) else None
            done = self._update(write._filter, write._doc, upsert=bool(write._upsert), most=most)
            for name, n in vars(self.tell(done)).items():
                total[name] += n if isinstance(n, int) else 0
        if errors:
            raise BulkWriteError({"writeErrors": errors})
        names = ("matched_count", "modified_count", "inserted_count", "upserted_count")
        return SimpleNamespace(**{name: total[name] for name in names})

    def _update(self, wanted: Any, update: Any, *, upsert: bool, most: int | None = None) -> Any:
        found = [one for one in self.documents.values() if matches(one, wanted)][:most]
        for one in found:
            apply(one, update)
        upserted = 0
        if not found and upsert:
            if wanted["_id"] in self.documents:
                raise BulkWriteError({"writeErrors": [{"index": 0, "code": DUPLICATE_KEY}]})
            document = {"_id": wanted["_id"]}
            apply(
                document,
                {**update, "$set": {**update.get("$setOnInsert", {}), **update.get("$set", {})}},
            )
            self.documents[wanted["_id"]] = document
            upserted = 1
        n = len(found)
        return SimpleNamespace(matched_count=n, modified_count=n, upserted_count=upserted)

    def tell(self, answer: Any) -> Any:
        self._shared.running.told.append(repr(answer))
        return answer


class Found:
    """What a search finds, when it is its turn."""

    def __init__(self, collection: TurningCollection, wanted: Any, fields: Any) -> None:
        self._collection, self._wanted, self._fields = collection, wanted, fields
        self._most: int | None = None

    def limit(self, most: int) -> "Found":
        self._most = most
        return self

    def batch_size(self, _: int) -> "Found":
        return self

    async def to_list(self, _: None) -> list[dict[str, Any]]:
        await self._collection.turn()
        documents = self._collection.documents.values()
        found = [one for one in documents if matches(one, self._wanted)][: self._most]
        return copied(self._collection.tell([shown(one, self._fields) for one in found]))

    async def __aiter__(self) -> Any:
        for one in await self.to_list(None):
            yield one


def copied(value: Any) -> Any:
    """A value of a document that shares nothing which could change with it."""
    if isinstance(value, Mapping):
        return {name: copied(one) for name, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def values(document: Any, path: str) -> list[Any]:
    """What stands at a path: of each element, where there is a list on the way."""
    name, _, rest = path.partition(".")
    if isinstance(document, list):
        return [value for one in document for value in values(one, path)]
    if not isinstance(document, Mapping) or name not in document:
        return []
    return values(document[name], rest) if rest else [document[name]]


def matches(document: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(_fits(values(document, path), one) for path, one in wanted.items())


def _fits(found: list[Any], wanted: Any) -> bool:
    if not isinstance(wanted, Mapping) or not any(key.startswith("$") for key in wanted):
        return wanted in found or (wanted is None and not found)
    return all(OPERATORS[name](found, operand) for name, operand in wanted.items())


OPERATORS = {
    "$ne": lambda found, operand: operand not in found,
    "$in": lambda found, operand: any(one in operand for one in found),
    "$exists": lambda found, operand: bool(found) is operand,
    "$gt": lambda found, operand: any(one is not None and one > operand for one in found),
    "$gte": lambda found, operand: any(one is not None and one >= operand for one in found),
    "$lt": lambda found, operand: any(one is not None and one < operand for one in found),
    "$lte": lambda found, operand: any(one is not None and one <= operand for one in found),
    "$elemMatch": lambda found, operand: any(
        matches(one, operand) for many in found for one in many
    ),
}


def apply(document: dict[str, Any], update: Mapping[str, Any]) -> None:
    """Change a document in place."""
    for name, fields in update.items():
        for path, operand in fields.items():
            *way, last = path.split(".")
            place = document
            for step in way:
                place = place.setdefault(step, {})
            CHANGES[name](place, last, copied(operand))


def _pull(place: dict[str, Any], last: str, operand: Mapping[str, Any]) -> None:
    place[last] = [one for one in place.get(last, []) if not matches(one, operand)]


def _max(place: dict[str, Any], last: str, operand: Any) -> None:
    place[last] = max(place.get(last, operand), operand)


CHANGES = {
    "$set": lambda place, last, operand: place.__setitem__(last, operand),
    "$setOnInsert": lambda place, last, operand: None,
    "$unset": lambda place, last, operand: place.pop(last, None),
    "$inc": lambda place, last, operand: place.__setitem__(last, place.get(last, 0) + operand),
    "$push": lambda place, last, operand: place.setdefault(last, []).append(operand),
    "$pull": _pull,
    "$max": _max,
}


def shown(document: Mapping[str, Any], fields: Mapping[str, int] | None) -> dict[str, Any]:
    """A document without the fields that are not asked for."""
    if not fields:
        return dict(document)
    if not any(fields.values()):
        return {name: value for name, value in document.items() if name not in fields}
    kept = {name: document[name] for name in ("_id",) if name in document}
    for path in fields:
        name, _, rest = path.partition(".")
        if name not in document:
            continue
        if not rest:
            kept[name] = document[name]
            continue
        inner = kept.setdefault(name, {})
        inner |= {
            k: v for k, v in shown({**document[name], "_id": 0}, {rest: 1}).items() if k != "_id"
        }
    return kept
