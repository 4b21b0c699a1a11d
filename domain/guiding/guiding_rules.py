"""The rules of guides' work: how long coins last, and how often guides are reminded."""

from dataclasses import dataclass
from datetime import datetime

from domain.kernel.moments import BEGINNING
from domain.kernel.within import Within

COIN_MONTHS = Within(1, 36)
REMINDERS_A_DAY = Within(0, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidingTerms:
    """What head office says of guides' work.

    Coins lapse at the end of the last of `coin_months`, that in which they came in included.
    A guide is reminded of tasks `reminders_a_day` times at most.
    """

    coin_months: int = 12
    reminders_a_day: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidingRule:
    """One version of the terms."""

    version: int = 0
    terms: GuidingTerms = GuidingTerms()
    set_at: datetime = BEGINNING
    set_by: str = ""


def checked_terms(terms: GuidingTerms) -> GuidingTerms:
    """The terms, or Invalid by each field that lies outside what it may be."""
    COIN_MONTHS.read(terms.coin_months, ["input", "coinMonths"])
    REMINDERS_A_DAY.read(terms.reminders_a_day, ["input", "remindersADay"])
    return terms
