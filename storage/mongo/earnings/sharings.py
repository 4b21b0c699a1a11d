"""The sharings of payments in MongoDB, one document for each order."""

from collections.abc import Sequence
from datetime import datetime

from domain.earnings.payment_sharing import PaymentSharing
from domain.kernel.money import Fen
from storage.mongo.kernel.database import ASCENDING, EARLIEST, Database, Document
from storage.mongo.kernel.documents import from_document, insert_new, save_version, to_document


class MongoSharings:
    """See `domain.earnings.payment_sharing.Sharings`."""

    def __init__(self, database: Database) -> None:
        self._sharings = database["payment_sharings"]

    async def hold(self, sharings: Sequence[PaymentSharing]) -> None:
        """Write new ones down; one that is there stays."""
        await insert_new(self._sharings, [to_document(one) for one in sharings])

    async def by_id(self, order_id: str) -> PaymentSharing | None:
        """The sharing of an order's payment."""
        found = await self._sharings.find_one({"_id": order_id})
        return _sharing(found) if found else None

    async def refunded(self, order_id: str, refunded: Fen, now: datetime) -> None:
        """Note what the buyer has back by now, to be looked at; known already, it stays."""
        await self._sharings.update_one(
            {"_id": order_id, "refunded": {"$lt": refunded}},
            {"$set": {"refunded": refunded, "due": now}, "$inc": {"version": 1}},
        )

    async def due(self, now: datetime, most: int) -> Sequence[PaymentSharing]:
        """Those to be looked at by now, whoever has waited longest first."""
        wanted = {"due": {"$gt": EARLIEST, "$lte": now}}
        found = self._sharings.find(wanted).sort("due", ASCENDING).limit(most)
        return [_sharing(one) for one in await found.to_list(most)]

    async def save(self, sharing: PaymentSharing, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""
        document = to_document(sharing)
        without = [] if sharing.due else ["due"]
        await save_version(self._sharings, document, expected=expected, without=without)


def _sharing(document: Document) -> PaymentSharing:
    return from_document(PaymentSharing, document)
