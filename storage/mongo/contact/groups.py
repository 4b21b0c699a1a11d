"""Customer groups, and the codes to them, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.contact.group_ways import GroupWay
from domain.contact.groups import GROUPS, CustomerGroup, GroupId
from domain.contact.ways import WayState
from domain.kernel.paging import Page, PageRequest
from domain.network.stores import StoreId
from storage.mongo.kernel.database import ASCENDING, Database, Document
from storage.mongo.kernel.documents import (
    find_by,
    find_by_ids,
    from_document,
    insert_new,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

BY_ID = [("_id", ASCENDING)]
# What a group is found by is not kept where it is None, so that its index has those alone.
SPARSE = ("due_at", "hand_over")


class MongoCustomerGroups:
    """See `domain.contact.groups.CustomerGroups`."""

    def __init__(self, database: Database) -> None:
        self._groups = database["customer_groups"]

    async def by_ids(self, ids: Collection[GroupId]) -> Mapping[GroupId, CustomerGroup]:
        """Those of the ids that there are."""
        return {one["_id"]: _group(one) for one in await find_by_ids(self._groups, list(ids))}

    async def page_of(self, store_id: StoreId, request: PageRequest) -> Page[CustomerGroup]:
        """A page of the groups of a store's people, by id."""
        wanted = {"store_id": store_id}
        return await page(self._groups, wanted, BY_ID, request, GROUPS, _group)

    async def owned_by(self, user_ids: Collection[str]) -> Sequence[CustomerGroup]:
        """The groups that stand and are of some people."""
        found = await find_by(self._groups, "owner", list(user_ids))
        return [one for one in map(_group, found) if one.due_at is not None]

    async def handed_from(self, user_id: str) -> Sequence[CustomerGroup]:
        """The groups that somebody gave away, or is to."""
        return [
            _group(one) for one in await find_by(self._groups, "hand_over.from_user", [user_id])
        ]

    async def note(self, ids: Collection[GroupId], due_at: datetime) -> None:
        """Have groups read at a moment, also such as nothing was heard of, unless sooner."""
        new = [_document(CustomerGroup(id=one, due_at=due_at)) for one in ids]
        for known in await insert_new(self._groups, new):
            await self._groups.update_one(
                {"_id": known["_id"]}, {"$min": {"due_at": due_at}, "$inc": {"version": 1}}
            )

    async def due(self, now: datetime, most: int) -> Sequence[CustomerGroup]:
        """Those that are to be read, the longest overdue first."""
        due = self._groups.find({"due_at": {"$lte": now}}).sort("due_at").limit(most)
        return [_group(one) for one in await due.to_list(None)]

    async def save(self, group: CustomerGroup, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""
        document = to_document(group)
        without = [one for one in SPARSE if document[one] is None]
        await save_version(self._groups, document, expected=expected, without=without)


class MongoGroupWays:
    """See `domain.contact.group_ways.GroupWays`."""

    def __init__(self, database: Database) -> None:
        self._ways = database["group_ways"]

    async def by_id(self, id: WayState) -> GroupWay | None:
        """The code of a state."""
        found = await self._ways.find_one({"_id": id})
        return from_document(GroupWay, found) if found else None

    async def of_store(self, store_id: StoreId) -> Sequence[GroupWay]:
        """A store's codes, by name."""
        found = self._ways.find({"store_id": store_id}).sort("name")
        return [from_document(GroupWay, one) for one in await found.to_list(None)]

    async def save(self, way: GroupWay, *, expected: int) -> None:
        """Write a code over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._ways, to_document(way), expected=expected)


def _document(group: CustomerGroup) -> Document:
    return {
        name: value
        for name, value in to_document(group).items()
        if value is not None or name not in SPARSE
    }


def _group(document: Document) -> CustomerGroup:
    return from_document(CustomerGroup, {**dict.fromkeys(SPARSE), **document})
