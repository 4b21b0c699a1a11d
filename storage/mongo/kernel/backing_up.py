"""Copying a database, while it is written to, as all its collections were at one moment.

Collections are copied one after the other, and the stream of changes is kept from before the first
until after the last. A document written then, the mark, ends the stream: replaying what came before
it makes every copy what it was at the mark. What is done is kept, so that a backup that was cut
short goes on where it was.
"""

import asyncio
import contextlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bson import decode, decode_file_iter, encode
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.errors import OperationFailure

from storage.mongo.kernel.database import Collection, Database, Document
from storage.mongo.kernel.replaying import replayed

MARKS = "backup_marks"
RESTORES = "restores"
# What tells of running processes, of a backup and of a restore alone.
NOT_KEPT = frozenset({"hearts", MARKS, RESTORES})
FINAL, COPIED = ".bson", ".copied"
POLL_MS = 200
BATCH = 500
Say = Callable[[str], None]

_TELLS = ("_id", "operationType", "ns", "documentKey", "fullDocument", "updateDescription")
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_AWARE: CodecOptions[Mapping[str, Any]] = CodecOptions(tz_aware=True)


class NotCopied(Exception):
    """A database could not be copied; the message says what to do."""


class DatabaseBackup:
    """One backup in a folder, of whatever collections there are."""

    def __init__(self, database: Database, folder: Path, id: str, say: Say) -> None:
        self._database, self._folder, self._id, self._say = database, folder, id, say
        self._changes = folder / "changes"

    async def copy(self) -> datetime:
        """Copy everything, and tell of which moment it is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        told = self._told()
        if not told.ended:
            following = asyncio.create_task(self._follow(told))
            copying = asyncio.create_task(self._copy_all(told))
            try:
                await asyncio.wait((following, copying), return_when=asyncio.FIRST_EXCEPTION)
                for one in (following, copying):
                    if one.done():
                        one.result()
                await following
            finally:
                for one in (following, copying):
                    one.cancel()
                await asyncio.gather(following, copying, return_exceptions=True)
        assert told.moment
        await self._database[MARKS].delete_many({"backup": self._id})
        await asyncio.to_thread(self._replay_all)
        return told.moment

    def _told(self) -> "_Told":
        """What an earlier attempt has kept of the stream, without what was cut off."""
        told = _Told(self._id)
        whole = 0
        with contextlib.suppress(FileNotFoundError), self._changes.open("rb") as file:
            for record in _records(file):
                told.hear(decode(record, _AWARE))
                whole += len(record)
        if self._changes.exists():
            os.truncate(self._changes, whole)
        return told

    async def _follow(self, told: "_Told") -> None:
        """Keep what the stream tells until the mark has come."""
        try:
            stream: Any = self._database.watch(
                [], max_await_time_ms=POLL_MS, resume_after=told.token
            )
            async with stream as changes:
                told.opened.set()
                with self._changes.open("ab") as file:
                    while not told.ended:
                        change = await changes.try_next()
                        if change is not None:
                            file.write(encode(told.hear(change)))
                        # Copies count only with every change since they were begun.
                        if change is None or told.has_begun != told.begun.is_set():
                            _to_disk(file)
                            if told.has_begun:
                                told.begun.set()
                    _to_disk(file)
        except OperationFailure as fault:
            raise NotCopied(
                f"the stream of changes could not be followed ({fault.code}); delete "
                f"{self._folder} and begin anew."
            ) from None

    async def _copy_all(self, told: "_Told") -> None:
        await told.opened.wait()
        await self._mark("begin")
        await told.begun.wait()
        names = await self._database.list_collection_names()
        wanted = sorted(name for name in names if _kept(name))
        for number, name in enumerate(wanted, 1):
            if not (self._folder / (name + COPIED)).exists():
                n = await self._copy(name)
                self._say(f"{number} of {len(wanted)} collections: {n} documents of {name}")
        await self._mark("end")

    async def _mark(self, what: str) -> None:
        mark = {"_id": f"{self._id}:{what}"}
        await self._database[MARKS].update_one(
            mark, {"$set": {"backup": self._id}, "$inc": {"times": 1}}, upsert=True
        )

    async def _copy(self, name: str) -> int:
        raw: Collection = self._database[name].with_options(codec_options=_RAW)
        part, n = self._folder / f"{name}.part", 0
        with part.open("wb") as file:
            async for document in raw.find({}, batch_size=BATCH):
                file.write(document.raw)
                n += 1
            _to_disk(file)
        part.replace(self._folder / (name + COPIED))
        return n

    def _replay_all(self) -> None:
        """Make of each copy what it was at the mark."""
        changes = self._by_collection()
        copied = {one.name.removesuffix(COPIED) for one in self._folder.glob(f"*{COPIED}")}
        for name in sorted(copied | changes.keys()):
            self._replay(name, changes.get(name, {}))

    def tidy(self) -> None:
        """Delete what only an attempt to go on would need."""
        for left in (self._changes, *self._folder.glob(f"*{COPIED}")):
            left.unlink(missing_ok=True)

    def _by_collection(self) -> Mapping[str, dict[bytes, list[Document]]]:
        found: dict[str, dict[bytes, list[Document]]] = defaultdict(lambda: defaultdict(list))
        with self._changes.open("rb") as file:
            for change in decode_file_iter(file, _AWARE):
                name = change["ns"].get("coll", "")
                if "documentKey" in change and _kept(name):
                    found[name][encode({"_id": change["documentKey"]["_id"]})].append(dict(change))
                elif _kept(name) and change["operationType"] in ("drop", "rename", "dropDatabase"):
                    raise NotCopied(
                        f"{name} was dropped in the meantime; delete {self._folder} and begin anew."
                    )
        return found

    def _replay(self, name: str, changes: dict[bytes, list[Document]]) -> None:
        copy, part = self._folder / (name + COPIED), self._folder / f"{name}.part"
        left = dict(changes)
        with part.open("wb") as target:
            if copy.exists():
                with copy.open("rb") as source:
                    for record in _records(source):
                        key = encode({"_id": RawBSONDocument(record)["_id"]}) if left else b""
                        mine = left.pop(key, None)
                        if mine is None:
                            target.write(record)
                        elif (document := replayed(dict(decode(record, _AWARE)), mine)) is not None:
                            target.write(encode(document))
            for mine in left.values():
                if (document := replayed(None, mine)) is not None:
                    target.write(encode(document))
            _to_disk(target)
        part.replace(self._folder / (name + FINAL))


class _Told:
    """How far the stream has been heard."""

    def __init__(self, id: str) -> None:
        self._id = id
        self.token: Any = None
        self.moment: datetime | None = None
        self.has_begun = False
        self.opened, self.begun = asyncio.Event(), asyncio.Event()

    @property
    def ended(self) -> bool:
        return self.moment is not None

    def hear(self, change: Mapping[str, Any]) -> Document:
        """Note a change, and give what is kept of it."""
        self.token = change["_id"]
        kept = {name: change[name] for name in _TELLS if name in change}
        if change["ns"].get("coll") == MARKS and "documentKey" in change:
            mark = change["documentKey"]["_id"]
            if mark == f"{self._id}:begin":
                self.has_begun = True
            elif mark == f"{self._id}:end" and change["operationType"] != "delete":
                self.moment = change.get("wallTime") or change["clusterTime"].as_datetime()
                kept["wallTime"] = self.moment
        return kept


async def documents_of(collection: Collection) -> AsyncIterator[bytes]:
    """Every document as its bytes."""
    raw: Collection = collection.with_options(codec_options=_RAW)
    async for document in raw.find({}, batch_size=BATCH):
        yield document.raw


def records_of(path: Path) -> Iterator[bytes]:
    """The documents of a copy, each as its bytes."""
    with path.open("rb") as file:
        yield from _records(file)


def _records(file: Any) -> Iterator[bytes]:
    """Whole documents alone: one that was cut off ends it."""
    while len(head := file.read(4)) == 4:
        rest = file.read(int.from_bytes(head, "little") - 4)
        if len(rest) + 4 < int.from_bytes(head, "little"):
            return
        yield head + rest


def _kept(name: str) -> bool:
    return bool(name) and name not in NOT_KEPT and not name.startswith("system.")


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
