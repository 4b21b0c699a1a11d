"""Filling an empty database with the copies of a backup, and comparing what came of it in full."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from bson import decode
from bson.raw_bson import RawBSONDocument

from storage.mongo.kernel.backing_up import BATCH, NOT_KEPT, RESTORES, documents_of, records_of
from storage.mongo.kernel.database import Collection, Database

_MODULUS = 1 << 256


class NotRestored(Exception):
    """A database is left as it is; the message says what to do."""


class DatabaseRestore:
    """One restore of one backup; one that was cut short goes on with the collections left."""

    def __init__(self, database: Database, id: str) -> None:
        self._database, self._id = database, id

    async def begin(self) -> frozenset[str]:
        """Tell which collections are restored already; NotRestored where others wrote here."""
        begun = await self._database[RESTORES].find_one({"_id": self._id})
        if begun is not None:
            return frozenset(begun["done"])
        for name in await self._database.list_collection_names():
            if name not in NOT_KEPT - {RESTORES} and await self._database[name].find_one({}):
                raise NotRestored(
                    f"the database has {name} already, and nothing is restored over what may be "
                    "newer; name an empty one in MONGODB_DATABASE."
                )
        await self._database[RESTORES].insert_one({"_id": self._id, "done": []})
        return frozenset()

    async def fill(self, name: str, copy: Path) -> int:
        """Write one collection anew, compare it, and tell how many documents it has."""
        collection = self._database[name]
        await collection.delete_many({})
        some: list[RawBSONDocument] = []
        for record in records_of(copy):
            some.append(RawBSONDocument(record))
            if len(some) == BATCH:
                await _insert(collection, some)
                some = []
        await _insert(collection, some)
        n, wanted = digest(records_of(copy))
        if (n, wanted) != await digest_of(collection):
            raise NotRestored(f"{name} is not what was backed up; run this again.")
        await self._database[RESTORES].update_one({"_id": self._id}, {"$push": {"done": name}})
        return n

    async def end(self) -> None:
        """Let the service use the database."""
        await self._database[RESTORES].delete_one({"_id": self._id})


def floor_of(meta: Path) -> int:
    """The least number that a process must know to read a backup, by its copy of `meta`."""
    return max((decode(one).get("floor", 0) for one in records_of(meta)), default=0)


def digest(documents: Iterable[bytes]) -> tuple[int, int]:
    """How many documents there are, and a sum of their hashes in whatever order they come."""
    n = total = 0
    for document in documents:
        n, total = n + 1, (total + _number(document)) % _MODULUS
    return n, total


async def digest_of(collection: Collection) -> tuple[int, int]:
    """The same of a collection as it is."""
    n = total = 0
    async for document in documents_of(collection):
        n, total = n + 1, (total + _number(document)) % _MODULUS
    return n, total


def _number(document: bytes) -> int:
    return int.from_bytes(sha256(document).digest(), "big")


async def _insert(collection: Collection, some: Sequence[RawBSONDocument]) -> None:
    if some:
        await collection.insert_many(some, ordered=False)
