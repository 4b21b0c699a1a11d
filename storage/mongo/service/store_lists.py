"""Members as lists of stores and guides have them, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.members.consent import Purpose
from domain.service.store_lists import (
    BY_MEMBER_ID,
    BY_NEWEST,
    ListedMember,
    ListKey,
    MemberOrder,
)
from storage.mongo.kernel.database import ASCENDING, DESCENDING, Database, Document
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    one_of,
    replace_versions,
    to_document,
)
from storage.mongo.kernel.pages import page

ORDERS = {
    MemberOrder.NEWEST: ([("newest", DESCENDING)], BY_NEWEST),
    MemberOrder.ID: ([("_id", ASCENDING)], BY_MEMBER_ID),
}


class MongoStoreLists:
    """See `domain.service.store_lists.StoreLists`; `newest` is kept to sort by."""

    def __init__(self, database: Database) -> None:
        self._members = database["store_members"]

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, ListedMember]:
        """Those of the ids that lists know."""
        return {one["_id"]: _member(one) for one in await find_by_ids(self._members, list(ids))}

    async def save_all(self, members: Sequence[ListedMember]) -> None:
        """Write some, each over the version before its own; Conflict if one has another."""
        await replace_versions(
            self._members, [{**to_document(one), "newest": one.newest} for one in members]
        )

    async def page(
        self,
        keys: Sequence[ListKey],
        allowed: Sequence[Purpose],
        order: MemberOrder,
        request: PageRequest,
    ) -> Page[ListedMember]:
        """A page of those on any of some lists who allow all of some purposes; two round trips."""
        wanted: Document = {"keys": one_of(keys)}
        if allowed:
            wanted["allows"] = {"$all": [one.value for one in allowed]}
        by, cursors = ORDERS[order]
        return await page(self._members, wanted, by, request, cursors, _member)


def _member(document: Document) -> ListedMember:
    return from_document(ListedMember, document)
