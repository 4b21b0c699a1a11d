"""Merges in MongoDB, and the members whom they lead to others."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.members.merges import MERGES, WAITING, Alias, Merge, MergeId
from storage.mongo.kernel.database import EARLIEST, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    all_of,
    change_saying,
    find_by,
    from_document,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import NEWEST_FIRST, page


class MongoMerges:
    """One document for each; a member's own says whom it leads to, and by which."""

    def __init__(self, database: Database) -> None:
        self._merges = database["member_merges"]
        self._members = database["members"]

    async def by_id(self, id: MergeId) -> Merge | None:
        """One merge."""
        found = await self._merges.find_one({"_id": id})
        return _merge(found) if found else None

    async def begin(self, merge: Merge) -> None:
        """Write down a new one; one of its id that is there stays."""
        with suppress(DuplicateKeyError):
            await self._merges.insert_one(_document(merge))

    async def save(self, merge: Merge, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""
        await save_version(self._merges, _document(merge), expected=expected)

    async def hold(self, merge: Merge) -> bool:
        """Keep the survivor from being merged away meanwhile; False if it was already."""
        result = await self._members.update_one(
            {"_id": merge.survivor, "merged_into": None}, {"$addToSet": {"absorbing": merge.id}}
        )
        return result.matched_count == 1

    async def bind(self, merge: Merge, facts: Sequence[Fact]) -> bool:
        """Make the loser lead to the survivor; False if it leads elsewhere, or is held itself."""
        leads = {"merged_into": merge.survivor, "merge_id": merge.id, "into": merge.survivor}
        result = await self._members.update_one(
            {"_id": merge.loser, "merged_into": None, "absorbing.0": {"$exists": False}},
            change_saying(leads, facts),
        )
        if result.matched_count:
            return True
        done = {"_id": merge.loser, "merge_id": merge.id}
        return await self._members.find_one(done) is not None

    async def let_go(self, merge: Merge, brought: Collection[PersonId]) -> None:
        """Let the survivor be merged again, who is also whom the merge brought."""
        change: Document = {"$pull": {"absorbing": merge.id}}
        if brought:
            change["$addToSet"] = {"also": {"$each": list(brought)}}
        await self._members.update_one({"_id": merge.survivor}, change)

    async def unbind(self, merge: Merge, facts: Sequence[Fact]) -> None:
        """Make the loser stand for itself again, if this merge made it lead elsewhere."""
        change = {
            **change_saying({}, facts),
            "$unset": {"merged_into": "", "merge_id": "", "into": ""},
        }
        await self._members.update_one({"_id": merge.loser, "merge_id": merge.id}, change)

    async def part(self, ids: Collection[PersonId], others: Collection[PersonId]) -> None:
        """Note that some members are not also these others any more."""
        for one in ids:
            await self._members.update_one({"_id": one}, {"$pull": {"also": {"$in": list(others)}}})

    async def aliases(self, ids: Collection[PersonId]) -> Sequence[Alias]:
        """All who lead to one of these members."""
        shown = {"merge_id": 1, "into": 1}
        found = await find_by(self._members, "merged_into", list(ids), shown)
        return all_of(Alias, found)

    async def lead(self, ids: Collection[PersonId], before: PersonId, after: PersonId) -> None:
        """Have those of some members who lead to one lead to another instead."""
        for one in ids:
            await self._members.update_one(
                {"_id": one, "merged_into": before}, {"$set": {"merged_into": after}}
            )

    async def of_member(self, id: PersonId, request: PageRequest) -> Page[Merge]:
        """What left a member or came to it, the newest first."""
        return await page(self._merges, {"parties": id}, NEWEST_FIRST, request, MERGES, _merge)

    async def waiting(self, before: datetime, most: int) -> Sequence[Merge]:
        """Those that were begun before a moment and wait to be finished."""
        wanted = {"waiting_since": {"$gte": EARLIEST, "$lt": before}}
        found = await self._merges.find(wanted).limit(most).to_list(None)
        return [_merge(one) for one in found]


def _document(merge: Merge) -> Document:
    document = {**to_document(merge), "parties": [merge.loser, merge.survivor]}
    if merge.state in WAITING:
        document["waiting_since"] = merge.undone.at if merge.undone else merge.at
    else:
        document["waiting_since"] = None
    return document


def _merge(document: Document) -> Merge:
    return from_document(Merge, document)
