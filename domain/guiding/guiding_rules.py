"""The rules of guides' work: how long coins last, and how often guides are reminded."""

from dataclasses import dataclass
from datetime import datetime

from domain.content.revisions import PostId
from domain.kernel.moments import BEGINNING
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.members.profiles import ChildAge

COIN_MONTHS = Within(1, 36)
REMINDERS_A_DAY = Within(0, 5)
COMING_AGES = frozenset(ChildAge) - {ChildAge.UNBORN, ChildAge.UNDER_1, ChildAge.GROWN_UP}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildPost:
    """The post for whoever has a child that comes into an age band."""

    age: ChildAge
    post_id: PostId


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidingTerms:
    """What head office says of guides' work.

    Coins lapse at the end of the last of `coin_months`, that in which they came in included.
    A guide is reminded of tasks `reminders_a_day` times at most. `child_posts` are what guides
    send to customers whose child comes into an age band; for a band without one, nothing is said.
    """

    coin_months: int = 12
    reminders_a_day: int = 2
    child_posts: tuple[ChildPost, ...] = ()


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
    ages = {one.age for one in terms.child_posts}
    if len(ages) < len(terms.child_posts) or ages - COMING_AGES:
        raise Invalid(
            "Name one post for a band, of those from 1 to 17.", field=["input", "childPosts"]
        )
    return terms
