"""Levels: what a member has spent over twelve months, and what that makes of them.

Up at once, down only when a period is over: whoever reaches a level keeps it for the twelve months
after that month; then what they spent in the twelve months before decides. Points that pay a part
of an order are no spending, and what is paid back counts off the month in which it was paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.moments import BEGINNING
from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within

MOST_LEVELS = 10
LONGEST_NAME = 40
THRESHOLD = Within(0, 2**31 - 1)
PERCENT = Within(0, 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLevel:
    """One level: from which spending on, and what percent of the usual points it earns."""

    code: str
    name: str
    from_fen: Fen
    points_percent: int = 100


BASE = MemberLevel(code="base", name="会员", from_fen=Fen(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRules:
    """One version of the levels, the lowest first; that one is everybody's."""

    version: int = 0
    levels: tuple[MemberLevel, ...] = (BASE,)
    set_at: datetime = BEGINNING
    set_by: str = ""

    def reached(self, spent: Fen) -> MemberLevel:
        """The highest level that so much spending reaches."""
        return [one for one in self.levels if one.from_fen <= max(spent, 0)][-1]

    def rank(self, code: str) -> int:
        """How high a level is; one that is no more is the lowest."""
        codes = [one.code for one in self.levels]
        return codes.index(code) if code in codes else 0

    def level(self, code: str) -> MemberLevel:
        """The level of a code; the lowest for one that is no more."""
        return self.levels[self.rank(code)]


def checked_levels(levels: Sequence[MemberLevel]) -> tuple[MemberLevel, ...]:
    """The levels, or Invalid: the first from 0 on, each higher than the one before."""
    field = ["input", "levels"]
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise Invalid(f"Write 1 to {MOST_LEVELS} levels.", field=field)
    for number, one in enumerate(levels):
        path = [*field, str(number)]
        THRESHOLD.read(one.from_fen, [*path, "fromFen"])
        PERCENT.read(one.points_percent, [*path, "pointsPercent"])
        if not (1 <= len(one.code) <= LONGEST_NAME and 1 <= len(one.name) <= LONGEST_NAME):
            raise Invalid(f"Write 1 to {LONGEST_NAME} characters.", field=[*path, "name"])
    thresholds = [one.from_fen for one in levels]
    if thresholds[0] != 0 or sorted(set(thresholds)) != thresholds:
        raise Invalid("The first level is from 0 on, each other from more on.", field=field)
    if len({one.code for one in levels}) < len(levels):
        raise Invalid("Each level has a code of its own.", field=field)
    return tuple(levels)
