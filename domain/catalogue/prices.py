"""What a SKU costs, as a function of time.

A price is never switched by a job: every process holds the same list of moments and amounts, and
computes the price from a request's own moment, so that all of them flip at one instant.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

from domain.kernel.money import Fen

PriceChangeId = NewType("PriceChangeId", str)

# A million yuan; more than that is a slip of the keys.
MOST_FEN = 100_000_000
ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An amount with what it is compared to, and the moment since when it holds."""

    amount: Fen
    compare_at: Fen | None = None
    since: datetime | None = None

    @property
    def begins(self) -> datetime:
        """The moment since when it holds; one without a moment has always held."""
        return self.since or ALWAYS

    def same_amounts(self, other: "Price") -> bool:
        """Whether a buyer would see no difference."""
        return (self.amount, self.compare_at) == (other.amount, other.compare_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """What a price change sets for one SKU."""

    sku: str
    amount: Fen
    compare_at: Fen | None = None

    def price(self, *, since: datetime) -> Price:
        """The price from the moment when the change takes effect."""
        return Price(amount=self.amount, compare_at=self.compare_at, since=since)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """New prices of some SKUs that take effect together at one moment."""

    id: PriceChangeId
    name: str
    effective_at: datetime
    lines: tuple[PriceLine, ...]
    created_by: str
    created_at: datetime
    cancelled_at: datetime | None = None
    version: int = 1


class Timeline:
    """One SKU's prices in the order in which they begin."""

    __slots__ = ("_begins", "_prices")

    def __init__(self, prices: Iterable[Price]) -> None:
        # Of two that begin together the later one in the list counts: sorting is stable.
        self._prices: Sequence[Price] = sorted(prices, key=lambda price: price.begins)
        self._begins = [price.begins for price in self._prices]

    def at(self, now: datetime) -> Price:
        """The price that holds at a moment; before the first one begins, that first one."""
        return self._prices[max(0, bisect_right(self._begins, now) - 1)]
