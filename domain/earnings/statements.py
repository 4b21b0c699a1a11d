"""Statements: what became payable to one owner in a period, entry by entry, closed for good.

A statement has what was booked for its owner since the period of the one before it ended, and what
came late for that. The entries are taken in parts, in order of their moments. A part is written
under the number after the last one, and only if there is none of that number; the last part is
empty. So whoever is cut short, or comes at the same time, goes on where the parts are, no entry is
in two of them, and none comes in when the last one is there.

Whoever writes a journal looks afterwards whether its month is settled or being settled, and marks
it as late then. What is marked may be in a statement all the same, which is looked up; what is not
was there before the run began, and is found by it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from domain.earnings.journals import Account, Journal, JournalId
from domain.kernel.days import month_ends, month_of
from domain.kernel.moments import BEGINNING
from domain.kernel.money import NOTHING, Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.people.act import Act

StatementId = NewType("StatementId", str)

PART = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One line of a journal, under the journal's id."""

    id: JournalId
    order_id: str | None
    cause: str
    at: datetime
    amount: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A closed period of one owner: what they had before, what came and went, what they have.

    Its entries lie in `parts`. `hash` is of all that it says and of the hash of the one before.
    """

    id: StatementId
    owner_id: str
    period: str
    opening: Fen
    total: Fen
    entries: int
    parts: int
    before: str
    hash: str
    closed_at: datetime

    @property
    def account(self) -> Account:
        """Whose it is."""
        return Account(f"owner:{self.owner_id}:payable")

    @property
    def closing(self) -> Fen:
        """What the owner has at the end of it."""
        return Fen(self.opening + self.total)


class StatementBook(Protocol):
    """The statements, and the journals that are to be in one."""

    async def between(
        self,
        account: Account,
        since: datetime,
        until: datetime,
        after: StatementEntry | None,
        most: int,
    ) -> Sequence[Journal]:
        """Journals that changed an account in a time, by moment and id, from after an entry on."""

    async def late(self, account: Account, until: datetime) -> Sequence[Journal]:
        """Journals of before a moment that were written when their month was being settled."""

    async def mark_stated(self, account: Account, ids: Sequence[JournalId]) -> None:
        """Note that the account's lines of late journals are in a statement."""

    async def add_part(
        self, id: StatementId, number: int, entries: Sequence[StatementEntry]
    ) -> Sequence[StatementEntry]:
        """Write a part down, or else answer the one of this number that is there and stays."""

    async def part(self, id: StatementId, number: int) -> Sequence[StatementEntry] | None:
        """A part; None where there is none of this number."""

    async def add(self, statement: Statement) -> None:
        """Write a statement down; one that is there stays."""

    async def by_id(self, id: StatementId) -> Statement | None:
        """The statement of this id."""

    async def newest(self, owner_id: str, before: str | None = None) -> Statement | None:
        """An owner's statement of the latest period, or of the latest one before a period."""

    async def of_owner(self, owner_id: str, request: PageRequest) -> Page[Statement]:
        """An owner's statements, the latest period first."""

    async def of_period(self, period: str, request: PageRequest) -> Page[Statement]:
        """All owners' statements of a period, by owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPorts(Ports):
    """What statements need."""

    statements: StatementBook


async def close_statement(
    ports: StatementPorts, act: Act, account: Account, period: str
) -> Statement | None:
    """Close a period of one owner's account; done again, it is the same one.

    None where nothing came or went and there was nothing before.
    """
    book, owner_id = ports.statements, owner_of(account)
    statement = statement_id(owner_id, period)
    if known := await book.by_id(statement):
        return known
    before = await book.newest(owner_id)
    parts = await _take_parts(ports, act, account, statement, before, month_ends(period))
    entries = [one for part in parts for one in part]
    opening = before.closing if before else NOTHING
    if not entries and not opening:
        return None
    chain = before.hash if before else ""
    await book.add(
        Statement(
            id=statement,
            owner_id=owner_id,
            period=period,
            opening=opening,
            total=Fen(sum(one.amount for one in entries)),
            entries=len(entries),
            parts=len(parts),
            before=chain,
            hash=hash_of(statement, opening, chain, entries),
            closed_at=act.at,
        )
    )
    closed = await book.by_id(statement)
    until = month_ends(period)
    if late := {one.id for one in await book.late(account, until)}:
        still = {one.id for one in await late_for(ports, act, account, closed, until)}
        await book.mark_stated(account, sorted(late - still))
    return closed


async def late_for(
    ports: StatementPorts, act: Act, account: Account, before: Statement | None, until: datetime
) -> list[Journal]:
    """Journals of an account that came too late for the statement of their month, by moment."""
    since = begins_at(before)
    late = [one for one in await ports.statements.late(account, until) if one.at < since]
    stated = set[JournalId]()
    first = min((month_of(one.at) for one in late), default="")
    while late and before is not None and before.period >= first:
        stated |= {one.id for one in await entries_of(ports, act, before)}
        before = await ports.statements.newest(before.owner_id, before.period)
    # What was late for one statement is in a later one.
    return sorted((one for one in late if one.id not in stated), key=_by_moment)


def begins_at(before: Statement | None) -> datetime:
    """From when on what is booked is in the statement after one, the first one of all for None."""
    return month_ends(before.period) if before else BEGINNING


async def entries_of(ports: StatementPorts, act: Act, statement: Statement) -> list[StatementEntry]:
    """All entries of a statement, oldest first within each part."""
    found: list[StatementEntry] = []
    for number in range(statement.parts):
        found += await ports.statements.part(statement.id, number) or ()
    return found


def hash_of(id: StatementId, opening: Fen, before: str, entries: Sequence[StatementEntry]) -> str:
    """The SHA-256 of what a statement says; two that say the same have the same."""
    said = [
        [one.id, one.order_id, one.cause, one.at.isoformat(timespec="milliseconds"), one.amount]
        for one in entries
    ]
    text = json.dumps([id, opening, before, said], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def statement_id(owner_id: str, period: str) -> StatementId:
    """The id of an owner's statement of a period."""
    return StatementId(f"{owner_id}:{period}")


def owner_of(account: Account) -> str:
    """Whose an account is: of `owner:O1:payable`, O1."""
    return account.removeprefix("owner:").rpartition(":")[0]


async def _take_parts(
    ports: StatementPorts,
    act: Act,
    account: Account,
    id: StatementId,
    before: Statement | None,
    until: datetime,
) -> list[Sequence[StatementEntry]]:
    """Put what is to be stated into parts until there is nothing more; answer all of them."""
    book, since = ports.statements, begins_at(before)
    taken: list[Sequence[StatementEntry]] = []
    late = await late_for(ports, act, account, before, until)
    while True:
        part = await book.part(id, len(taken))
        if part is None:
            has = {one.id for found in taken for one in found if one.at < since}
            last = taken[-1][-1] if taken and taken[-1][-1].at >= since else None
            journals: Sequence[Journal] = [one for one in late if one.id not in has][:PART]
            if last or not journals:
                journals = await book.between(account, since, until, last, PART)
            entries = [_entry(one, account) for one in journals]
            part = await book.add_part(id, len(taken), entries)
        if not part:
            return taken
        taken.append(part)


def _by_moment(one: Journal) -> tuple[datetime, str]:
    return one.at, one.id


def _entry(journal: Journal, account: Account) -> StatementEntry:
    [amount] = (line.amount for line in journal.lines if line.account == account)
    return StatementEntry(
        id=journal.id,
        order_id=journal.order_id,
        cause=journal.cause,
        at=journal.at,
        amount=amount,
    )
