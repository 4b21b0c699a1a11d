"""Money in integer fen (1 yuan = 100 fen); there are no fractions to lose."""

from collections.abc import Sequence
from typing import NewType

Fen = NewType("Fen", int)

# The largest integer of GraphQL, and so the largest sum that can be asked for and paid at once.
MOST_SUM = Fen(2**31 - 1)
NOTHING = Fen(0)


def yuan(amount: Fen) -> str:
    """Write an amount as people read it: ¥1,299, or ¥12.50 where there are odd fen."""
    whole, odd = divmod(abs(amount), 100)
    sign = "-" if amount < 0 else ""
    return f"{sign}¥{whole:,}" + (f".{odd:02d}" if odd else "")


def part_of(amount: Fen, pieces: int, *, before: int, count: int) -> Fen:
    """The share of some of a line's pieces in an amount, after so many of them had theirs.

    By cumulative rounding: in whatever parts all pieces come, their shares sum exactly to it.
    """
    return Fen(amount * (before + count) // pieces - amount * before // pieces)


def split(amount: Fen, weights: Sequence[int]) -> list[Fen]:
    """Divide an amount by weights so that the shares sum exactly to it.

    The largest remainder gets each left-over fen, the earlier share first. Weights are whole
    numbers of at least 0 with a positive sum; anything else is a ValueError.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must be at least 0 and sum to more than 0")
    shares = [amount * weight // total for weight in weights]
    remainders = [amount * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -remainders[i])
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return [Fen(share) for share in shares]
