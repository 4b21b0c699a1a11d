"""What pieces that come back are worth: in the end what was paid for them, to the fen.

Two policies, one of them written with an order when it is placed:

- KEEP: each piece gives back what was paid for it. What was taken off a line is spread over its
  pieces by cumulative rounding, so that all pieces together give back all of it in any order.
- RECHECK: what is kept is priced again by the very rules of the order, and what was paid beyond
  that comes back, at least nothing. With the last piece the rest does.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from domain.catalogue.catalogue import Sku
from domain.kernel.money import Fen


class RefundPolicy(StrEnum):
    """Whether what is kept must still reach the thresholds of the order."""

    KEEP = "KEEP"
    RECHECK = "RECHECK"


def part_of(amount: Fen, pieces: int, *, before: int, count: int) -> Fen:
    """The share of some of a line's pieces in an amount, after so many had theirs.

    By cumulative rounding: whatever the parts, together they are the amount.
    """
    return Fen(amount * (before + count) // pieces - amount * before // pieces)


def kept_refund(
    paid: Mapping[Sku, tuple[Fen, int]], returned: Mapping[Sku, int], returning: Mapping[Sku, int]
) -> dict[Sku, Fen]:
    """What pieces are worth under KEEP; `paid` is each line's amount and number of pieces."""
    return {
        sku: part_of(*paid[sku], before=returned.get(sku, 0), count=count)
        for sku, count in returning.items()
    }


def rechecked_refund(paid: Fen, refunded: Iterable[Fen], remaining: Fen) -> Fen:
    """What comes back under RECHECK, where what is kept costs `remaining` by the order's rules."""
    return Fen(max(0, paid - sum(refunded) - remaining))
