"""The rules of guides' work: how long coins last."""

from dataclasses import dataclass
from datetime import datetime

from domain.kernel.moments import BEGINNING
from domain.kernel.within import Within

COIN_MONTHS = Within(1, 36)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidingTerms:
    """What head office says of guides' work.

    Coins lapse at the end of the last of `coin_months`, that in which they came in included.
    """

    coin_months: int = 12


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
    return terms
