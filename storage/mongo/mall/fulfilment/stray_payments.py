"""Payments that fit no order, in MongoDB."""

import logging
from datetime import datetime
from functools import partial

from domain.kernel.paging import Cursors, Page, PageRequest
from domain.mall.fulfilment.stray_payments import StrayPayment
from storage.mongo.kernel.database import ASCENDING, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.pages import page

logger = logging.getLogger(__name__)

STRAYS = Cursors("stray payments", datetime, str)
BY_AGE = (("heard_at", ASCENDING), ("stray_id", ASCENDING))


class MongoStrayPayments:
    """Each under its transaction; `settled` says whether people are done with it.

    The log tells of each once, whoever repeats it.
    """

    def __init__(self, database: Database) -> None:
        self._strays = database["stray_payments"]

    async def note(self, stray: StrayPayment) -> None:
        """Keep one; told again, it stays as it is."""
        try:
            await self._strays.insert_one(_document(stray))
        except DuplicateKeyError:
            return
        logger.error(
            "money fits no order (%s): %s %s by transaction %s for order %s; see strayPayments",
            stray.kind,
            stray.amount,
            stray.currency,
            stray.id,
            stray.order_id,
        )

    async def by_id(self, id: str) -> StrayPayment | None:
        """One of them."""
        found = await self._strays.find_one({"_id": id})
        return from_document(StrayPayment, found) if found else None

    async def save(self, stray: StrayPayment) -> None:
        """Write one over the version before its own; else Conflict."""
        await save_version(self._strays, _document(stray), expected=stray.version - 1)

    async def unsettled(self, request: PageRequest) -> Page[StrayPayment]:
        """Those that nobody has looked into yet, the oldest first."""
        read = partial(from_document, StrayPayment)
        return await page(self._strays, {"settled": False}, BY_AGE, request, STRAYS, read)


def _document(stray: StrayPayment) -> Document:
    return {
        **to_document(stray),
        "stray_id": stray.id,
        "settled": stray.settled_at is not None,
    }
