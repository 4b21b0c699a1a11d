"""Sealing anew what is kept of people, by the key that seals now; what was kept plain is sealed.

Each document is changed where it is as it was read, so that the service goes on meanwhile. Cut
short, it is begun again: what is sealed by the key that seals now is passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.kernel.sealing import KeyRing, Seal
from storage.mongo.kernel.collections import BY_NAME
from storage.mongo.kernel.database import Collection, Database, Document, UpdateOne
from storage.mongo.kernel.documents import BATCH
from storage.mongo.kernel.personal import ADDRESS, RECIPIENT, SEALED, closed, opened

Again = Callable[[Any, Document], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealing:
    """The ring by whose newest key all is sealed, and what opens numbers older than any ring."""

    ring: KeyRing
    older: Seal = field(repr=False)

    def number(self, kept: str, _: Document) -> str:
        """A number of a member."""
        return self.ring.close(self.ring.open(kept) if "." in kept else self.older.open(kept))

    def recipient(self, kept: Document, document: Document) -> Document:
        """Who gets a parcel."""
        plain = opened(self.ring, kept, document["_id"])
        return closed(self.ring, plain, RECIPIENT, document["_id"])

    def addresses(self, kept: list[Document], document: Document) -> list[Document]:
        """An address book."""
        plain = [opened(self.ring, one, document["_id"]) for one in kept]
        return [closed(self.ring, one, ADDRESS, document["_id"]) for one in plain]

    def lookup(self, kept: str, _: Document) -> str:
        """The key by which numbers are looked up."""
        return self.ring.close(self.ring.open(kept, "lookup"), "lookup")


async def reseal(database: Database, resealing: Resealing) -> Mapping[str, int]:
    """Do it; how many documents of each collection were sealed anew.

    The key that every process opens when it starts is the last: while an older one is needed
    for anything, none starts without it.
    """
    ways: tuple[tuple[str, str, Again], ...] = (
        ("member_identities", SEALED, resealing.number),
        ("consumers", "addresses", resealing.addresses),
        ("fulfilments", "recipient", resealing.recipient),
        ("orders", "recipient", resealing.recipient),
        ("personal_keys", SEALED, resealing.lookup),
    )
    return {
        name: await _reseal(database[name], what, again, resealing.ring)
        for name, what, again in ways
    }


async def _reseal(collection: Collection, what: str, again: Again, ring: KeyRing) -> int:
    key_fields = BY_NAME[collection.name].key_fields
    wanted = {what: 1} | dict.fromkeys(key_fields, 1)
    changes: list[UpdateOne] = []
    changed = 0
    async for one in collection.find({}, wanted):
        kept = one.get(what)
        if not kept or _is_newest(kept, ring):
            continue
        as_read = {field: one[field] for field in ("_id", *key_fields)}
        changes.append(UpdateOne({**as_read, what: kept}, {"$set": {what: again(kept, one)}}))
        if len(changes) == BATCH:
            changed += await _written(collection, changes)
            changes = []
    return changed + await _written(collection, changes)


async def _written(collection: Collection, changes: list[UpdateOne]) -> int:
    if not changes:
        return 0
    return int((await collection.bulk_write(changes, ordered=False)).modified_count)


def _is_newest(kept: Any, ring: KeyRing) -> bool:
    if isinstance(kept, list):
        return all(_is_newest(one, ring) for one in kept)
    text = kept if isinstance(kept, str) else kept.get(SEALED, "")
    return ring.is_newest(text)
