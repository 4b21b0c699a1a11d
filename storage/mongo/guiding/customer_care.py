"""What is known of members that gives their guides a reason, in MongoDB, one document each."""

from collections.abc import Collection, Sequence
from datetime import date

from domain.guiding.customer_care import CustomerCare
from domain.kernel.ids import PersonId
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by_ids, from_document, to_document
from storage.mongo.kernel.folds import MongoFolds


class MongoCustomerCare(MongoFolds[CustomerCare]):
    """See `domain.guiding.customer_care.CustomersToCareFor`; `due` has guides and days."""

    def __init__(self, database: Database) -> None:
        self._care = database["customer_care"]
        super().__init__(self._care, _read, _fields)

    async def of_guides(self, guide_ids: Collection[str], day: date) -> Sequence[CustomerCare]:
        """Those who may give one of some guides a reason on a day; one round trip."""
        days = (day.isoformat(), day.strftime("%m-%d"))
        due = [f"{guide_id}|{one}" for guide_id in guide_ids for one in days]
        found = await self._care.find({"due": {"$in": due}}).to_list(None)
        return [_read(one) for one in found]

    async def by_ids(self, ids: Sequence[PersonId]) -> Sequence[CustomerCare]:
        """What is known of some members."""
        return [_read(one) for one in await find_by_ids(self._care, ids)]


def _read(document: Document) -> CustomerCare:
    return from_document(CustomerCare, document)


def _fields(_: str, care: CustomerCare) -> Document:
    document = {**to_document(care), "due": care.due}
    del document["_id"]
    return document
