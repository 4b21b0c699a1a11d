"""Messages to members in MongoDB: templates, sends, and what channels allow."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.messaging.channels import AllowanceId, MessageAllowance
from domain.messaging.sends import SENDS, BatchId, MessageSend, SendId, SendState
from domain.messaging.templates import MessageTemplate, MessageTemplateId
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import (
    all_of,
    find_by,
    find_by_ids,
    from_document,
    insert_new,
    one_of,
    save_version,
    saying,
    to_document,
)
from storage.mongo.kernel.pages import NEWEST_FIRST, page

_read = partial(from_document, MessageSend)
# What a message is found by is not kept where it is None, so that its index has those alone.
SPARSE = ("due_at", "batch_id", "user_id")


class MongoMessageTemplates:
    """See `domain.messaging.templates.MessageTemplates`."""

    def __init__(self, database: Database) -> None:
        self._templates = database["message_templates"]

    async def by_id(self, id: MessageTemplateId) -> MessageTemplate | None:
        """The one of an id."""
        found = await self._templates.find_one({"_id": id})
        return from_document(MessageTemplate, found) if found else None

    async def all(self) -> Sequence[MessageTemplate]:
        """All of them, by id."""
        found = await self._templates.find({}).sort("_id").to_list(None)
        return all_of(MessageTemplate, found)

    async def save(self, template: MessageTemplate, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._templates, to_document(template), expected=expected)


class MongoMessageSends:
    """See `domain.messaging.sends.MessageSends`."""

    def __init__(self, database: Database) -> None:
        self._sends = database["messages"]

    async def begin(self, send: MessageSend, facts: Sequence[Fact]) -> MessageSend | None:
        """Write a new one down; answers the one that is there already, None if none was."""
        document = {
            name: value
            for name, value in to_document(send).items()
            if value is not None or name not in SPARSE
        }
        try:
            await self._sends.insert_one(saying(document, facts))
        except DuplicateKeyError:
            return (await self.by_ids([send.id]))[send.id]
        return None

    async def by_ids(self, ids: Sequence[SendId]) -> Mapping[SendId, MessageSend]:
        """Those of the ids that there are."""
        return {one["_id"]: _send(one) for one in await find_by_ids(self._sends, ids)}

    async def save(self, send: MessageSend, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over the expected version; else Conflict."""
        document = to_document(send)
        without = [one for one in SPARSE if document[one] is None]
        await save_version(self._sends, document, expected=expected, facts=facts, without=without)

    async def due(self, state: SendState, now: datetime, most: int) -> Sequence[MessageSend]:
        """Those in a state about which something is to be done, the longest overdue first."""
        due = self._sends.find({"state": state.value, "due_at": {"$lte": now}})
        return [_send(one) for one in await due.sort("due_at").limit(most).to_list(None)]

    async def planned_of(self, user_id: str) -> Sequence[MessageSend]:
        """All that wait for the next task of somebody in WeCom."""
        wanted = {"user_id": user_id, "state": SendState.PLANNED.value}
        return [_send(one) for one in await self._sends.find(wanted).sort("at").to_list(None)]

    async def of_batch(self, batch_id: BatchId) -> Sequence[MessageSend]:
        """Those in a guide's task."""
        return [_send(one) for one in await find_by(self._sends, "batch_id", [batch_id])]

    async def page_of(
        self, member_ids: Sequence[PersonId], request: PageRequest
    ) -> Page[MessageSend]:
        """A page of what was to be sent to a member, the newest first."""
        wanted = {"member_id": one_of(list(member_ids))}
        return await page(self._sends, wanted, NEWEST_FIRST, request, SENDS, _send)


class MongoMessageAllowances:
    """See `domain.messaging.channels.MessageAllowances`; what it allows is in the write."""

    def __init__(self, database: Database) -> None:
        self._allowances = database["message_allowances"]

    async def by_ids(self, ids: Collection[AllowanceId]) -> Sequence[MessageAllowance]:
        """Those of the ids that there are."""
        return all_of(MessageAllowance, await find_by_ids(self._allowances, list(ids)))

    async def take(self, id: AllowanceId, source: str, now: datetime) -> bool:
        """Take one for a send, if one is left and it is not over; again, it is the same one."""
        taken = await self._allowances.update_one(
            {"_id": id, "left": {"$gte": 1}, "until": {"$gt": now}, "taken": {"$ne": source}},
            {"$inc": {"left": -1}, "$push": {"taken": source}},
        )
        if taken.matched_count:
            return True
        return await self._allowances.count_documents({"_id": id, "taken": source}) > 0

    async def begin(self, allowance: MessageAllowance) -> None:
        """Keep a new one; one that is there stays."""
        await insert_new(self._allowances, [to_document(allowance)])

    async def give_back(self, id: AllowanceId, source: str) -> None:
        """Give back what a send took and did not use; again, it changes nothing."""
        await self._allowances.update_one(
            {"_id": id, "taken": source}, {"$inc": {"left": 1}, "$pull": {"taken": source}}
        )

    async def give(self, allowance: MessageAllowance, source: str, most: int) -> None:
        """Add what an allowance has left, unless that would be more than `most` by then."""
        await self.begin(MessageAllowance(id=allowance.id, left=0, member_id=allowance.member_id))
        await self._allowances.update_one(
            {"_id": allowance.id, "left": {"$lt": most}, "given": {"$ne": source}},
            {"$inc": {"left": allowance.left}, "$push": {"given": source}},
        )

    async def open(self, allowance: MessageAllowance) -> None:
        """Begin an allowance anew, unless a later one has begun; it is told apart by its end.

        Of two with one end, it is the one in which nothing is left.
        """
        document = to_document(allowance)
        before = "$lt" if allowance.left else "$lte"
        if await insert_new(self._allowances, [document]):
            await self._allowances.update_one(
                {"_id": allowance.id, "until": {before: allowance.until}},
                {"$set": {"left": allowance.left, "until": allowance.until, "taken": []}},
            )

    async def use_up(self, id: AllowanceId) -> None:
        """Let none be left: the platform says so."""
        await self._allowances.update_one({"_id": id}, {"$set": {"left": 0}})


def _send(document: Mapping[str, object]) -> MessageSend:
    return _read({**dict.fromkeys(SPARSE), **document})
