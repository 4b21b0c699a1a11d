"""The books of orders in MongoDB, one document each; `due` is when the clock looks at one."""

from collections.abc import Sequence
from datetime import datetime

from domain.earnings.crediting import parties_of
from domain.earnings.order_books import OrderBooks
from domain.earnings.sale_facts import facts_of_books
from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import DESCENDING, EARLIEST, Database, Document
from storage.mongo.kernel.documents import find_by_ids, from_document, to_document
from storage.mongo.kernel.folds import MongoFolds
from storage.mongo.kernel.pages import page

CREDITED = Cursors("credited orders", datetime, str)


class MongoOrderBooks(MongoFolds[OrderBooks]):
    """See `domain.earnings.bookkeeping.BooksOfOrders`, and `crediting.CreditedOrders`."""

    def __init__(self, database: Database) -> None:
        self._books = database["order_books"]
        super().__init__(self._books, _read, _fields, facts=facts_of_books)

    async def by_ids(self, order_ids: Sequence[str]) -> Sequence[OrderBooks]:
        """The books of those orders that have any."""
        return [_read(one) for one in await find_by_ids(self._books, order_ids)]

    async def of_party(self, party: str, request: PageRequest) -> Page[OrderBooks]:
        """Those of a guide, a selling store or an owner, as `guide:G1`, the newest first."""
        order = (("paid_at", DESCENDING), ("_id", DESCENDING))
        return await page(self._books, {"parties": party}, order, request, CREDITED, _read)

    async def matured(self, now: datetime, most: int) -> Sequence[str]:
        """Orders of which what is pending may be payable by now."""
        wanted = {"due": {"$gt": EARLIEST, "$lte": now}}
        found = await self._books.find(wanted, {"_id": 1}).limit(most).to_list(None)
        return [one["_id"] for one in found]

    async def release(self, books: OrderBooks, before: OrderBooks) -> bool:
        """Write books over those that they were made of; False if they have changed meanwhile."""
        result = await self._books.update_one(
            {"_id": books.order_id, "version": before.version},
            # What folds facts at the same time must see that it was overtaken.
            {"$set": _fields(books.order_id, books), "$inc": {"folded.revision": 1}},
        )
        return result.matched_count == 1

    async def attended(self, books: OrderBooks) -> None:
        """Note that nothing of these books waits for the clock, unless they have changed."""
        wanted: Document = {"_id": books.order_id}
        if books.released_at is None:
            wanted["version"] = books.version
        await self._books.update_one(wanted, {"$unset": {"due": ""}})


def _read(document: Document) -> OrderBooks:
    return from_document(OrderBooks, document, key="order_id")


def _fields(_: str, books: OrderBooks) -> Document:
    document = to_document(books, key="order_id")
    del document["_id"]
    document["parties"] = parties_of(books)
    # Books that are released wait until they are in the ledger.
    if books.released_at is None:
        document["due"] = books.matures_at
    return document
