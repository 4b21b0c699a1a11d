"""Commissions in MongoDB, one document for each order that earns one."""

from collections.abc import Mapping, Sequence

from domain.earnings.commission import Commission
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by_ids, from_document, to_document
from storage.mongo.kernel.folds import MongoFolds


class MongoCommissions(MongoFolds[Commission]):
    """Each commission under its order's id."""

    def __init__(self, database: Database) -> None:
        self._commissions = database["commissions"]
        super().__init__(self._commissions, _read, _fields)

    async def by_orders(self, order_ids: Sequence[str]) -> Mapping[str, Commission]:
        """The commissions of those orders that earn one."""
        found = await find_by_ids(self._commissions, order_ids)
        return {one["_id"]: _read(one) for one in found}

    async def forget(self) -> None:
        """Take back all commissions, to be made anew from the facts."""
        await self._commissions.delete_many({})


def _read(document: Document) -> Commission:
    return from_document(Commission, document, key="order_id")


def _fields(_: str, commission: Commission) -> Document:
    document = to_document(commission, key="order_id")
    del document["_id"]
    return document
