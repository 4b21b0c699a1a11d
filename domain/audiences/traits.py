"""Traits: all that rules may ask of one member, in one small document.

What a member spent by month, their level, tags, and the segments that they are in; each change of
one of them decides anew what follows from it, in the same write.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.audiences.levels import BASE, LevelRules
from domain.kernel.days import month_ends, month_of
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.money import Fen

# Months after which what was spent decides nothing any more: a period, and the one before it.
KEPT_MONTHS = 25


class TagSource(StrEnum):
    """Who or what put a tag on."""

    MANUAL = "MANUAL"
    RULE = "RULE"
    IMPORT = "IMPORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class PutTag:
    """A tag on a member: by whom, where that is a person, for which scope, and until when."""

    code: str
    source: TagSource
    at: datetime
    by: str = ""
    scope: str = ""
    expires_at: datetime = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSpent:
    """What was paid in a month, less what was paid back of it, and in how many orders."""

    month: str
    fen: Fen
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTraits:
    """What rules know of a member.

    `segments` are ids with versions; `due_at` is when time alone changes something.
    """

    id: PersonId
    spent: tuple[MonthSpent, ...] = ()
    level: str = BASE.code
    level_until: datetime = NEVER
    last_paid_at: datetime | None = None
    tags: tuple[PutTag, ...] = ()
    segments: tuple[str, ...] = ()
    due_at: datetime = NEVER

    def spent_by(self, month: str) -> Fen:
        """What was spent in the twelve months of which one is the last."""
        first = months_before(month, 11)
        return Fen(sum(one.fen for one in self.spent if first <= one.month <= month))

    def orders_by(self, month: str) -> int:
        """In how many orders."""
        first = months_before(month, 11)
        return sum(one.orders for one in self.spent if first <= one.month <= month)

    def has(self, codes: Iterable[str], now: datetime) -> bool:
        """Whether one of some tags is on the member now."""
        wanted = set(codes)
        return any(one.code in wanted and now < one.expires_at for one in self.tags)


def months_before(month: str, count: int) -> str:
    """The month so many before one."""
    year, number = map(int, month.split("-"))
    years, number = divmod(year * 12 + number - 1 - count, 12)
    return f"{years:04d}-{number + 1:02d}"


def in_time(traits: MemberTraits, now: datetime, rules: LevelRules) -> MemberTraits:
    """The member as the clock leaves them: periods that are over decided, tags that ended off."""
    while traits.level_until <= now:
        over = traits.level_until
        before = months_before(month_of(over), 1)
        level = rules.reached(traits.spent_by(before))
        lowest = level.code == rules.levels[0].code
        until = NEVER if lowest else month_ends(months_before(month_of(over), -11))
        traits = replace(traits, level=level.code, level_until=until)
    tags = tuple(one for one in traits.tags if now < one.expires_at)
    return traits if tags == traits.tags else replace(traits, tags=tags)


def with_payment(
    traits: MemberTraits, amount: Fen, *, paid_at: datetime, rules: LevelRules, now: datetime
) -> MemberTraits:
    """The member after a payment; a level that is reached by it is theirs at once."""
    traits = in_time(traits, now, rules)
    last = traits.last_paid_at
    traits = replace(
        traits,
        spent=_with(traits, month_of(paid_at), amount, 1, now),
        last_paid_at=paid_at if last is None else max(last, paid_at),
    )
    reached = rules.reached(traits.spent_by(month_of(now)))
    if rules.rank(reached.code) > rules.rank(traits.level):
        return replace(traits, level=reached.code, level_until=month_ends(month_of(now, 12)))
    return traits


def with_refund(
    traits: MemberTraits, amount: Fen, *, paid_at: datetime, whole: bool, now: datetime
) -> MemberTraits:
    """The member after some of a payment is paid back; the level stays until its period is over."""
    orders = -1 if whole else 0
    return replace(traits, spent=_with(traits, month_of(paid_at), Fen(-amount), orders, now))


def with_tag(traits: MemberTraits, tag: PutTag) -> MemberTraits:
    """The member with a tag, which takes the place of one of the same code and source."""
    others = (one for one in traits.tags if (one.code, one.source) != (tag.code, tag.source))
    return replace(traits, tags=tuple(sorted((*others, tag), key=_place)))


def without_tag(traits: MemberTraits, code: str, sources: Iterable[TagSource]) -> MemberTraits:
    """The member without a tag, as far as it came from some sources."""
    off = set(sources)
    tags = tuple(one for one in traits.tags if one.code != code or one.source not in off)
    return replace(traits, tags=tags)


def _place(tag: PutTag) -> tuple[str, str]:
    return tag.code, tag.source


def _with(
    traits: MemberTraits, month: str, amount: Fen, orders: int, now: datetime
) -> tuple[MonthSpent, ...]:
    oldest = months_before(month_of(now), KEPT_MONTHS)
    months = {one.month: one for one in traits.spent if one.month >= oldest}
    known = months.get(month) or MonthSpent(month=month, fen=Fen(0), orders=0)
    if month >= oldest:
        months[month] = replace(known, fen=Fen(known.fen + amount), orders=known.orders + orders)
    return tuple(months[one] for one in sorted(months))
