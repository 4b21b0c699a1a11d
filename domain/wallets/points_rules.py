"""The rules of points: what a yuan earns, when it can be spent, how long, and what it pays."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel.moments import BEGINNING
from domain.kernel.money import Fen
from domain.kernel.within import Within

EARNED_PER_YUAN = Within(0, 100)
RETURN_DAYS = Within(0, 60)
MONTHS = Within(1, 36)
FOR_A_YUAN = Within(1, 10_000)
MOST_PERCENT = Within(0, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTerms:
    """What head office says of points.

    A yuan paid earns `earned_per_yuan`, which can be spent `return_days` after the goods have left
    a store, and lapse at the end of the last of `months`, that of the payment included.
    `for_a_yuan` of them pay a yuan, of at most `most_percent` of an order's goods.
    """

    earned_per_yuan: int = 1
    return_days: int = 7
    months: int = 12
    for_a_yuan: int = 100
    most_percent: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRule:
    """One version of the terms; whatever it made is reversed by what it made, never by a newer."""

    version: int = 0
    terms: PointsTerms = PointsTerms()
    set_at: datetime = BEGINNING
    set_by: str = ""

    def earned(self, paid: Fen, percent: int) -> int:
        """How many points a payment earns, at so many percent of the rate; rounded down."""
        return paid * self.terms.earned_per_yuan * percent // 10_000

    def worth(self, points: int) -> Fen:
        """What points pay; rounded down."""
        return Fen(points * 100 // self.terms.for_a_yuan)

    @property
    def returnable(self) -> timedelta:
        """How long goods may come back."""
        return timedelta(days=self.terms.return_days)


def checked(terms: PointsTerms) -> PointsTerms:
    """The terms, or Invalid by each field that lies outside what it may be."""
    EARNED_PER_YUAN.read(terms.earned_per_yuan, ["input", "earnedPerYuan"])
    RETURN_DAYS.read(terms.return_days, ["input", "returnDays"])
    MONTHS.read(terms.months, ["input", "months"])
    FOR_A_YUAN.read(terms.for_a_yuan, ["input", "forAYuan"])
    MOST_PERCENT.read(terms.most_percent, ["input", "mostPercent"])
    return terms
