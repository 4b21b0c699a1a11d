"""Bills that were held against the ledger, and what differed, in MongoDB."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.earnings.bills import DIFFERENCES, BillDay, BillDifference, DifferenceState
from domain.earnings.journals import PROVIDER
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from storage.mongo.kernel import pages
from storage.mongo.kernel.database import ASCENDING, Database, Document
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    from_document,
    insert_new,
    save_version,
    to_document,
)


class MongoBills:
    """See `domain.earnings.bills.Bills`."""

    def __init__(self, database: Database) -> None:
        self._days = database["bill_days"]
        self._differences = database["bill_differences"]
        self._journals = database["journals"]

    async def day(self, day: str) -> BillDay | None:
        """The bill of a day."""
        found = await self._days.find_one({"_id": day})
        return from_document(BillDay, found, key="day") if found else None

    async def add_day(self, day: BillDay) -> None:
        """Write a day down; one that is there stays."""
        await insert_new(self._days, [to_document(day, key="day")])

    async def booked(self, since: datetime, until: datetime) -> Mapping[str, Fen]:
        """What the ledger has of payments and refunds of a time, by order."""
        wanted = {"accounts": PROVIDER, "at": {**pages.since(since), "$lt": until}}
        sums = Counter[str]()
        async for one in self._journals.find(wanted, {"order_id": 1, "lines": 1}):
            if one["order_id"] is not None:
                lines = one["lines"]
                sums[one["order_id"]] -= sum(
                    line["amount"] for line in lines if line["account"] == PROVIDER
                )
        return {order_id: Fen(fen) for order_id, fen in sums.items() if fen}

    async def add(self, differences: Sequence[BillDifference]) -> None:
        """Write differences down; one that is there stays."""
        await insert_new(self._differences, [to_document(one) for one in differences])

    async def of_orders(self, order_ids: Sequence[str]) -> Sequence[BillDifference]:
        """All differences of orders."""
        found: list[Document] = []
        for start in range(0, len(order_ids), IN_AT_MOST):
            some = list(order_ids[start : start + IN_AT_MOST])
            found += await self._differences.find({"order_id": {"$in": some}}).to_list(None)
        return [_difference(one) for one in found]

    async def by_id(self, id: str) -> BillDifference | None:
        """The difference of this id."""
        found = await self._differences.find_one({"_id": id})
        return _difference(found) if found else None

    async def page(self, state: DifferenceState, request: PageRequest) -> Page[BillDifference]:
        """Those that are open, or settled, by day and order."""
        wanted, order = {"state": state}, [("_id", ASCENDING)]
        return await pages.page(self._differences, wanted, order, request, DIFFERENCES, _difference)

    async def save(self, difference: BillDifference, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""
        await save_version(self._differences, to_document(difference), expected=expected)


def _difference(document: Document) -> BillDifference:
    return from_document(BillDifference, document)
