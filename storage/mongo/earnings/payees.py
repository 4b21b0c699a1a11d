"""Where owners are paid, in MongoDB; the numbers of bank accounts are sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.earnings.payees import Payee
from domain.kernel.sealing import Seal
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by_ids, from_document, save_version, to_document


class MongoPayees:
    """See `domain.earnings.payees.Payees`."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._payees = database["payees"]
        self._seal = seal

    async def by_ids(self, owner_ids: Sequence[str]) -> Mapping[str, Payee]:
        """Those of the owners of whom it is known."""
        found = map(self._payee, await find_by_ids(self._payees, owner_ids))
        return {one.owner_id: one for one in found}

    async def save(self, payee: Payee, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""
        if payee.bank:
            closed = self._seal.close(payee.bank.number, payee.owner_id)
            payee = replace(payee, bank=replace(payee.bank, number=closed))
        await save_version(self._payees, to_document(payee, key="owner_id"), expected=expected)

    async def merchants(self) -> int:
        """How many have a merchant."""
        return await self._payees.count_documents({"merchant.id": {"$gt": ""}})

    def _payee(self, document: Document) -> Payee:
        payee = from_document(Payee, document, key="owner_id")
        if payee.bank is None:
            return payee
        number = self._seal.open(payee.bank.number, payee.owner_id)
        return replace(payee, bank=replace(payee.bank, number=number))
