"""The marketing calendar in MongoDB: items, and the dates of which something is known."""

from collections.abc import Collection, Mapping, Sequence

from domain.journeys.marketing_items import ItemId, MarketingItem, Occurrence, OccurrenceId
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import (
    all_of,
    find_by_ids,
    from_document,
    save_version,
    to_document,
)


class MongoMarketingBook:
    """See `domain.journeys.marketing_items.MarketingBook`."""

    def __init__(self, database: Database) -> None:
        self._items = database["marketing_items"]
        self._days = database["marketing_days"]

    async def items(self) -> Sequence[MarketingItem]:
        """All that have not ended, by id."""
        found = all_of(MarketingItem, await self._items.find({}).to_list(None))
        return sorted((one for one in found if not one.ended), key=lambda one: one.id)

    async def by_id(self, id: ItemId) -> MarketingItem | None:
        """The item of an id."""
        found = await self._items.find_one({"_id": id})
        return from_document(MarketingItem, found) if found else None

    async def save(self, item: MarketingItem, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._items, to_document(item), expected=expected)

    async def occurrences(self, ids: Collection[OccurrenceId]) -> Mapping[OccurrenceId, Occurrence]:
        """Those of which something is known."""
        found = await find_by_ids(self._days, list(ids))
        return {one.id: one for one in all_of(Occurrence, found)}

    async def save_occurrence(self, one: Occurrence, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._days, to_document(one), expected=expected)
