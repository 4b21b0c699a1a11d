"""Conflicts of members in MongoDB."""

from collections.abc import Mapping
from contextlib import suppress

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.members.conflicts import (
    CONFLICTS,
    ConflictId,
    ConflictState,
    MemberConflict,
)
from storage.mongo.kernel.database import ASCENDING, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.pages import page

OLDEST_FIRST = [("opened_at", ASCENDING), ("_id", ASCENDING)]


class MongoMemberConflicts:
    """The queue; see `domain.members.conflicts.MemberConflicts`."""

    def __init__(self, database: Database) -> None:
        self._conflicts = database["member_conflicts"]

    async def by_id(self, id: ConflictId) -> MemberConflict | None:
        """One of them."""
        found = await self._conflicts.find_one({"_id": id})
        return _conflict(found) if found else None

    async def open(self, conflict: MemberConflict) -> None:
        """Put one in the queue; one of its id that is there, settled or not, stays."""
        with suppress(DuplicateKeyError):
            await self._conflicts.insert_one(to_document(conflict))

    async def save(self, conflict: MemberConflict, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""
        await save_version(self._conflicts, to_document(conflict), expected=expected)

    async def in_state(self, state: ConflictState, request: PageRequest) -> Page[MemberConflict]:
        """Those in a state, the oldest first."""
        return await page(
            self._conflicts, {"state": state}, OLDEST_FIRST, request, CONFLICTS, _conflict
        )

    async def with_holder(self, id: PersonId) -> Mapping[ConflictId, MemberConflict]:
        """The open ones in which somebody claims what a member has."""
        wanted = {"holder": id, "state": ConflictState.OPEN}
        found = map(_conflict, await self._conflicts.find(wanted).to_list(None))
        return {one.id: one for one in found}


def _conflict(document: Document) -> MemberConflict:
    return from_document(MemberConflict, document)
