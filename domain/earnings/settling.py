"""Settling a period: looking at what would be stated, closing it for every owner, objecting."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from domain.earnings.journals import Account, AccountKind, JournalId, Journals
from domain.earnings.statements import (
    Statement,
    StatementEntry,
    StatementId,
    StatementPorts,
    begins_at,
    close_statement,
    entries_of,
    late_for,
    owner_of,
)
from domain.kernel.days import month_ends
from domain.kernel.each import each
from domain.kernel.lines import read_line
from domain.kernel.money import NOTHING, Fen
from domain.kernel.paging import Page, PageRequest, every_page
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState
from domain.network.directory import DirectorySource
from domain.people.act import Act

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRun:
    """The closing of one period for all owners; each begins when the one before it is done."""

    number: int
    period: str
    begun_at: datetime
    begun_by: str
    done_at: datetime | None = None
    statements: int = 0
    total: Fen = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesTotal:
    """How many lines or statements there are, and what they come to."""

    entries: int
    total: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedStatement:
    """What the statement of an owner would say if the period were closed now."""

    owner_id: str
    opening: Fen
    entries: int
    total: Fen

    @property
    def closing(self) -> Fen:
        """What the owner would have at the end of it."""
        return Fen(self.opening + self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What an owner says is wrong with a statement, or one entry of it, and what was answered.

    The statement stays as it is: what is put right comes as a journal, and into the next one.
    """

    id: str
    statement_id: StatementId
    owner_id: str
    entry_id: JournalId | None
    reason: str
    opened_at: datetime
    opened_by: str
    upheld: bool | None = None
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: str | None = None
    version: int = 1


class Settlements(Protocol):
    """The runs, what is not stated yet, and what is objected to."""

    async def newest_run(self) -> SettlementRun | None:
        """The run of the largest number."""

    async def begin(self, run: SettlementRun) -> None:
        """Write a run down; Conflict where there is one of its number."""

    async def adopt(self) -> None:
        """Let lines that were booked before this version of the service be in one."""

    async def finish(self, run: SettlementRun) -> None:
        """Note that a run is done; one that is stays as it is."""

    async def runs(self) -> Sequence[SettlementRun]:
        """All runs, the newest first."""

    async def summed(self, account: Account, since: datetime, until: datetime) -> LinesTotal:
        """What changed an account in a time."""

    async def totals(self, period: str) -> LinesTotal:
        """How many statements a period has, and what all of them come to."""

    async def dispute(self, id: str) -> Dispute | None:
        """The dispute of this id."""

    async def disputes_of(self, statement_id: StatementId) -> Sequence[Dispute]:
        """What is objected to in a statement, by id."""

    async def open_disputes(self, request: PageRequest) -> Page[Dispute]:
        """What nobody has answered, the oldest first."""

    async def save_dispute(self, dispute: Dispute, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlingPorts(Ports):
    """What settling needs."""

    closing: StatementPorts
    settlements: Settlements
    journals: Journals
    directory: DirectorySource


async def preview_settlement(
    ports: SettlingPorts, act: Act, period: str, request: PageRequest
) -> Page[PreviewedStatement]:
    """What the statements of a period would say if it were closed now, by owner."""
    act.viewer.require("settlement.run")
    until = month_ends(read_period(period))
    _require_open(await ports.settlements.newest_run(), period)
    accounts = await ports.journals.accounts(AccountKind.OWNER_PAYABLE, request)
    shown = {
        one.account: await _previewed(ports, act, one.account, until) for one in accounts.items
    }
    return accounts.map(lambda one: shown[one.account])


async def run_settlement(ports: SettlingPorts, act: Act, period: str) -> SettlementRun:
    """Close a period for all owners, in the background; begun again, it is the same run."""
    act.viewer.require("settlement.run")
    if act.at < month_ends(read_period(period)):
        raise WrongState(f"{period} is not over yet in China; settle it then.", field=["period"])
    newest = await ports.settlements.newest_run()
    if newest is not None and newest.period == period:
        return newest
    _require_open(newest, period)
    if newest is not None and newest.done_at is None:
        raise WrongState(
            f"{newest.period} is being settled; begin when that is done.", field=["period"]
        )
    number = newest.number + 1 if newest else 1
    run = SettlementRun(number=number, period=period, begun_at=act.at, begun_by=act.viewer.id)
    try:
        await ports.settlements.begin(run)
    except Conflict:
        newest = await ports.settlements.newest_run()
        if newest is None or newest.period != period:
            raise
        return newest
    return run


async def go_on_settling(ports: SettlingPorts, act: Act) -> None:
    """Close what is left of the run that is begun; of two who come at once, both do the same."""
    run = await ports.settlements.newest_run()
    if run is None or run.done_at is not None:
        return
    await ports.settlements.adopt()
    async for page in every_page(partial(ports.journals.accounts, AccountKind.OWNER_PAYABLE)):
        accounts = [one.account for one in page.items]
        # Who fails costs themselves alone, and leaves the run open for the next turn.
        await each(accounts, partial(_close, ports, act, run.period))
    sums = await ports.settlements.totals(run.period)
    done = replace(run, done_at=act.at, statements=sums.entries, total=sums.total)
    await ports.settlements.finish(done)


async def settlement_runs(ports: SettlingPorts, act: Act) -> Sequence[SettlementRun]:
    """All runs, the newest first."""
    act.viewer.require("settlement.run")
    return await ports.settlements.runs()


async def statements_seen(
    ports: SettlingPorts,
    act: Act,
    request: PageRequest,
    *,
    owner_id: str | None = None,
    period: str | None = None,
) -> Page[Statement]:
    """The statements of an owner, for its franchisee too, or all of a period."""
    book = ports.closing.statements
    if owner_id and not period:
        act.viewer.require("statements.see", owner=owner_id)
        return await book.of_owner(owner_id, request)
    if period and not owner_id:
        act.viewer.require("statements.see", owner=None)
        return await book.of_period(read_period(period), request)
    raise Invalid("Ask for one owner, or for one period.", field=["ownerId"])


async def statement_seen(ports: SettlingPorts, act: Act, id: str) -> Statement:
    """A statement, for whoever may see its owner's."""
    act.viewer.require("statements.see")
    found = await ports.closing.statements.by_id(StatementId(id))
    # Whose there is none is told as whose may not be seen, but to those who see all.
    owner_id = found.owner_id if found else None
    act.viewer.require("statements.see", owner=owner_id)
    if found is None:
        raise NotFound(f"There is no statement {id}; look its id up in the list.", field=["id"])
    return found


async def statement_entries(
    ports: SettlingPorts, act: Act, id: str
) -> tuple[Statement, Sequence[StatementEntry]]:
    """A statement with all of its entries."""
    found = await statement_seen(ports, act, id)
    return found, await entries_of(ports.closing, act, found)


async def disputes_of(ports: SettlingPorts, act: Act, id: str) -> Sequence[Dispute]:
    """What is objected to in a statement."""
    found = await statement_seen(ports, act, id)
    return await ports.settlements.disputes_of(found.id)


async def open_disputes(ports: SettlingPorts, act: Act, request: PageRequest) -> Page[Dispute]:
    """What nobody has answered, the oldest first."""
    act.viewer.require("dispute.answer")
    return await ports.settlements.open_disputes(request)


async def dispute_statement(
    ports: SettlingPorts, act: Act, id: str, reason: str, *, entry_id: str | None
) -> Dispute:
    """Object to a statement, or to one entry of it, once; objected to again, it is the same one."""
    found = await statement_seen(ports, act, id)
    act.viewer.require("dispute.open", owner=found.owner_id)
    said = read_line(reason, most=LONGEST_REASON, least=1, field=["reason"])
    if entry_id is not None:
        entries = await entries_of(ports.closing, act, found)
        if entry_id not in {one.id for one in entries}:
            raise NotFound(
                f"The statement has no entry {entry_id}; look its id up there.", field=["entryId"]
            )
    dispute = Dispute(
        id=f"{found.id}|{entry_id or ''}",
        statement_id=found.id,
        owner_id=found.owner_id,
        entry_id=JournalId(entry_id) if entry_id else None,
        reason=said,
        opened_at=act.at,
        opened_by=act.viewer.id,
    )
    try:
        await ports.settlements.save_dispute(dispute, expected=0)
    except Conflict:
        known = await ports.settlements.dispute(dispute.id)
        if known is None or known.reason != said:
            raise WrongState(
                "This is disputed already; wait for the answer.", field=["id"]
            ) from None
        return known
    return dispute


async def answer_dispute(
    ports: SettlingPorts, act: Act, id: str, answer: str, *, upheld: bool
) -> Dispute:
    """Answer a dispute, once; what is put right comes as a journal, and into the next statement."""
    act.viewer.require("dispute.answer")
    said = read_line(answer, most=LONGEST_REASON, least=1, field=["answer"])
    found = await ports.settlements.dispute(id)
    if found is None:
        raise NotFound(f"There is no dispute {id}; look its id up in the list.", field=["id"])
    if found.answered_at is not None:
        if (found.answer, found.upheld) == (said, upheld):
            return found
        raise WrongState("It was answered already; the answer stands.", field=["id"])
    done = replace(
        found,
        upheld=upheld,
        answer=said,
        answered_at=act.at,
        answered_by=act.viewer.id,
        version=found.version + 1,
    )
    await ports.settlements.save_dispute(done, expected=found.version)
    return done


def read_period(period: str) -> str:
    """A month such as 2026-10, or Invalid."""
    year, dash, month = period.partition("-")
    numbers = (year + month).isascii() and (year + month).isdecimal()
    if not (dash and numbers and len(year) == 4 and len(month) == 2):
        raise Invalid("Write a month such as 2026-10.", field=["period"])
    if not (1900 <= int(year) <= 2999 and 1 <= int(month) <= 12):
        raise Invalid("Write a month such as 2026-10.", field=["period"])
    return period


def _require_open(newest: SettlementRun | None, period: str) -> None:
    if newest is not None and newest.period >= period:
        raise WrongState(
            f"{newest.period} is settled; what comes late for {period} is in the next statement.",
            field=["period"],
        )


async def _previewed(
    ports: SettlingPorts, act: Act, account: Account, until: datetime
) -> PreviewedStatement:
    owner_id = owner_of(account)
    before = await ports.closing.statements.newest(owner_id)
    in_time = await ports.settlements.summed(account, begins_at(before), until)
    late = await late_for(ports.closing, act, account, before, until)
    amounts = [line.amount for one in late for line in one.lines if line.account == account]
    return PreviewedStatement(
        owner_id=owner_id,
        opening=before.closing if before else NOTHING,
        entries=in_time.entries + len(late),
        total=Fen(in_time.total + sum(amounts)),
    )


async def _close(ports: SettlingPorts, act: Act, period: str, account: Account) -> None:
    await close_statement(ports.closing, act, account, period)
