"""Statements in MongoDB, their parts, the runs that close them, and disputes.

A journal names the accounts of which there are statements in `statable`, and in `late` those for
whose statement it came too late; indexes lead from those to it.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.earnings.journals import Account, Journal, JournalId
from domain.earnings.settling import Dispute, LinesTotal, SettlementRun
from domain.earnings.statements import Statement, StatementEntry, StatementId
from domain.kernel.money import Fen
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Conflict
from storage.mongo.earnings.journals import statable
from storage.mongo.kernel.database import (
    ASCENDING,
    DESCENDING,
    Database,
    Document,
    DuplicateKeyError,
    UpdateOne,
)
from storage.mongo.kernel.documents import IN_AT_MOST, from_document, save_version, to_document
from storage.mongo.kernel.pages import page

OF_OWNER = Cursors("statements of an owner", str)
OF_PERIOD = Cursors("statements of a period", str)
OPEN_DISPUTES = Cursors("open disputes", datetime, str)
BY_MOMENT = [("at", ASCENDING), ("_id", ASCENDING)]
ADOPTED_AT_ONCE = 1_000


class MongoStatements:
    """See `domain.earnings.statements.StatementBook`, and `settling.Settlements`."""

    def __init__(self, database: Database) -> None:
        self._journals = database["journals"]
        self._statements = database["statements"]
        self._parts = database["statement_parts"]
        self._runs = database["settlement_runs"]
        self._disputes = database["statement_disputes"]

    async def between(
        self,
        account: Account,
        since: datetime,
        until: datetime,
        after: StatementEntry | None,
        most: int,
    ) -> Sequence[Journal]:
        """Journals that changed an account in a time, by moment and id, from after an entry on."""
        times: list[Document] = [{"at": {"$gte": since, "$lt": until}}]
        if after:
            times = [
                {"at": after.at, "_id": {"$gt": after.id}},
                {"at": {"$gt": after.at, "$lt": until}},
            ]
        found: list[Document] = []
        for time in times:
            if left := most - len(found):
                rest = self._journals.find({"statable": account, **time}).sort(BY_MOMENT)
                found += await rest.limit(left).batch_size(left + 1).to_list(None)
        return [from_document(Journal, one) for one in found]

    async def late(self, account: Account, until: datetime) -> Sequence[Journal]:
        """Journals of before a moment that were written when their month was being settled."""
        found = await self._journals.find({"late": account, "at": {"$lt": until}}).to_list(None)
        return [from_document(Journal, one) for one in found]

    async def mark_stated(self, account: Account, ids: Sequence[JournalId]) -> None:
        """Note that the account's lines of late journals are in a statement."""
        for start in range(0, len(ids), IN_AT_MOST):
            some = list(ids[start : start + IN_AT_MOST])
            await self._journals.update_many(
                {"_id": {"$in": some}, "late": account}, {"$pull": {"late": account}}
            )

    async def add_part(
        self, id: StatementId, number: int, entries: Sequence[StatementEntry]
    ) -> Sequence[StatementEntry]:
        """Write a part down, or else answer the one of this number that is there and stays."""
        try:
            await self._parts.insert_one(
                {"_id": f"{id}:{number}", "entries": [to_document(one) for one in entries]}
            )
        except DuplicateKeyError:
            known = await self.part(id, number)
            assert known is not None, "it was there just now"
            return known
        return entries

    async def part(self, id: StatementId, number: int) -> Sequence[StatementEntry] | None:
        """A part; None where there is none of this number."""
        found = await self._parts.find_one({"_id": f"{id}:{number}"})
        return [from_document(StatementEntry, one) for one in found["entries"]] if found else None

    async def add(self, statement: Statement) -> None:
        """Write a statement down; one that is there stays."""
        try:
            await self._statements.insert_one(to_document(statement))
        except DuplicateKeyError:
            return

    async def by_id(self, id: StatementId) -> Statement | None:
        """The statement of this id."""
        found = await self._statements.find_one({"_id": id})
        return _statement(found) if found else None

    async def newest(self, owner_id: str, before: str | None = None) -> Statement | None:
        """An owner's statement of the latest period, or of the latest one before a period."""
        wanted: Document = {"owner_id": owner_id}
        if before is not None:
            wanted["period"] = {"$lt": before}
        found = self._statements.find(wanted).sort("period", DESCENDING)
        return next((_statement(one) for one in await found.limit(1).to_list(1)), None)

    async def of_owner(self, owner_id: str, request: PageRequest) -> Page[Statement]:
        """An owner's statements, the latest period first."""
        wanted, order = {"owner_id": owner_id}, [("period", DESCENDING)]
        return await page(self._statements, wanted, order, request, OF_OWNER, _statement)

    async def of_period(self, period: str, request: PageRequest) -> Page[Statement]:
        """All owners' statements of a period, by owner."""
        wanted, order = {"period": period}, [("owner_id", ASCENDING)]
        return await page(self._statements, wanted, order, request, OF_PERIOD, _statement)

    async def newest_run(self) -> SettlementRun | None:
        """The run of the largest number."""
        return next(iter(await self.runs()), None)

    async def begin(self, run: SettlementRun) -> None:
        """Write a run down; Conflict where there is one of its number."""
        try:
            await self._runs.insert_one(to_document(run, key="number"))
        except DuplicateKeyError:
            raise Conflict(
                "Somebody else has begun to settle another period; look at it and repeat.",
                field=["period"],
            ) from None

    async def adopt(self) -> None:
        """Let lines that were booked before this version of the service be in one.

        They named the accounts whose lines were in no statement as `unstated`, or none at all.
        """
        while old := await self._journals.find({"statable": None}).to_list(ADOPTED_AT_ONCE):
            writes = []
            for one in old:
                accounts = statable(one["accounts"])
                late = one.get("unstated", accounts)
                change: Document = {"$set": {"statable": accounts}, "$unset": {"unstated": ""}}
                if late:
                    change["$set"]["late"] = late
                writes.append(UpdateOne({"_id": one["_id"], "statable": None}, change))
            await self._journals.bulk_write(writes, ordered=False)

    async def finish(self, run: SettlementRun) -> None:
        """Note that a run is done; one that is stays as it is."""
        await self._runs.update_one(
            {"_id": run.number, "done_at": None},
            {"$set": {"done_at": run.done_at, "statements": run.statements, "total": run.total}},
        )

    async def runs(self) -> Sequence[SettlementRun]:
        """All runs, the newest first."""
        found = await self._runs.find({}).to_list(None)
        runs = [from_document(SettlementRun, one, key="number") for one in found]
        return sorted(runs, key=lambda run: -run.number)

    async def summed(self, account: Account, since: datetime, until: datetime) -> LinesTotal:
        """What changed an account in a time."""
        wanted: Document = {"statable": account, "at": {"$gte": since, "$lt": until}}
        counted = self._journals.aggregate(
            [
                {"$match": wanted},
                {"$unwind": "$lines"},
                {"$match": {"lines.account": account}},
                {"$group": {"_id": None, "entries": {"$sum": 1}, "fen": {"$sum": "$lines.amount"}}},
            ]
        )
        return _summed(await counted.to_list(None))

    async def totals(self, period: str) -> LinesTotal:
        """How many statements a period has, and what all of them come to."""
        counted = self._statements.aggregate(
            [
                {"$match": {"period": period}},
                {"$group": {"_id": None, "entries": {"$sum": 1}, "fen": {"$sum": "$total"}}},
            ]
        )
        return _summed(await counted.to_list(None))

    async def dispute(self, id: str) -> Dispute | None:
        """The dispute of this id."""
        found = await self._disputes.find_one({"_id": id})
        return _dispute(found) if found else None

    async def disputes_of(self, statement_id: StatementId) -> Sequence[Dispute]:
        """What is objected to in a statement, by id."""
        found = await self._disputes.find({"statement_id": statement_id}).to_list(None)
        return sorted((_dispute(one) for one in found), key=lambda one: one.id)

    async def open_disputes(self, request: PageRequest) -> Page[Dispute]:
        """What nobody has answered, the oldest first."""
        wanted = {"answered_at": None}
        order = [("opened_at", ASCENDING), ("_id", ASCENDING)]
        return await page(self._disputes, wanted, order, request, OPEN_DISPUTES, _dispute)

    async def save_dispute(self, dispute: Dispute, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""
        await save_version(self._disputes, to_document(dispute), expected=expected)


def _statement(document: Document) -> Statement:
    return from_document(Statement, document)


def _dispute(document: Document) -> Dispute:
    return from_document(Dispute, document)


def _summed(found: Sequence[Document]) -> LinesTotal:
    [sums] = found or [{"entries": 0, "fen": 0}]
    return LinesTotal(entries=sums["entries"], total=Fen(sums["fen"]))
