"""Transfers to guides in MongoDB, one document each."""

from collections.abc import Sequence
from datetime import datetime

from domain.earnings.transfers import GuideTransfer, GuideTransferState, TransferWay
from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import ASCENDING, DESCENDING, EARLIEST, Database, Document
from storage.mongo.kernel.documents import from_document, insert_new, save_version, to_document
from storage.mongo.kernel.pages import page

OF_GUIDE = Cursors("transfers of a guide", str)
OF_PERIOD = Cursors("transfers of a round", str)


class MongoTransfers:
    """See `domain.earnings.transfers.GuideTransfers`."""

    def __init__(self, database: Database) -> None:
        self._transfers = database["guide_transfers"]

    async def plan(self, transfers: Sequence[GuideTransfer]) -> int:
        """Write transfers down; one that is there stays. Answers how many are new."""
        known = await insert_new(self._transfers, [to_document(one) for one in transfers])
        return len(transfers) - len(known)

    async def due(self, now: datetime, most: int) -> Sequence[GuideTransfer]:
        """Those to be gone on with by now, whoever has waited longest first."""
        wanted = {"due": {"$gt": EARLIEST, "$lte": now}}
        found = self._transfers.find(wanted).sort("due", ASCENDING).limit(most)
        return [_transfer(one) for one in await found.to_list(most)]

    async def save(self, transfer: GuideTransfer, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""
        without = [] if transfer.due else ["due"]
        document = to_document(transfer)
        await save_version(self._transfers, document, expected=expected, without=without)

    async def by_id(self, id: str) -> GuideTransfer | None:
        """The transfer of this id."""
        found = await self._transfers.find_one({"_id": id})
        return _transfer(found) if found else None

    async def for_file(self, period: str) -> Sequence[GuideTransfer]:
        """Those of a round that are to leave by a file, by guide."""
        wanted = {
            "period": period,
            "way": TransferWay.FILE,
            "state": GuideTransferState.BOOKED,
        }
        found = await self._transfers.find(wanted).to_list(None)
        return sorted(map(_transfer, found), key=lambda one: one.guide_id)

    async def of_period(self, period: str, request: PageRequest) -> Page[GuideTransfer]:
        """All of a round, by guide."""
        wanted, order = {"period": period}, [("guide_id", ASCENDING)]
        return await page(self._transfers, wanted, order, request, OF_PERIOD, _transfer)

    async def of_guide(self, guide_id: str, request: PageRequest) -> Page[GuideTransfer]:
        """A guide's, the latest round first."""
        wanted, order = {"guide_id": guide_id}, [("period", DESCENDING)]
        return await page(self._transfers, wanted, order, request, OF_GUIDE, _transfer)


def _transfer(document: Document) -> GuideTransfer:
    return from_document(GuideTransfer, document)
