"""Domain values as documents and back."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from operator import eq
from types import MappingProxyType
from typing import Any, TypeVar

from cattrs.preconf.bson import make_converter
from cattrs.strategies import configure_tagged_union

from domain.catalogue.catalogue import ProductId
from domain.catalogue.units import Units
from domain.kernel.facts import Fact
from domain.kernel.refusals import Conflict, Overtaken, Unavailable
from domain.network.hours import OpeningHours, parse_hours
from storage.mongo.kernel.collections import BY_NAME
from storage.mongo.kernel.database import (
    BulkWriteError,
    Collection,
    Document,
    DuplicateKeyError,
    UpdateOne,
    only_duplicates,
)
from storage.mongo.kernel.facts import added_to_outbox, as_outbox
from storage.mongo.kernel.others_words import OTHERS_WORDS

logger = logging.getLogger(__name__)

T = TypeVar("T")

converter = make_converter()
# The driver takes and gives aware datetimes as they are.
converter.register_unstructure_hook(datetime, lambda moment: moment)
converter.register_structure_hook(datetime, lambda moment, _: moment)
# Most stores of a brand share their hours, and text is what people look at in a document.
converter.register_unstructure_hook(OpeningHours, str)
converter.register_structure_hook(OpeningHours, lambda text, _: parse_hours(text))
# A SKU or a product's code may have a dot in it, which the name of a field may not.
for by_product in (Mapping[ProductId, bool], Mapping[ProductId, str]):
    converter.register_unstructure_hook_func(
        partial(eq, by_product),
        lambda said: [{"product": product, "value": value} for product, value in said.items()],
    )
    converter.register_structure_hook_func(
        partial(eq, by_product),
        lambda entries, _: {entry["product"]: entry["value"] for entry in entries},
    )
converter.register_unstructure_hook_func(
    lambda kind: kind == Units,
    lambda units: [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()],
)
converter.register_structure_hook_func(
    lambda kind: kind == Units,
    lambda entries, _: {entry["sku"]: entry["quantity"] for entry in entries},
)


def keep_tagged(union: Any, tags: Mapping[str, type]) -> None:
    """Keep values of a union of dataclasses, or None, with a stated tag as their `kind`."""
    names = {kind: tag for tag, kind in tags.items()}
    configure_tagged_union(union, converter, tag_generator=names.__getitem__, tag_name="kind")
    maybe = partial(eq, union | None)
    converter.register_unstructure_hook_func(
        maybe,
        lambda value: None if value is None else converter.unstructure(value, unstructure_as=union),
    )
    converter.register_structure_hook_func(
        maybe, lambda found, _: None if found is None else converter.structure(found, union)
    )


BATCH = 1_000
# The embedded server compares each document that it finds with each value of an `$in`: to find a
# thousand by their ids takes it twice as long 200 at a time as 50 at a time.
IN_AT_MOST = 50


class NotUnderstood(Unavailable):
    """A document that this version of the service can't read; a later one has written it."""


def to_document(value: Any, *, key: str = "id") -> Document:
    """Turn a dataclass into a document whose `_id` is the field named by `key`.

    What `from_document` met inside its fields and did not know is in it again.
    """
    document: Document = converter.unstructure(value)
    document["_id"] = document.pop(key)
    OTHERS_WORDS.put_back(type(value), document)
    return document


def from_document(kind: type[T], document: Mapping[str, Any], *, key: str = "id") -> T:
    """Turn a document back into the dataclass that it was, without fields that it does not know.

    Raises NotUnderstood where a field has what it does not know, such as a new state.
    """
    fields = dict(document)
    fields[key] = fields.pop("_id")
    try:
        value = converter.structure(fields, kind)
    except (ExceptionGroup, ValueError, KeyError, TypeError) as fault:
        logger.error("%s %s can't be read", kind.__name__, fields[key], exc_info=fault)
        raise NotUnderstood(
            f"{fields[key]} was written by a later version of the service; try again in a moment."
        ) from None
    OTHERS_WORDS.note(kind, fields, fields[key], value, converter.unstructure)
    return value


def understood(
    read: Callable[[Document], T], documents: Iterable[Document]
) -> Iterator[tuple[Document, T]]:
    """Documents with what they are; without those that are not understood, which others read."""
    for one in documents:
        with suppress(NotUnderstood):
            yield one, read(one)


def all_of(kind: type[T], documents: Iterable[Document], *, key: str = "id") -> list[T]:
    """Turn documents back, without those that are not understood."""
    return [value for _, value in understood(partial(from_document, kind, key=key), documents)]


async def in_one_batch(found: Any, ids: Sequence[Any]) -> list[Document]:
    """What a cursor finds of so many ids, in one round trip; by itself it brings 101 in the first.

    One more than there are, so that the server knows that it is at the end.
    """
    documents: list[Document] = await found.batch_size(len(ids) + 1).to_list(None)
    return documents


async def replace_all(collection: Collection, documents: Iterable[Document]) -> None:
    """Write documents over whatever has their ids, a thousand at a time.

    Fields that a document does not name stay.
    """
    writes: list[Any] = [
        UpdateOne({"_id": document["_id"]}, change_saying(document, ()), upsert=True)
        for document in documents
    ]
    for start in range(0, len(writes), BATCH):
        await collection.bulk_write(writes[start : start + BATCH], ordered=False)


async def replace_versions(
    collection: Collection,
    documents: Sequence[Document],
    facts: Mapping[str, Sequence[Fact]] = MappingProxyType({}),
) -> None:
    """Write documents, each over the version before its own, a thousand at a time.

    `facts` wait in the documents of their ids, as in `save_version`. Raises Overtaken if somebody
    else has written one of them meanwhile; the others are written.
    """
    writes: list[Any] = [
        # Where another version is there, this tries to insert a second one of the same id.
        UpdateOne(
            _of_version(one["_id"], one["version"] - 1),
            change_saying(one, facts.get(one["_id"], ())),
            upsert=True,
        )
        for one in documents
    ]
    taken: list[str] = []
    for start in range(0, len(writes), BATCH):
        try:
            await collection.bulk_write(writes[start : start + BATCH], ordered=False)
        except BulkWriteError as fault:
            errors = only_duplicates(fault)
            taken += [documents[start + error["index"]]["_id"] for error in errors]
    if taken:
        message = f"Somebody else has changed {', '.join(taken)} meanwhile; repeat this."
        raise Overtaken(message, ids=taken)


def saying(document: Document, facts: Sequence[Fact]) -> Document:
    """A new document in which facts wait for the relay."""
    return {**document, "outbox": as_outbox(facts)} if facts else document


def change_saying(document: Document, facts: Sequence[Fact]) -> Document:
    """The update that writes a document's fields and adds facts to those that wait in it."""
    fields = {name: value for name, value in document.items() if name != "_id"}
    if not facts:
        return {"$set": fields}
    added = added_to_outbox(facts)
    return {**added, "$set": {**fields, **added["$set"]}}


async def insert_new(collection: Collection, documents: Sequence[Document]) -> list[Document]:
    """Write documents, a thousand at a time; answer those that were there already, which stay."""
    known: list[Document] = []
    for start in range(0, len(documents), BATCH):
        some = list(documents[start : start + BATCH])
        try:
            await collection.insert_many(some, ordered=False)
        except BulkWriteError as fault:
            known += [some[error["index"]] for error in only_duplicates(fault)]
    return known


def one_of(values: Sequence[str]) -> str | Document:
    """What a field has to be to have one of some values: mostly there is but one."""
    return values[0] if len(values) == 1 else {"$in": list(values)}


async def find_by_ids(
    collection: Collection, ids: Sequence[Any], fields: Document | None = None
) -> list[Document]:
    """The documents of those ids that exist, in no order; only some fields of them if named."""
    found: list[Document] = []
    for start in range(0, len(ids), IN_AT_MOST):
        some = list(ids[start : start + IN_AT_MOST])
        found += await in_one_batch(collection.find({"_id": {"$in": some}}, fields), some)
    return found


async def find_by(
    collection: Collection, field: str, values: Sequence[Any], fields: Document | None = None
) -> list[Document]:
    """The documents in which a field has one of some values, as `find_by_ids`."""
    found: list[Document] = []
    for start in range(0, len(values), IN_AT_MOST):
        some = {field: {"$in": list(values[start : start + IN_AT_MOST])}}
        found += await collection.find(some, fields).to_list(None)
    return found


async def save_version(
    collection: Collection,
    document: Document,
    *,
    expected: int,
    facts: Sequence[Fact] = (),
    without: Sequence[str] = (),
) -> None:
    """Write a document of version `expected + 1` over the expected one; 0 stands for a new one.

    The facts wait in the same document from the same write on. Fields that the document does not
    name stay, and so do facts of earlier writes that wait still; those `without` which it is to
    be are taken out. Raises Conflict if somebody else has written it meanwhile.
    """
    document = {name: value for name, value in document.items() if name not in without}
    if expected == 0:
        try:
            await collection.insert_one(saying(document, facts))
        except DuplicateKeyError:
            raise Conflict("This exists already; load it and change that.") from None
        return
    change = change_saying(document, facts)
    if without:
        change["$unset"] = dict.fromkeys(without, "")
    result = await collection.update_one(
        _where_it_lies(collection, document) | _of_version(document["_id"], expected), change
    )
    if result.matched_count == 0:
        raise Conflict(
            "Somebody else has changed this since you loaded it; load it again and repeat.",
            field=["expectedVersion"],
        )


def _where_it_lies(collection: Collection, document: Document) -> Document:
    """The fields by which a sharded cluster finds a document in one place."""
    kept = BY_NAME.get(collection.name)
    return {field: document[field] for field in kept.key_fields} if kept else {}


def _of_version(id: Any, version: int) -> Document:
    """A document in a version; one that was written before its kind had any is the first."""
    return {"_id": id, "version": {"$in": [1, None]} if version == 1 else version}
