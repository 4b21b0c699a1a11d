"""All that is kept of one person, over all collections that say so, and taking it out of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.mall.fulfilment.channel_orders import channel_buyer
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.orders.order import OrderState
from domain.members.channel_purchases import PurchaseId
from domain.members.phones import PhoneKey
from domain.service.erasing import Erasure, PersonalDocument, is_over
from storage.mongo.kernel.collections import BY_NAME
from storage.mongo.kernel.database import (
    EARLIEST,
    Database,
    DeleteOne,
    Document,
    DuplicateKeyError,
    UpdateOne,
)
from storage.mongo.kernel.documents import find_by, find_by_ids, from_document, to_document
from storage.mongo.kernel.personal import PERSONAL, SEALED, Personal, opened

ALL_OF_SOMEBODY = Cursors("what is kept of a person", str, str)
_UNPAID = frozenset({OrderState.PENDING, OrderState.PLACED})


class MongoPersonalData:
    """Walks what `storage.mongo.kernel.personal` declares; see `domain.service.erasing`."""

    def __init__(self, database: Database, phones: PhoneKey) -> None:
        self._database = database
        self._phones = phones

    async def page(self, ids: Sequence[PersonId], request: PageRequest) -> Page[PersonalDocument]:
        """All of some ids, which are one person's, collection by collection."""
        ids = await self._with_channel_orders(ids)
        found = [
            (name, one["_id"])
            for name, personal in PERSONAL.items()
            for one in await self._of(name, personal, ids, {"_id": 1})
        ]
        known = sorted(found, key=_place)
        keys = page_in_order(known, _place, request, ALL_OF_SOMEBODY)
        documents: dict[tuple[str, Any], Document] = {}
        for name in {name for name, _ in keys.items}:
            some = [key for of, key in keys.items if of == name]
            loaded = await find_by_ids(self._database[name], some)
            documents |= {(name, one["_id"]): one for one in loaded}
        # What was erased since it was found is left out.
        there = [
            (key, cursor)
            for key, cursor in zip(keys.items, keys.cursors, strict=True)
            if key in documents
        ]
        return Page(
            items=[
                PersonalDocument(
                    collection=key[0], id=str(key[1]), data=self._shown(documents[key])
                )
                for key, _ in there
            ],
            cursors=[cursor for _, cursor in there],
            has_next=keys.has_next,
            total=keys.total,
        )

    async def erase(self, ids: Sequence[PersonId]) -> bool:
        """Take out of every collection what may go; whether nothing is left to take out later."""
        ids = await self._with_channel_orders(ids)
        under_way = await self._under_way(ids)
        whole = not under_way
        for name, personal in PERSONAL.items():
            if personal.goes or personal.blank:
                whole &= await self._erase(name, personal, ids, under_way)
        return whole

    async def _with_channel_orders(self, ids: Sequence[PersonId]) -> Sequence[PersonId]:
        """Some ids, and those as whom what they bought elsewhere is sent from stores."""
        bought = await find_by(
            self._database["channel_purchases"], "member_id", list(ids), {"_id": 1}
        )
        return [*ids, *(channel_buyer(PurchaseId(one["_id"])) for one in bought)]

    async def notes_of(self, ids: Sequence[PersonId]) -> Sequence[str]:
        """The ids of what somebody has posted."""
        found = await find_by(self._database["posts"], "author_id", list(ids), {"_id": 1})
        return [one["_id"] for one in found]

    async def _of(
        self, name: str, personal: Personal, ids: Sequence[PersonId], fields: Document | None
    ) -> list[Document]:
        values = [f"{personal.prefix}{one}" for one in ids]
        found: dict[Any, Document] = {}
        for field in personal.whose:
            some = await find_by(self._database[name], field, values, fields)
            found |= {one["_id"]: one for one in some}
        return list(found.values())

    async def _erase(
        self, name: str, personal: Personal, ids: Sequence[PersonId], under_way: Collection[str]
    ) -> bool:
        key_fields = BY_NAME[name].key_fields
        fields = {
            "version": 1,
            "outbox.last": 1,
            **dict.fromkeys((*key_fields, *personal.blank), 1),
        }
        changes: list[Any] = []
        left = 0
        for one in await self._of(name, personal, ids, fields):
            if one["_id"] in under_way:
                continue
            if not personal.goes and _is_blank(one, personal.blank):
                continue
            if personal.goes and one.get("outbox"):
                left += 1  # what it has said is not told to everybody yet
                continue
            where = {field: one[field] for field in ("_id", *key_fields)}
            if "version" in one:
                where["version"] = one["version"]
            if personal.goes:
                changes.append(DeleteOne(where))
            else:
                changes.append(UpdateOne(where, _blanked(one, personal.blank)))
        if not changes:
            return not left
        done = await self._database[name].bulk_write(changes, ordered=False)
        # Others may have written one of them meanwhile.
        return not left and done.modified_count + done.deleted_count == len(changes)

    async def _under_way(self, ids: Sequence[PersonId]) -> Collection[str]:
        """The orders that somebody has still to pay, send, take back or give money back for."""
        orders = await find_by(self._database["orders"], "buyer_id", list(ids), {"state": 1})
        moving = {one["_id"] for one in orders if OrderState(one["state"]) in _UNPAID}
        async for one in self._database["fulfilments"].find(
            {"buyer_id": {"$in": list(ids)}}, {"recipient": 0}
        ):
            if not is_over(from_document(Fulfilment, one)):
                moving.add(one["_id"])
        return moving

    def _shown(self, document: Document) -> Mapping[str, Any]:
        """A document as its person reads it, without what only the service needs."""
        plain = {name: one for name, one in document.items() if name not in ("outbox", "version")}
        if to := plain.get("recipient"):
            plain["recipient"] = opened(self._phones.ring, to, document["_id"])
        if addresses := plain.get("addresses"):
            plain["addresses"] = [
                opened(self._phones.ring, one, document["_id"]) for one in addresses
            ]
        if isinstance(sealed := plain.pop(SEALED, None), str):
            plain["phone"] = self._phones.open(sealed)
        shown: Mapping[str, Any] = _plain(plain)
        return shown


class MongoErasures:
    """Who is being erased, or was; see `domain.service.erasing.Erasures`."""

    def __init__(self, database: Database) -> None:
        self._erasures = database["erasures"]

    async def begin(self, erasure: Erasure) -> Erasure:
        """Keep one; the one that is there stays and is answered."""
        try:
            await self._erasures.insert_one(to_document(erasure))
        except DuplicateKeyError:
            known = await self.by_id(erasure.id)
            assert known is not None
            return known
        return erasure

    async def by_id(self, id: PersonId) -> Erasure | None:
        """That of a person."""
        found = await self._erasures.find_one({"_id": id})
        return from_document(Erasure, found) if found else None

    async def claim_due(self, now: datetime, *, until: datetime, most: int) -> Sequence[Erasure]:
        """Those to go on with by now, which nobody else gets before `until`."""
        wanted = {"due_at": {"$gte": EARLIEST, "$lte": now}}
        claimed = []
        for one in await self._erasures.find(wanted).limit(most).to_list(None):
            mine = {"_id": one["_id"], "due_at": one["due_at"]}
            result = await self._erasures.update_one(mine, {"$set": {"due_at": until}})
            if result.matched_count:
                claimed.append(from_document(Erasure, one))
        return claimed

    async def note(self, id: PersonId, *, due_at: datetime) -> None:
        """Note when to go on; NEVER where all is done."""
        done = {"done": True} if due_at == NEVER else {}
        await self._erasures.update_one({"_id": id}, {"$set": {"due_at": due_at, **done}})


def _place(key: tuple[str, Any]) -> tuple[str, str]:
    return key[0], str(key[1])


def _at(document: Mapping[str, Any], path: str) -> Any:
    found: Any = document
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _is_blank(document: Mapping[str, Any], blank: Mapping[str, Any]) -> bool:
    return all((_at(document, path) or None) == (value or None) for path, value in blank.items())


def _blanked(document: Mapping[str, Any], blank: Mapping[str, Any]) -> Document:
    """The update that sets what is there to what it is to say."""
    sets = {path: value for path, value in blank.items() if _at(document, path)}
    change: Document = {"$set": sets}
    return {**change, "$inc": {"version": 1}} if "version" in document else change


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | None) else str(value)
