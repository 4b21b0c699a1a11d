"""What members bought in other channels, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Overtaken
from domain.members.channel_purchases import OF_MEMBERS, ChannelPurchase, PurchaseId
from domain.members.identities import IdentityId
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    insert_new,
    replace_versions,
    save_version,
    saying,
    to_document,
)
from storage.mongo.kernel.pages import NEWEST_FIRST, page

# A document without one of these is in no index by it.
_WITHOUT = ("member_id", "waits_for")


class MongoChannelPurchases:
    """One document each; see `domain.members.channel_purchases.ChannelPurchases`."""

    def __init__(self, database: Database) -> None:
        self._purchases = database["channel_purchases"]

    async def by_ids(self, ids: Collection[PurchaseId]) -> Mapping[PurchaseId, ChannelPurchase]:
        """Those of the ids that there are."""
        found = map(_purchase, await find_by_ids(self._purchases, list(ids)))
        return {one.id: one for one in found}

    async def waiting_for(self, name: IdentityId) -> Sequence[PurchaseId]:
        """Those that wait for whoever has a name."""
        found = await self._purchases.find({"waits_for": name}, {"_id": 1}).to_list(None)
        return [PurchaseId(one["_id"]) for one in found]

    async def save_all(
        self, changed: Sequence[ChannelPurchase], facts: Mapping[str, Sequence[Fact]]
    ) -> None:
        """Write them, each over the version before its own; else Overtaken, the others written."""
        new = [one for one in changed if one.version == 1]
        older = [one for one in changed if one.version > 1]
        begun = [saying(_document(one), facts[one.id]) for one in new]
        taken = {one["_id"] for one in await insert_new(self._purchases, begun)}
        try:
            await replace_versions(self._purchases, list(map(_document, older)), facts)
        except Overtaken as fault:
            taken |= fault.ids
        if taken:
            raise Overtaken("Others tell of these purchases just now; repeat this.", ids=taken)

    async def match(self, matched: ChannelPurchase, facts: Sequence[Fact]) -> None:
        """Write one that waits for nobody any more; Conflict if it was written meanwhile."""
        await save_version(
            self._purchases,
            _document(matched),
            expected=matched.version - 1,
            facts=facts,
            without=("waits_for",),
        )

    async def of_members(
        self, ids: Sequence[PersonId], request: PageRequest
    ) -> Page[ChannelPurchase]:
        """Those of members, the newest first."""
        wanted = {"member_id": {"$in": list(ids)}}
        return await page(self._purchases, wanted, NEWEST_FIRST, request, OF_MEMBERS, _purchase)


def _document(purchase: ChannelPurchase) -> Document:
    document = to_document(purchase)
    return {name: value for name, value in document.items() if value or name not in _WITHOUT}


def _purchase(document: Document) -> ChannelPurchase:
    return from_document(ChannelPurchase, document)
