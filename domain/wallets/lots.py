"""Lots: units that lapse together, at the end of one month in China."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel.days import month_ends

# What comes back to a lot that has lapsed meanwhile can be used for so long, to the month's end.
GRACE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Units under a key, which is the month of a lot such as `2027-11`, or what they belong to."""

    key: str
    units: int


Portions = tuple[Portion, ...]


def lapsed(month: str, at: datetime) -> bool:
    """Whether a lot can't be used at a moment."""
    return month_ends(month) <= at


def usable(lots: Portions, at: datetime) -> int:
    """How many units can be used at a moment, whether what lapsed is booked or not."""
    return sum(lot.units for lot in lots if not lapsed(lot.key, at))


def soonest_first(lots: Portions, units: int, at: datetime) -> Portions | None:
    """Which lots so many units are taken from; None where there are not that many to use."""
    return taken([lot for lot in lots if not lapsed(lot.key, at)], units)


def taken(lots: Iterable[Portion], units: int) -> Portions | None:
    """So many units of lots, the first lot first; None where there are not that many."""
    shares = []
    for lot in lots:
        if part := min(lot.units, units):
            shares.append(Portion(key=lot.key, units=part))
            units -= part
    return None if units else tuple(shares)


def section(shares: Sequence[Portion], after: int, units: int) -> Portions:
    """So many of the units that were taken, after so many; those that lapse last come first."""
    found = []
    for share in reversed(shares):
        part = min(max(0, share.units - after), units)
        after = max(0, after - share.units)
        if part:
            found.append(Portion(key=share.key, units=part))
            units -= part
    return tuple(found)


def total(shares: Iterable[Portion]) -> int:
    """All units of some shares."""
    return sum(share.units for share in shares)


def summed(*several: Iterable[Portion]) -> Portions:
    """One share for each key that has any units in the end, by key."""
    counted: Counter[str] = Counter()
    for shares in several:
        for share in shares:
            counted[share.key] += share.units
    return tuple(Portion(key=key, units=counted[key]) for key in sorted(counted) if counted[key])


def negative(shares: Iterable[Portion]) -> Portions:
    """The same units taken away."""
    return tuple(Portion(key=share.key, units=-share.units) for share in shares)
