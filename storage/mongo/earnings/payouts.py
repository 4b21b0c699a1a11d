"""Payouts in MongoDB, one document each."""

from collections.abc import Sequence

from domain.earnings.payouts import BEGUN, Payout, PayoutId, PayoutState
from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import (
    ASCENDING,
    DESCENDING,
    Database,
    Document,
)
from storage.mongo.kernel.documents import from_document, insert_new, save_version, to_document
from storage.mongo.kernel.pages import page

OF_OWNER = Cursors("payouts of an owner", str)
OF_PERIOD = Cursors("payouts of a period", str)


class MongoPayouts:
    """See `domain.earnings.payouts.Payouts`."""

    def __init__(self, database: Database) -> None:
        self._payouts = database["payouts"]

    async def plan(self, payouts: Sequence[Payout]) -> None:
        """Write payouts down; one that is there stays."""
        await insert_new(self._payouts, [to_document(one) for one in payouts])

    async def by_id(self, id: PayoutId) -> Payout | None:
        """The payout of this id."""
        found = await self._payouts.find_one({"_id": id})
        return _payout(found) if found else None

    async def save(self, payout: Payout, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""
        await save_version(self._payouts, to_document(payout), expected=expected)

    async def begun(self, most: int) -> Sequence[Payout]:
        """Some of those that the clock goes on with."""
        found = await self._payouts.find({"state": {"$in": list(BEGUN)}}).to_list(most)
        return [_payout(one) for one in found]

    async def of_period(self, period: str, request: PageRequest) -> Page[Payout]:
        """All of a period, by owner."""
        wanted, order = {"period": period}, [("owner_id", ASCENDING)]
        return await page(self._payouts, wanted, order, request, OF_PERIOD, _payout)

    async def of_owner(self, owner_id: str, request: PageRequest) -> Page[Payout]:
        """An owner's, the latest period first."""
        wanted, order = {"owner_id": owner_id}, [("period", DESCENDING)]
        return await page(self._payouts, wanted, order, request, OF_OWNER, _payout)

    async def booked(self, period: str) -> Sequence[Payout]:
        """Those of a period that are to leave, by owner."""
        wanted = {"state": PayoutState.BOOKED, "period": period}
        found = await self._payouts.find(wanted).to_list(None)
        return sorted(map(_payout, found), key=lambda one: one.owner_id)


def _payout(document: Document) -> Payout:
    return from_document(Payout, document)
