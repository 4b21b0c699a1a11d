"""Customer contact in MongoDB: the inbox, the mirror of friends, how fresh it is, codes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.contact.bonds import FRIENDS, Bond, BondId
from domain.contact.inbox import InboxId, WecomTold
from domain.contact.ports import Freshness
from domain.contact.rules import ContactRules
from domain.contact.ways import Way, WayState
from domain.contact.wecom import Welcomed
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.members.identities import IdentityId
from domain.network.stores import StoreId
from storage.mongo.kernel.database import ASCENDING, Database, Document
from storage.mongo.kernel.documents import (
    find_by,
    find_by_ids,
    from_document,
    insert_new,
    save_version,
    saying,
    to_document,
)
from storage.mongo.kernel.pages import page
from storage.mongo.kernel.rule_versions import MongoRuleVersions

MOST_RIVALS = 8
BY_CUSTOMER = [("external_id", ASCENDING)]
# What a bond is found by is not kept where it is None, so that its index has those alone.
SPARSE = ("member_id", "waits_for", "judge_at")


class MongoInbox:
    """See `domain.contact.inbox.Inbox`."""

    def __init__(self, database: Database) -> None:
        self._inbox = database["contact_inbox"]

    async def keep(self, told: WecomTold, facts: Sequence[Fact]) -> None:
        """Keep it and what is said of it; what is there already stays."""
        await insert_new(self._inbox, [saying(to_document(told), facts)])

    async def welcomed(self, id: InboxId) -> Welcomed | None:
        """What became of the welcome that it asks for; None for nothing yet."""
        found = await self._inbox.find_one({"_id": id}, {"welcomed": 1})
        said = found.get("welcomed") if found else None
        return Welcomed(said) if said else None

    async def note_welcome(self, id: InboxId, welcomed: Welcomed) -> None:
        """Note what became of it."""
        await self._inbox.update_one({"_id": id}, {"$set": {"welcomed": welcomed.value}})


class MongoBonds:
    """See `domain.contact.bonds.Bonds`; `standing` is kept to be found by."""

    def __init__(self, database: Database) -> None:
        self._bonds = database["bonds"]

    async def by_id(self, id: BondId) -> Bond | None:
        """The bond of an id."""
        return (await self.by_ids([id])).get(id)

    async def by_ids(self, ids: Collection[BondId]) -> Mapping[BondId, Bond]:
        """Those of the ids that there are."""
        return {one["_id"]: _bond(one) for one in await find_by_ids(self._bonds, list(ids))}

    async def save(self, bond: Bond, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write a bond over the expected version, and what it says; else Conflict."""
        document = {**to_document(bond), "standing": bond.standing}
        without = [one for one in SPARSE if document[one] is None]
        await save_version(self._bonds, document, expected=expected, facts=facts, without=without)

    async def add(self, bonds: Sequence[tuple[Bond, Sequence[Fact]]]) -> Sequence[BondId]:
        """Keep new ones, many at a time, each with what it says; those there already stay."""
        documents = [
            saying(
                {
                    name: value
                    for name, value in {**to_document(one), "standing": one.standing}.items()
                    if value is not None or name not in SPARSE
                },
                facts,
            )
            for one, facts in bonds
        ]
        return [one["_id"] for one in await insert_new(self._bonds, documents)]

    async def standing_of(self, user_id: str) -> Sequence[Bond]:
        """All friends that somebody has now."""
        found = self._bonds.find({"user_id": user_id, "standing": True})
        return [_bond(one) for one in await found.to_list(None)]

    async def page_of(self, user_id: str, request: PageRequest) -> Page[Bond]:
        """A page of the friends that somebody has now, by the customer's id."""
        wanted = {"user_id": user_id, "standing": True}
        return await page(self._bonds, wanted, BY_CUSTOMER, request, FRIENDS, _bond)

    async def of_contacts(self, external_ids: Sequence[str]) -> Sequence[Bond]:
        """All bonds of customers, also those that are over."""
        return await self._found("external_id", external_ids)

    async def of_members(self, ids: Collection[PersonId]) -> Sequence[Bond]:
        """All bonds of members, also those that are over."""
        return await self._found("member_id", list(ids))

    async def waiting_for(self, identity: IdentityId) -> Sequence[Bond]:
        """Bonds of customers who are nobody whom we know until this names somebody."""
        return await self._found("waits_for", [identity])

    async def first_between(
        self, store_id: StoreId, since: datetime, until: datetime
    ) -> Sequence[Bond]:
        """A store's bonds that began in a time, in order."""
        return await self._began({"store_id": store_id}, since, until)

    async def of_user_between(
        self, user_id: str, since: datetime, until: datetime
    ) -> Sequence[Bond]:
        """Somebody's bonds that began in a time, in order."""
        return await self._began({"user_id": user_id}, since, until)

    async def to_judge(self, now: datetime, most: int) -> Sequence[Bond]:
        """Bonds whose verdict is due, the longest overdue first."""
        due = self._bonds.find({"judge_at": {"$lte": now}}).sort("judge_at").limit(most)
        return [_bond(one) for one in await due.to_list(None)]

    async def count_standing(self, user_ids: Collection[str]) -> Mapping[str, int]:
        """How many friends each of some people has now."""
        return {
            one: await self._bonds.count_documents({"user_id": one, "standing": True})
            for one in user_ids
        }

    async def _found(self, field: str, values: Sequence[str]) -> Sequence[Bond]:
        return [_bond(one) for one in await find_by(self._bonds, field, values)]

    async def _began(self, whose: Document, since: datetime, until: datetime) -> Sequence[Bond]:
        wanted = {**whose, "first_at": {"$gte": since, "$lt": until}}
        found = self._bonds.find(wanted).sort("first_at")
        return [_bond(one) for one in await found.to_list(None)]


class MongoFriendLists:
    """See `domain.contact.ports.FriendLists`."""

    def __init__(self, database: Database) -> None:
        self._lists = database["friend_lists"]

    async def by_ids(self, user_ids: Collection[str]) -> Mapping[str, Freshness]:
        """Those of the people whose lists are read at all."""
        found = await find_by_ids(self._lists, list(user_ids))
        return {one["_id"]: _freshness(one) for one in found}

    async def add(self, user_ids: Sequence[str], *, due_at: datetime) -> None:
        """Read these people's lists from a moment on; those that are read already stay."""
        known = await self.by_ids(user_ids)
        new = [
            {"_id": one, "read_at": None, "due_at": due_at} for one in user_ids if one not in known
        ]
        await insert_new(self._lists, new)

    async def claim(self, now: datetime, *, until: datetime) -> Freshness | None:
        """Claim the list that is due longest, so that nobody else reads it before `until`."""
        due = self._lists.find({"due_at": {"$lte": now}}).sort("due_at", ASCENDING)
        # Others may claim the first few of them at the same time.
        for found in await due.limit(MOST_RIVALS).to_list(None):
            claimed = await self._lists.update_one(
                {"_id": found["_id"], "due_at": found["due_at"]}, {"$set": {"due_at": until}}
            )
            if claimed.matched_count:
                return _freshness(found)
        return None

    async def note_read(self, user_id: str, *, read_at: datetime, due_at: datetime) -> None:
        """Note that a list was read as it was at a moment."""
        said = {"$max": {"read_at": read_at, "due_at": due_at}}
        await self._lists.update_one({"_id": user_id}, said, upsert=True)


class MongoWays:
    """See `domain.contact.ways.Ways`."""

    def __init__(self, database: Database) -> None:
        self._ways = database["contact_ways"]

    async def by_id(self, id: WayState) -> Way | None:
        """The code of a state."""
        found = await self._ways.find_one({"_id": id})
        return from_document(Way, found) if found else None

    async def of_stores(self, store_ids: Sequence[StoreId]) -> Sequence[Way]:
        """The codes of stores and of their guides, each store's by name."""
        found = [
            from_document(Way, one) for one in await find_by(self._ways, "store_id", store_ids)
        ]
        return sorted(found, key=lambda one: (one.store_id, one.name or "", one.id))

    async def save(self, way: Way, *, expected: int) -> None:
        """Write a code over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._ways, to_document(way), expected=expected)


def contact_rules_of(database: Database) -> MongoRuleVersions[ContactRules]:
    """The versions of head office's rules of contact."""
    return MongoRuleVersions(database, "contact_rules", ContactRules(), field=["expectedVersion"])


def _bond(document: Document) -> Bond:
    return from_document(Bond, {**dict.fromkeys(SPARSE), **document})


def _freshness(document: Document) -> Freshness:
    return from_document(Freshness, document, key="user_id")
