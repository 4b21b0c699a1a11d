"""What a credited order earns its guide, and what refunds take back of it."""

from dataclasses import dataclass
from datetime import datetime

from domain.kernel.money import Fen, split

# 5 % of what the buyer keeps.
RATE_PERMILLE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionEntry:
    """One line of an order's commission: earned, or below 0 taken back; `cause` is an id."""

    amount: Fen
    cause: str
    at: datetime


def commission(kept: Fen) -> Fen:
    """The commission on what was paid and not given back; the odd fen goes by largest remainder."""
    return split(kept, [RATE_PERMILLE, 1000 - RATE_PERMILLE])[0]


def adjusted(
    entries: tuple[CommissionEntry, ...], kept: Fen, *, cause: str, at: datetime
) -> tuple[CommissionEntry, ...]:
    """The entries with one more, so that they sum exactly to what is due; none where they do."""
    due = commission(kept) - sum(entry.amount for entry in entries)
    if not due:
        return entries
    return (*entries, CommissionEntry(amount=Fen(due), cause=cause, at=at))
