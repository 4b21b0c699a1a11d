"""Traits: all that rules may ask of one member, in one small document.

What a member spent by month, their level, tags, and the segments that they are in; each change of
one of them decides anew what follows from it, in the same write.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.audiences.levels import BASE, LevelRules
from domain.audiences.told import NOTHING_TOLD, ToldTraits
from domain.kernel.days import month_ends, month_of
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING, NEVER
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
class GivenLevel:
    """A level that head office gives a member until a moment, whatever they spend, and why."""

    level: str
    until: datetime
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What somebody who was merged into a member brings along; theirs again where that is undone.

    `via` is who was merged into the member: they themselves, or somebody into whom they had been.
    """

    member_id: PersonId
    via: PersonId
    spent: tuple[MonthSpent, ...] = ()
    level: str = BASE.code
    level_until: datetime = NEVER
    last_paid_at: datetime | None = None
    tags: tuple[PutTag, ...] = ()
    given: GivenLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gained:
    """A higher level that a member has reached, over which one, and how many there were by then."""

    level: str
    before: str
    at: datetime
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLevel:
    """The level that a member holds until a moment, `since` when, and how often that changed."""

    level: str = BASE.code
    until: datetime = NEVER
    since: datetime = BEGINNING
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTraits:
    """What rules know of a member.

    `segments` are ids with versions; `due_at` is when time alone changes something. Of a person who
    was several members all else but `segments` is the one member's own; `brought` is a copy of the
    others' own, and `joint_level` what all of them have reached together. `as_one` is what counts,
    `gained` the last level that it has risen to, and `held` the one that it has. `told` is of the
    whole person already. Somebody with `into` was merged into another, and counts for nothing by
    themselves.
    """

    id: PersonId
    spent: tuple[MonthSpent, ...] = ()
    level: str = BASE.code
    level_until: datetime = NEVER
    last_paid_at: datetime | None = None
    tags: tuple[PutTag, ...] = ()
    segments: tuple[str, ...] = ()
    due_at: datetime = NEVER
    brought: tuple[Brought, ...] = ()
    joint_level: str = BASE.code
    joint_until: datetime = NEVER
    gained: Gained | None = None
    given: GivenLevel | None = None
    held: HeldLevel = HeldLevel()
    into: PersonId | None = None
    told: ToldTraits = NOTHING_TOLD

    def spent_by(self, month: str) -> Fen:
        """What was spent in the twelve months of which one is the last."""
        return spent_in_year(self.spent, month)

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


def spent_in_year(spent: Iterable[MonthSpent], month: str) -> Fen:
    """What was spent in the twelve months of which one is the last."""
    first = months_before(month, 11)
    return Fen(sum(one.fen for one in spent if first <= one.month <= month))


def in_time(traits: MemberTraits, now: datetime, rules: LevelRules) -> MemberTraits:
    """The member as the clock leaves them: periods that are over decided, tags that ended off."""
    level, until = _in_period(traits.level, traits.level_until, traits.spent, now, rules)
    brought = tuple(_brought_in_time(one, now, rules) for one in traits.brought)
    together = [*traits.spent, *(month for one in brought for month in one.spent)]
    joint, joint_until = _in_period(traits.joint_level, traits.joint_until, together, now, rules)
    return replace(
        traits,
        level=level,
        level_until=until,
        tags=_tags_on(traits.tags, now),
        brought=brought,
        joint_level=joint,
        joint_until=joint_until,
        given=_given_now(traits.given, now),
    )


def as_one(traits: MemberTraits, rules: LevelRules) -> MemberTraits:
    """The person who was several members: what they spent together, and the highest level.

    A level that was given them is one of theirs.
    """
    given = [one.given for one in _members(traits) if one.given]
    if not traits.brought and not given:
        return traits
    tags = {(one.code, one.source): one for one in traits.tags}
    for put in (tag for one in traits.brought for tag in one.tags):
        before = tags.get((put.code, put.source))
        # What a rule puts on follows from what they are together.
        if put.source is not TagSource.RULE and (before is None or before.at < put.at):
            tags[put.code, put.source] = put
    levels = [(one.level, one.level_until) for one in _members(traits)]
    levels.append((traits.joint_level, traits.joint_until))
    levels += [(one.level, one.until) for one in given]
    level, until = max(levels, key=lambda one: (rules.rank(one[0]), one[1]))
    paid = [one.last_paid_at for one in _members(traits) if one.last_paid_at]
    return replace(
        traits,
        spent=_together(traits),
        level=level,
        level_until=until,
        last_paid_at=max(paid, default=None),
        given=max(given, key=lambda one: (rules.rank(one.level), one.until), default=None),
        tags=tuple(sorted(tags.values(), key=_place)),
        brought=(),
    )


def with_gain(
    traits: MemberTraits, before: str, after: str, rules: LevelRules, now: datetime
) -> MemberTraits:
    """The member with the level that they have reached, if it is above the one before."""
    if rules.rank(after) <= rules.rank(before):
        return traits
    n = traits.gained.n + 1 if traits.gained else 1
    return replace(traits, gained=Gained(level=after, before=before, at=now, n=n))


def with_held(traits: MemberTraits, whole: MemberTraits, now: datetime) -> MemberTraits:
    """The member with the level that they hold as the one person who they are."""
    held = traits.held
    if (whole.level, whole.level_until) == (held.level, held.until):
        return traits
    after = HeldLevel(level=whole.level, until=whole.level_until, since=now, n=held.n + 1)
    return replace(traits, held=after)


def with_brought(traits: MemberTraits, via: PersonId, brought: Iterable[Brought]) -> MemberTraits:
    """The member with what comes by way of another, in place of what came by them before."""
    others = [one for one in traits.brought if one.via != via]
    after = (*others, *(replace(one, via=via) for one in brought))
    fewer = {one.member_id for one in traits.brought} - {one.member_id for one in after}
    if fewer:
        # What the rest have reached together is reckoned anew.
        traits = replace(traits, joint_level=BASE.code, joint_until=NEVER)
    return replace(traits, brought=tuple(sorted(after, key=lambda one: one.member_id)))


def brought_by(traits: MemberTraits) -> tuple[Brought, ...]:
    """What a member brings to whom they are merged into: their own, and what others bring them."""
    own = Brought(
        member_id=traits.id,
        via=traits.id,
        spent=traits.spent,
        level=traits.level,
        level_until=traits.level_until,
        last_paid_at=traits.last_paid_at,
        tags=traits.tags,
        given=traits.given,
    )
    return (own, *(replace(one, via=traits.id) for one in traits.brought))


def risen_together(traits: MemberTraits, now: datetime, rules: LevelRules) -> MemberTraits:
    """The person with the level that all the members they were reach together, theirs at once."""
    if not traits.brought:
        return traits
    reached = rules.reached(spent_in_year(_together(traits), month_of(now)))
    if rules.rank(reached.code) <= rules.rank(traits.joint_level):
        return traits
    return replace(traits, joint_level=reached.code, joint_until=month_ends(month_of(now, 12)))


def _in_period(
    level: str, until: datetime, spent: Sequence[MonthSpent], now: datetime, rules: LevelRules
) -> tuple[str, datetime]:
    """A level and its end, once the periods that are over by now are decided."""
    while until <= now:
        over = month_of(until)
        level = rules.reached(spent_in_year(spent, months_before(over, 1))).code
        lowest = level == rules.levels[0].code
        until = NEVER if lowest else month_ends(months_before(over, -11))
    return level, until


def _brought_in_time(brought: Brought, now: datetime, rules: LevelRules) -> Brought:
    level, until = _in_period(brought.level, brought.level_until, brought.spent, now, rules)
    return replace(
        brought,
        level=level,
        level_until=until,
        tags=_tags_on(brought.tags, now),
        given=_given_now(brought.given, now),
    )


def _given_now(given: GivenLevel | None, now: datetime) -> GivenLevel | None:
    return given if given and now < given.until else None


def _tags_on(tags: tuple[PutTag, ...], now: datetime) -> tuple[PutTag, ...]:
    return tuple(one for one in tags if now < one.expires_at)


def _members(traits: MemberTraits) -> Sequence[MemberTraits | Brought]:
    return traits, *traits.brought


def _together(traits: MemberTraits) -> tuple[MonthSpent, ...]:
    months: dict[str, MonthSpent] = {}
    for one in (month for member in _members(traits) for month in member.spent):
        known = months.get(one.month)
        if known:
            one = replace(one, fen=Fen(known.fen + one.fen), orders=known.orders + one.orders)
        months[one.month] = one
    return tuple(months[one] for one in sorted(months))


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
