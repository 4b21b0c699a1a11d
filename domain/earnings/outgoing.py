"""Money that leaves an account of the ledger: booked before it may, and taken back if it must."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.earnings.journals import (
    BALANCE,
    PAID_OUT,
    Account,
    Journal,
    JournalId,
    JournalLine,
    LedgerPorts,
    post_journals,
    posting,
)
from domain.kernel.apply_once import Posting, State, apply_once
from domain.kernel.money import NOTHING, Fen
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An amount that leaves an account, for `cause`, under the id of its journal."""

    id: JournalId
    account: Account
    amount: Fen
    cause: str
    at: datetime
    order_id: str | None = None

    @property
    def journal(self) -> Journal:
        """The booking by which it leaves the account."""
        lines = (
            JournalLine(account=self.account, amount=Fen(-self.amount)),
            JournalLine(account=PAID_OUT, amount=self.amount),
        )
        return Journal(
            id=self.id, order_id=self.order_id, cause=self.cause, at=self.at, lines=lines
        )

    def guarded(self, kept: Fen = NOTHING) -> Posting:
        """The account's line of it, refused where not so much more is there than is `kept`."""
        [line] = (one for one in self.journal.lines if one.account == self.account)
        return replace(posting(self.journal, line), at_least={BALANCE: self.amount + kept})

    def taken_back(self, at: datetime) -> Journal:
        """The booking by which it comes back to the account, all of it."""
        journal = self.journal
        return replace(
            journal,
            id=JournalId(f"reverse:{journal.id}"),
            cause=f"{self.cause} returned",
            at=at,
            lines=tuple(replace(one, amount=Fen(-one.amount)) for one in journal.lines),
            reverses=journal.id,
        )


async def book_out(
    ports: LedgerPorts, act: Act, outgoing: Outgoing, *, kept: Fen = NOTHING
) -> bool:
    """Book it, if the account has so much beyond what is `kept`; again, it is as the first time.

    The account's line decides: where it is refused, nothing else is ever booked.
    """
    [entry] = await apply_once(ports.lines, [outgoing.guarded(kept)])
    if entry.state is not State.APPLIED:
        return False
    await post_journals(ports, act, [outgoing.journal])
    return True
