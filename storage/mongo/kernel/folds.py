"""Documents that are the sum of facts, in MongoDB."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from domain.kernel.facts import Batch, Fact
from domain.kernel.folding import Included, Rule
from domain.kernel.refusals import Conflict
from storage.mongo.kernel.database import (
    BulkWriteError,
    Collection,
    Document,
    InsertOne,
    ReplaceOne,
    UpdateOne,
    only_duplicates,
)
from storage.mongo.kernel.documents import change_saying, find_by_ids, saying

T = TypeVar("T")
Write = InsertOne[Document] | ReplaceOne[Document] | UpdateOne

MOST_REPEATS = 8
BATCH = 100
PAUSE_S = 0.02


class MongoFolds(Generic[T]):
    """Folded values in the documents of a collection, each with its marks in `folded`.

    `write` answers the fields that a value takes, by their paths; `read` makes a value of them, or
    None where there is none yet. With `only_known`, documents that others have made are written
    and no others. `facts` answers what a change of a value says, in the same write. Documents that
    nothing else writes, `alone`, are replaced: a server changes a field for half as much more.
    """

    def __init__(
        self,
        collection: Collection,
        read: Callable[[Document], T | None],
        write: Callable[[str, T], Document],
        *,
        only_known: bool = False,
        alone: bool = False,
        facts: Callable[[T | None, T], Sequence[Fact]] | None = None,
    ) -> None:
        self._collection = collection
        self._read = read
        self._write = write
        self._only_known = only_known
        self._alone = alone
        self._facts = facts

    async def fold(
        self, batch: Batch, concerned: Mapping[str, Sequence[Fact]], rule: Rule[T]
    ) -> None:
        """Add a batch's facts to the documents that each concerns, and those alone that are new."""
        keys = list(concerned)
        for _ in range(MOST_REPEATS):
            found = {one["_id"]: one for one in await find_by_ids(self._collection, keys)}
            changes = [
                self._change(batch, key, facts, found.get(key), rule)
                for key, facts in concerned.items()
            ]
            writes = [change for change in changes if change is not None]
            if await self._write_all(writes):
                return
            await asyncio.sleep(PAUSE_S)
        raise Conflict(f"Others are changing {', '.join(keys[:5])} at the same time.")

    def _change(
        self, batch: Batch, key: str, facts: Sequence[Fact], found: Document | None, rule: Rule[T]
    ) -> Write | None:
        """The write that adds what is new to one document; it fails where others have written."""
        if found is None and self._only_known:
            return None
        kept: Document = (found or {}).get("folded") or {}
        if kept.get("generation", 0) > batch.generation:
            raise Conflict("This is being rebuilt from the first fact on.")
        current = kept.get("generation", batch.generation) == batch.generation
        marks = marks_of(found) if current else Included()
        new = marks.new(facts)
        if not new:
            return None
        value = rule(self._read(found) if found and current else None, new)
        return self._over(found, key, value, marks.after(batch, new))

    def _over(self, found: Document | None, key: str, value: T, marks: Included) -> Write:
        """The write of a value and its marks over a document as it was found, or as a new one."""
        kept: Document = (found or {}).get("folded") or {}
        revision = kept.get("revision", 0)
        fields = {
            **self._write(key, value),
            "folded": {
                "upto": marks.upto,
                "missing": sorted(marks.missing),
                "generation": marks.generation,
                "revision": revision + 1,
            },
        }
        before = self._read(found) if found and self._facts else None
        facts = self._facts(before, value) if self._facts else ()
        if found is None:
            return InsertOne(saying({"_id": key, **fields}, facts))
        unchanged: Any = {"folded.revision": revision} if kept else {"folded": None}
        if self._alone:
            return ReplaceOne({"_id": key, **unchanged}, {**found, **fields})
        return UpdateOne({"_id": key, **unchanged}, change_saying(fields, facts))

    async def _write_all(self, writes: Sequence[Write]) -> bool:
        """Write; False if somebody else has written one of the documents meanwhile."""
        # Those of one sort together: the driver sends each run of them as one command.
        ordered = sorted(writes, key=lambda write: not isinstance(write, InsertOne))
        whole = True
        for start in range(0, len(ordered), BATCH):
            some = ordered[start : start + BATCH]
            try:
                result = await self._collection.bulk_write(some, ordered=False)
                whole &= result.inserted_count + result.matched_count == len(some)
            except BulkWriteError as fault:
                only_duplicates(fault)
                whole = False
        return whole


def marks_of(document: Document | None) -> Included:
    """The marks of a document; none are in one that no fact has made yet."""
    kept = (document or {}).get("folded")
    if not kept:
        return Included()
    return Included(
        upto=kept["upto"], missing=frozenset(kept["missing"]), generation=kept["generation"]
    )
