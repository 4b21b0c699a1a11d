"""What guides are asked to send in WeCom, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.contact.groups import GroupId
from domain.kernel.facts import Fact
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict
from domain.messaging.asking_guides import GroupRegistration
from domain.messaging.errands import ERRANDS, Errand, WecomTaskId
from domain.messaging.sends import BatchId
from domain.network.stores import StoreId
from domain.sharing.share_links import ShareCode
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    all_of,
    find_by,
    find_by_ids,
    from_document,
    insert_new,
    replace_all,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import NEWEST_FIRST, page

# What an errand is found by is not kept where it is None, so that its index has those alone.
SPARSE = ("due_at", "task_id", "group_id", "share_code")
_read = partial(from_document, Errand)


class MongoErrands:
    """See `domain.messaging.errands.Errands`."""

    def __init__(self, database: Database) -> None:
        self._errands = database["errands"]

    async def by_ids(self, ids: Collection[BatchId]) -> Mapping[BatchId, Errand]:
        """Those of the ids that there are."""
        return {one["_id"]: _errand(one) for one in await find_by_ids(self._errands, list(ids))}

    async def add(self, errands: Sequence[Errand]) -> None:
        """Keep new ones; those that are there stay."""
        documents = [
            {name: value for name, value in to_document(one).items() if value is not None}
            for one in errands
        ]
        await insert_new(self._errands, documents)

    async def save(self, errand: Errand, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over the expected version; else Conflict, also where another has its task."""
        document = to_document(errand)
        without = [one for one in SPARSE if document[one] is None]
        try:
            await save_version(
                self._errands, document, expected=expected, facts=facts, without=without
            )
        except DuplicateKeyError:
            raise Conflict("Another errand has this task of WeCom's already.") from None

    async def asked_by(self, name: str) -> Sequence[Errand]:
        """All that follow from one thing."""
        return [_errand(one) for one in await find_by(self._errands, "asked_by", [name])]

    async def due(self, now: datetime, most: int) -> Sequence[Errand]:
        """Those about which something is to be done, the longest overdue first."""
        due = self._errands.find({"due_at": {"$lte": now}}).sort("due_at").limit(most)
        return [_errand(one) for one in await due.to_list(None)]

    async def of_tasks(self, ids: Collection[WecomTaskId]) -> Collection[WecomTaskId]:
        """Those of WeCom's tasks that are somebody's errand here."""
        found = await find_by(self._errands, "task_id", list(ids), {"task_id": 1})
        return {WecomTaskId(one["task_id"]) for one in found}

    async def of_group(self, group_id: GroupId) -> Sequence[Errand]:
        """What was ever to go to a group."""
        return [_errand(one) for one in await find_by(self._errands, "group_id", [group_id])]

    async def by_code(self, code: ShareCode) -> Errand | None:
        """The one that a link went with."""
        found = await find_by(self._errands, "share_code", [code])
        return _errand(found[0]) if found else None

    async def page(self, store_id: StoreId, request: PageRequest) -> Page[Errand]:
        """A page of what guides of a store were asked, the newest first."""
        wanted = {"store_id": store_id}
        return await page(self._errands, wanted, NEWEST_FIRST, request, ERRANDS, _errand)


class MongoGroupRegistrations:
    """See `domain.messaging.asking_guides.GroupRegistrations`."""

    def __init__(self, database: Database) -> None:
        self._registrations = database["group_registrations"]

    async def put(self, registration: GroupRegistration) -> None:
        """Keep one, over what the member wanted before."""
        await replace_all(self._registrations, [to_document(registration)])

    async def of_codes(self, codes: Sequence[ShareCode]) -> Sequence[GroupRegistration]:
        """All of some links, the first first."""
        found = await find_by(self._registrations, "code", list(codes))
        return sorted(all_of(GroupRegistration, found), key=lambda one: (one.at, one.id))


def _errand(document: Document) -> Errand:
    return _read({**dict.fromkeys((*SPARSE, "guide_id", "store_id", "code", "wanted")), **document})
