"""Rules over what is known of a member: bounded trees, which say why they hold and when they flip.

    all:  [tag 户外 or 滑雪, no order for 30 days]

A rule is a pure function of a member's traits and the moment; `next_flip` is the next moment at
which time alone may change what it says.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.audiences.traits import MemberTraits
from domain.kernel.days import month_ends, month_of
from domain.kernel.moments import NEVER
from domain.kernel.refusals import Invalid

MOST_LEAVES = 50
DEEPEST = 5
MOST_VALUES = 50
MOST_NUMBER = 2**31 - 1


class RuleKind(StrEnum):
    """How a rule is made of others, or what it asks for."""

    ALL = "ALL"
    ANY = "ANY"
    NONE = "NONE"
    TAG = "TAG"
    LEVEL = "LEVEL"
    SPENT = "SPENT"
    ORDERS = "ORDERS"
    DAYS_SINCE_PAID = "DAYS_SINCE_PAID"
    BONDED = "BONDED"
    CHILD_AGE = "CHILD_AGE"
    DAYS_TO_BIRTHDAY = "DAYS_TO_BIRTHDAY"


OF_PARTS = frozenset({RuleKind.ALL, RuleKind.ANY, RuleKind.NONE})
OF_VALUES = frozenset({RuleKind.TAG, RuleKind.LEVEL, RuleKind.BONDED, RuleKind.CHILD_AGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of parts, or one question: one of `values`, or a number from `low` to below `high`."""

    kind: RuleKind
    parts: tuple["Rule", ...] = ()
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None

    def leaves(self) -> Iterator["Rule"]:
        """The questions in it."""
        if self.kind in OF_PARTS:
            for part in self.parts:
                yield from part.leaves()
        else:
            yield self

    def asks(self) -> frozenset[RuleKind]:
        """What it asks for."""
        return frozenset(leaf.kind for leaf in self.leaves())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a rule holds or does not: what was found, and the reasons of its parts."""

    rule: Rule
    holds: bool
    found: str = ""
    parts: tuple["Reason", ...] = ()


def holds(rule: Rule, traits: MemberTraits, now: datetime) -> bool:
    """Whether a rule holds for a member at a moment."""
    match rule.kind:
        case RuleKind.ALL:
            return all(holds(part, traits, now) for part in rule.parts)
        case RuleKind.ANY:
            return any(holds(part, traits, now) for part in rule.parts)
        case RuleKind.NONE:
            return not any(holds(part, traits, now) for part in rule.parts)
        case RuleKind.TAG:
            return traits.has(rule.values, now)
        case RuleKind.LEVEL:
            return traits.level in rule.values
        case RuleKind.BONDED:
            return not traits.told.bonds().isdisjoint(rule.values)
        case RuleKind.CHILD_AGE:
            return not traits.told.ages(now).isdisjoint(rule.values)
        case _:
            return _within(rule, _NUMBERS[rule.kind](traits, now))


def why(rule: Rule, traits: MemberTraits, now: datetime) -> Reason:
    """The reason of a rule, down to each question and what was found."""
    return Reason(
        rule=rule,
        holds=holds(rule, traits, now),
        found=_found(rule, traits, now),
        parts=tuple(why(part, traits, now) for part in rule.parts),
    )


def next_flip(rule: Rule, traits: MemberTraits, now: datetime) -> datetime:
    """The next moment at which time alone may change what a rule says; NEVER where it can't."""
    return min((_leaf_flip(leaf, traits, now) for leaf in rule.leaves()), default=NEVER)


def checked_rule(rule: Rule, field: Sequence[str]) -> Rule:
    """The rule, or Invalid: too deep, too large, or a question without its answer."""
    if sum(1 for _ in rule.leaves()) > MOST_LEAVES:
        raise Invalid(f"A rule asks at most {MOST_LEAVES} questions.", field=field)
    _check(rule, field, 1)
    return rule


def _check(rule: Rule, field: Sequence[str], depth: int) -> None:
    if depth > DEEPEST:
        raise Invalid(f"Rules lie at most {DEEPEST} deep in each other.", field=field)
    if rule.kind in OF_PARTS:
        if not rule.parts:
            raise Invalid("Say of which parts.", field=field)
        for part in rule.parts:
            _check(part, field, depth + 1)
    elif rule.kind in OF_VALUES:
        if not 1 <= len(rule.values) <= MOST_VALUES:
            raise Invalid(f"Name 1 to {MOST_VALUES} of them.", field=field)
    else:
        bounds = [one for one in (rule.low, rule.high) if one is not None]
        if not bounds or any(not 0 <= one <= MOST_NUMBER for one in bounds):
            raise Invalid("Write at least one bound, of 0 or more.", field=field)


def _days(traits: MemberTraits, now: datetime) -> int | None:
    return None if traits.last_paid_at is None else (now - traits.last_paid_at).days


_NUMBERS: Mapping[RuleKind, Callable[[MemberTraits, datetime], int | None]] = {
    RuleKind.SPENT: lambda traits, now: traits.spent_by(month_of(now)),
    RuleKind.ORDERS: lambda traits, now: traits.orders_by(month_of(now)),
    RuleKind.DAYS_SINCE_PAID: _days,
    RuleKind.DAYS_TO_BIRTHDAY: lambda traits, now: traits.told.days_to_birthday(now),
}


def _within(rule: Rule, number: int | None) -> bool:
    if number is None:
        return False
    low = rule.low is None or rule.low <= number
    return low and (rule.high is None or number < rule.high)


def _found(rule: Rule, traits: MemberTraits, now: datetime) -> str:
    if rule.kind is RuleKind.TAG:
        on = {one.code for one in traits.tags if now < one.expires_at}
        return " ".join(sorted(on.intersection(rule.values)))
    if rule.kind is RuleKind.LEVEL:
        return traits.level
    if rule.kind is RuleKind.BONDED:
        return " ".join(sorted(traits.told.bonds()))
    if rule.kind is RuleKind.CHILD_AGE:
        return " ".join(sorted(traits.told.ages(now)))
    if rule.kind in _NUMBERS:
        number = _NUMBERS[rule.kind](traits, now)
        return "" if number is None else str(number)
    return ""


def _leaf_flip(leaf: Rule, traits: MemberTraits, now: datetime) -> datetime:
    moments: Iterable[datetime] = ()
    bounds = [one for one in (leaf.low, leaf.high) if one is not None]
    match leaf.kind:
        case RuleKind.TAG:
            moments = [one.expires_at for one in traits.tags if one.code in leaf.values]
        case RuleKind.LEVEL:
            moments = [traits.level_until]
        case RuleKind.SPENT | RuleKind.ORDERS:
            moments = [month_ends(month_of(now))] if traits.spent else []
        case RuleKind.DAYS_SINCE_PAID if traits.last_paid_at is not None:
            moments = [traits.last_paid_at + timedelta(days=min(one, 36_500)) for one in bounds]
        case RuleKind.CHILD_AGE:
            moments = traits.told.ages_change()
        case RuleKind.DAYS_TO_BIRTHDAY:
            moments = traits.told.birthday_nears(now, bounds)
        case _:
            pass
    return min((one for one in moments if one > now), default=NEVER)
