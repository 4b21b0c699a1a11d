"""The ledger: journals that sum to zero, and accounts whose balances are the sums of their lines.

A figure above 0 is what an account has a right to. The provider's is below 0: it holds the money
of all others. A journal never changes; a mistake is mended by another one that takes it back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.apply_once import Ledger, Posting, apply_all, finish_open
from domain.kernel.days import beijing_day
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.people.act import Act

Account = NewType("Account", str)
JournalId = NewType("JournalId", str)

BALANCE = "fen"
EARNED = "fen"


class AccountKind(StrEnum):
    """What an account is for; those of owners and guides are many."""

    PROVIDER = "PROVIDER"
    BRAND = "BRAND"
    OPEN = "OPEN"
    PAID_OUT = "PAID_OUT"
    FEE = "FEE"
    OWNER_PENDING = "OWNER_PENDING"
    OWNER_PAYABLE = "OWNER_PAYABLE"
    GUIDE_PENDING = "GUIDE_PENDING"
    GUIDE_PAYABLE = "GUIDE_PAYABLE"


PROVIDER, BRAND, OPEN = Account("provider"), Account("brand"), Account("open")
PAID_OUT, FEE = Account("paid_out"), Account("fee")


def kind_of_account(account: Account) -> AccountKind:
    """What an account is for, by its name: `owner:O1:pending`."""
    first, _, rest = account.partition(":")
    return AccountKind(f"{first}_{rest.rpartition(':')[2]}".upper() if rest else first.upper())


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """What one account gets, or below 0 gives."""

    account: Account
    amount: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """One balanced booking, under the id of what it follows from; `cause` is what happened.

    One that `reverses` another takes exactly its lines back. Lines that do not sum to 0, or name
    an account twice, are a ValueError.
    """

    id: JournalId
    order_id: str | None
    cause: str
    at: datetime
    lines: tuple[JournalLine, ...]
    reverses: JournalId | None = None
    actor_id: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what does not balance."""
        if sum(line.amount for line in self.lines) != 0:
            raise ValueError(f"journal {self.id} does not sum to 0")
        if len({line.account for line in self.lines}) != len(self.lines):
            raise ValueError(f"journal {self.id} names an account twice")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """What an account has, once all of its lines are in it."""

    account: Account
    balance: Fen


class Journals(Protocol):
    """The journals and the balances that they come to."""

    async def write(self, journals: Sequence[Journal]) -> None:
        """Write journals down; one that is there stays as it was."""

    async def by_id(self, id: JournalId) -> Journal | None:
        """The journal of this id."""

    async def of_account(self, account: Account, request: PageRequest) -> Page[Journal]:
        """The journals that changed an account, the newest first."""

    async def balances(self, accounts: Sequence[Account]) -> Sequence[AccountBalance]:
        """What those accounts have that were ever booked on."""

    async def accounts(self, kind: AccountKind, request: PageRequest) -> Page[AccountBalance]:
        """The accounts of one kind, by name."""

    async def sum_of(self, kind: AccountKind) -> Fen:
        """What all accounts of one kind have together."""

    async def in_flight(self) -> int:
        """How many lines are written down and not in their balances for certain, or the reverse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPorts(Ports):
    """What the ledger needs.

    A line of `lines` is a change of an account's balance, one of `counts` of what a guide earned in
    a day or a month.
    """

    journals: Journals
    lines: Ledger[Posting]
    counts: Ledger[Posting]


async def post_journals(ports: LedgerPorts, act: Act, journals: Sequence[Journal]) -> None:
    """Write journals down and change the balances; done again, it changes nothing."""
    written = [one for one in journals if one.lines]
    if not written:
        return
    await ports.journals.write(written)
    await apply_all(ports.lines, [posting(one, line) for one in written for line in one.lines])
    await count_journals(ports, act, written)


async def count_journals(ports: LedgerPorts, act: Act, journals: Sequence[Journal]) -> None:
    """Add journals to what guides earned by day and month; done again, it changes nothing."""
    await apply_all(ports.counts, [count for one in journals for count in counts_of(one)])


async def finish_postings(ports: LedgerPorts, act: Act) -> None:
    """Finish lines and counts that a crash has cut short."""
    await finish_open(ports.lines, act.at)
    await finish_open(ports.counts, act.at)


def counts_of(journal: Journal) -> Iterator[Posting]:
    """What a journal adds to what guides earned in its day and its month in China.

    What becomes payable was earned when it was pending.
    """
    earned: dict[str, int] = {}
    for line in journal.lines:
        kind, _, rest = line.account.partition(":")
        if kind == "guide":
            guide_id = rest.rpartition(":")[0]
            earned[guide_id] = earned.get(guide_id, 0) + line.amount
    day = beijing_day(journal.at).isoformat()
    for guide_id, fen in earned.items():
        for period in (day, day[:7]) if fen else ():
            yield Posting(
                id=f"{journal.id}|{guide_id}|{period}",
                target=f"{period}|{guide_id}",
                at=journal.at,
                add={EARNED: fen},
                put={"period": period, "guide_id": guide_id},
            )


def posting(journal: Journal, line: JournalLine) -> Posting:
    """A line as a change of its account, under an id of its own."""
    return Posting(
        id=f"{journal.id}|{line.account}",
        target=line.account,
        at=journal.at,
        add={BALANCE: line.amount},
        put={"kind": kind_of_account(line.account)},
    )
