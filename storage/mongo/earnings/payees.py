"""Where owners and guides are paid, in MongoDB; the numbers of bank accounts are sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.earnings.guide_payees import GuidePayee
from domain.earnings.payees import BankAccount, Payee
from domain.kernel.sealing import Seal
from domain.people.accounts import GuideId
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
        payee = replace(payee, bank=_closed(self._seal, payee.bank, payee.owner_id))
        await save_version(self._payees, to_document(payee, key="owner_id"), expected=expected)

    async def merchants(self) -> int:
        """How many have a merchant."""
        return await self._payees.count_documents({"merchant.id": {"$gt": ""}})

    def _payee(self, document: Document) -> Payee:
        payee = from_document(Payee, document, key="owner_id")
        return replace(payee, bank=_opened(self._seal, payee.bank, payee.owner_id))


class MongoGuidePayees:
    """See `domain.earnings.guide_payees.GuidePayees`."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._payees = database["guide_payees"]
        self._seal = seal

    async def by_ids(self, guide_ids: Sequence[GuideId]) -> Mapping[GuideId, GuidePayee]:
        """Those of the guides of whom it is known."""
        found = map(self._payee, await find_by_ids(self._payees, guide_ids))
        return {one.guide_id: one for one in found}

    async def save(self, payee: GuidePayee, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""
        payee = replace(payee, bank=_closed(self._seal, payee.bank, payee.guide_id))
        await save_version(self._payees, to_document(payee, key="guide_id"), expected=expected)

    def _payee(self, document: Document) -> GuidePayee:
        payee = from_document(GuidePayee, document, key="guide_id")
        return replace(payee, bank=_opened(self._seal, payee.bank, payee.guide_id))


def _closed(seal: Seal, bank: BankAccount | None, whose: str) -> BankAccount | None:
    return replace(bank, number=seal.close(bank.number, whose)) if bank else None


def _opened(seal: Seal, bank: BankAccount | None, whose: str) -> BankAccount | None:
    return replace(bank, number=seal.open(bank.number, whose)) if bank else None
