"""What is frozen, and what was, in MongoDB."""

from collections.abc import Sequence

from domain.earnings.freezes import FREEZES, Freeze, FreezeState
from domain.kernel.paging import Page, PageRequest
from storage.mongo.kernel.database import ASCENDING, Database, Document
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.pages import page


class MongoFreezes:
    """See `domain.earnings.freezes.Freezes`."""

    def __init__(self, database: Database) -> None:
        self._freezes = database["freezes"]

    async def by_id(self, id: str) -> Freeze | None:
        """The freeze of this id."""
        found = await self._freezes.find_one({"_id": id})
        return _freeze(found) if found else None

    async def standing(self) -> Sequence[Freeze]:
        """All that is frozen now; few are."""
        found = await self._freezes.find({"state": FreezeState.FROZEN}).to_list(None)
        return [_freeze(one) for one in found]

    async def page(self, state: FreezeState, request: PageRequest) -> Page[Freeze]:
        """What is frozen, or what was, by id."""
        order = [("_id", ASCENDING)]
        return await page(self._freezes, {"state": state}, order, request, FREEZES, _freeze)

    async def save(self, freeze: Freeze, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""
        await save_version(self._freezes, to_document(freeze), expected=expected)


def _freeze(document: Document) -> Freeze:
    return from_document(Freeze, document)
