"""Journals in MongoDB, and the balances of accounts, which are the targets of their lines."""

from collections.abc import Sequence
from datetime import datetime

from domain.earnings.journals import (
    BALANCE,
    Account,
    AccountBalance,
    AccountKind,
    Journal,
    JournalId,
    kind_of_account,
)
from domain.earnings.payment_sharing import SharingState
from domain.earnings.payouts import PayoutState
from domain.earnings.transfers import GuideTransferState
from domain.kernel.days import month_ends
from domain.kernel.money import Fen
from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import (
    ASCENDING,
    DESCENDING,
    EARLIEST,
    Database,
    Document,
    UpdateOne,
)
from storage.mongo.kernel.documents import find_by_ids, from_document, insert_new, to_document
from storage.mongo.kernel.pages import NEWEST_FIRST, page

JOURNALS = Cursors("journals", datetime, str)
ACCOUNTS = Cursors("ledger accounts", str)


class MongoJournals:
    """See `domain.earnings.journals.Journals`."""

    def __init__(self, database: Database) -> None:
        self._journals = database["journals"]
        self._lines = database["journal_lines"]
        self._accounts = database["ledger_accounts"]
        self._runs = database["settlement_runs"]
        self._leaving = (
            (database["payouts"], PayoutState.PLANNED),
            (database["payment_sharings"], SharingState.PLANNED),
            (database["guide_transfers"], GuideTransferState.PLANNED),
        )

    async def write(self, journals: Sequence[Journal]) -> None:
        """Write journals down; one that is there stays as it was.

        What is of a month that is settled or being settled by then came late for its statement.
        """
        await insert_new(self._journals, [_document(one) for one in journals])
        newest = (
            await self._runs.find({"_id": {"$gt": 0}}).sort("_id", DESCENDING).limit(1).to_list(1)
        )
        ends = month_ends(newest[0]["period"]) if newest else EARLIEST
        late = [
            UpdateOne({"_id": one.id}, {"$addToSet": {"late": {"$each": accounts}}})
            for one in journals
            if one.at < ends and (accounts := _statable_of(one))
        ]
        if late:
            await self._journals.bulk_write(late, ordered=False)

    async def by_id(self, id: JournalId) -> Journal | None:
        """The journal of this id."""
        found = await self._journals.find_one({"_id": id})
        return from_document(Journal, found) if found else None

    async def of_account(self, account: Account, request: PageRequest) -> Page[Journal]:
        """The journals that changed an account, the newest first."""
        wanted = {"accounts": account}
        return await page(self._journals, wanted, NEWEST_FIRST, request, JOURNALS, _journal)

    async def balances(self, accounts: Sequence[Account]) -> Sequence[AccountBalance]:
        """What those accounts have that were ever booked on."""
        return [_balance(one) for one in await find_by_ids(self._accounts, accounts)]

    async def accounts(self, kind: AccountKind, request: PageRequest) -> Page[AccountBalance]:
        """The accounts of one kind, by name."""
        order = [("_id", ASCENDING)]
        return await page(self._accounts, {"kind": kind}, order, request, ACCOUNTS, _balance)

    async def sum_of(self, kind: AccountKind) -> Fen:
        """What all accounts of one kind have together."""
        found = await self._accounts.find({"kind": kind}, {BALANCE: 1}).to_list(None)
        return Fen(sum(one.get(BALANCE, 0) for one in found))

    async def in_flight(self) -> int:
        """How many lines are written down and not in their balances for certain.

        What leaves is in its owner's balance before its journal is written, which that decides.
        """
        lines = await self._lines.count_documents({"open_at": {"$gt": EARLIEST}})
        leaving = [await one.count_documents({"state": state}) for one, state in self._leaving]
        return lines + sum(leaving)


def _document(journal: Journal) -> Document:
    accounts = [line.account for line in journal.lines]
    return {**to_document(journal), "accounts": accounts, "statable": statable(accounts)}


def _statable_of(journal: Journal) -> list[Account]:
    return statable([line.account for line in journal.lines])


def statable(accounts: Sequence[Account]) -> list[Account]:
    """Those of some accounts of which there are statements."""
    return [one for one in accounts if kind_of_account(one) is AccountKind.OWNER_PAYABLE]


def _journal(document: Document) -> Journal:
    return from_document(Journal, document)


def _balance(document: Document) -> AccountBalance:
    return AccountBalance(account=document["_id"], balance=document.get(BALANCE, 0))
