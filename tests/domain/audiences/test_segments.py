"""Incremental segments are what a full evaluation says, at every moment of any history."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.audiences.level_facts import LEVEL_GAINED, LEVEL_HELD, facts_of_traits
from domain.audiences.levels import BASE, LevelRules, MemberLevel
from domain.audiences.segment_rules import Rule, RuleKind, checked_rule, holds, next_flip, why
from domain.audiences.segments import (
    EVERYTHING,
    MemberRules,
    Segment,
    SegmentId,
    Tag,
    TagDimension,
    decided,
)
from domain.audiences.spending import ASKED_OF_SPENDING
from domain.audiences.tagging import ASKED_OF_TAGS
from domain.audiences.telling import ASKED_OF_TOLD
from domain.audiences.told import ToldTraits
from domain.audiences.traits import (
    GivenLevel,
    MemberTraits,
    PutTag,
    TagSource,
    as_one,
    in_time,
    with_payment,
    with_refund,
    with_tag,
    without_tag,
)
from domain.kernel.days import beijing_day, month_of
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid
from domain.members.consent import Purpose
from domain.members.profiles import Birthday, Child, ChildAge
from tests.support.purses import DAY, NOON

GOLD = MemberLevel(code="gold", name="金卡", from_fen=Fen(1_000), points_percent=150)
LEVELS = LevelRules(version=1, levels=(BASE, GOLD))
MEMBER = PersonId("member_1")
ASKED_OF_LEVELS = frozenset({RuleKind.LEVEL})


def asks(kind: RuleKind, *values: str, low=None, high=None) -> Rule:
    return Rule(kind=kind, values=values, low=low, high=high)


def parts(kind: RuleKind, *rules: Rule) -> Rule:
    return Rule(kind=kind, parts=rules)


bounds = st.tuples(st.none() | st.integers(0, 60), st.none() | st.integers(0, 60))
leaves = st.one_of(
    st.builds(lambda v: asks(RuleKind.TAG, *v), st.lists(st.sampled_from("abc"), min_size=1)),
    st.builds(lambda v: asks(RuleKind.LEVEL, v), st.sampled_from(["base", "gold"])),
    st.builds(lambda b: asks(RuleKind.DAYS_SINCE_PAID, low=b[0], high=b[1]), bounds),
    st.builds(lambda n: asks(RuleKind.SPENT, low=n), st.integers(0, 2_000)),
    st.builds(lambda n: asks(RuleKind.ORDERS, high=n), st.integers(0, 5)),
    st.builds(lambda v: asks(RuleKind.BONDED, v), st.sampled_from(["guide_1", "S1", "S2"])),
    st.builds(lambda v: asks(RuleKind.CHILD_AGE, v), st.sampled_from(ChildAge)),
    st.builds(lambda b: asks(RuleKind.DAYS_TO_BIRTHDAY, low=b[0], high=b[1]), bounds),
)
tellings = st.builds(
    lambda birthday, children, allows, whose: ToldTraits(
        birthday=birthday,
        children=tuple(children) if Purpose.CHILD in allows else (),
        allows=tuple(sorted(allows)),
        guide_id=whose[0],
        store_id=whose[1],
    ),
    st.sampled_from([None, Birthday(month=2, day=29), Birthday(month=12, day=3)])
    | st.builds(lambda day: Birthday(month=11, day=day), st.integers(1, 30)),
    st.lists(
        st.builds(lambda y, m: Child(year=y, month=m), st.integers(2009, 2028), st.integers(1, 12)),
        max_size=2,
    ),
    st.lists(st.sampled_from(list(Purpose)), unique=True),
    st.sampled_from([("", ""), ("guide_1", "S1"), ("guide_2", "S2")]),
)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, some: parts(kind, *some),
        st.sampled_from([RuleKind.ALL, RuleKind.ANY, RuleKind.NONE]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
no_tags = leaves.filter(lambda rule: rule.kind is not RuleKind.TAG)
steps = st.lists(
    st.tuples(
        st.sampled_from(["pay", "refund", "tag", "untag", "give", "tell", "wait"]),
        st.integers(1, 40),
    ),
    max_size=25,
)


def days_to(birthday: Birthday | None, day: date) -> int | None:
    """In how many days it is, counted day by day."""
    for n in range(367) if birthday else ():
        on = day + timedelta(days=n)
        if birthday.in_year(on.year) == on:
            return n
    return None


def naive(rule: Rule, spent, level: str, last_paid, tags, told: ToldTraits, now: datetime) -> bool:
    """A rule said again, as plainly as can be, over a history that is kept whole."""
    inner = [naive(part, spent, level, last_paid, tags, told, now) for part in rule.parts]
    months = {month_of(now, -n) for n in range(12)}
    match rule.kind:
        case RuleKind.ALL:
            return all(inner)
        case RuleKind.ANY:
            return True in inner
        case RuleKind.NONE:
            return True not in inner
        case RuleKind.TAG:
            return any(code in rule.values and end > now for code, end in tags)
        case RuleKind.LEVEL:
            return level in rule.values
        case RuleKind.BONDED:
            return told.guide_id in rule.values or told.store_id in rule.values
        case RuleKind.CHILD_AGE:
            return any(one.band(now) in rule.values for one in told.children)
        case RuleKind.DAYS_TO_BIRTHDAY:
            found = days_to(told.birthday, beijing_day(now))
            if found is None:
                return False
            number = found
        case RuleKind.SPENT:
            number = sum(fen for at, fen, _ in spent if month_of(at) in months)
        case RuleKind.ORDERS:
            number = sum(count for at, _, count in spent if month_of(at) in months)
        case RuleKind.DAYS_SINCE_PAID:
            if last_paid is None:
                return False
            number = (now - last_paid) // DAY
    return (rule.low is None or number >= rule.low) and (rule.high is None or number < rule.high)


@settings(max_examples=150)
@given(st.lists(trees, min_size=1, max_size=4), no_tags, steps, st.data())
def test_what_was_decided_step_by_step_is_what_a_full_evaluation_says(
    wanted, automatic, steps, data
):
    segments = {
        SegmentId(f"s{n}"): Segment(id=SegmentId(f"s{n}"), name="s", rule=rule)
        for n, rule in enumerate(wanted)
    }
    tag = Tag(code="c", name="c", dimension=TagDimension.BEHAVIOUR, rule=automatic)
    leave = {
        "a": Tag(code="a", name="a", dimension=TagDimension.BASIC, consent=Purpose.PROFILING),
        "c": replace(tag, consent=data.draw(st.none() | st.just(Purpose.CHILD))),
    }
    rules = MemberRules(levels=LEVELS, tags=leave, segments=segments)
    traits, now = decided(MemberTraits(id=MEMBER), NOON, rules), NOON
    spent: list[tuple[datetime, int, int]] = []
    put: dict[str, datetime] = {}
    last = None
    for what, n in steps:
        now += timedelta(hours=data.draw(st.integers(0, 24 * 20)))
        if what == "pay":
            spent.append((now, n * 30, 1))
            last = now
            after = with_payment(traits, Fen(n * 30), paid_at=now, rules=LEVELS, now=now)
            traits = decided(after, now, rules, ASKED_OF_SPENDING)
        elif what == "refund" and spent:
            at, fen, _ = spent[n % len(spent)]
            spent.append((at, -fen, -1))
            after = with_refund(traits, Fen(fen), paid_at=at, whole=True, now=now)
            traits = decided(after, now, rules, ASKED_OF_SPENDING)
        elif what == "tag":
            code, ends = "ab"[n % 2], now + n * DAY if n % 3 else NEVER
            if rules.allowed(code, traits.told):
                put[code] = ends
            tagged = PutTag(code=code, source=TagSource.MANUAL, at=now, expires_at=ends)
            traits = decided(with_tag(traits, tagged), now, rules, ASKED_OF_TAGS)
        elif what == "untag":
            code = "ab"[n % 2]
            put.pop(code, None)
            bare = without_tag(traits, code, [TagSource.MANUAL])
            traits = decided(bare, now, rules, ASKED_OF_TAGS)
        elif what == "give":
            given = GivenLevel(level="gold", until=now + n * DAY, at=now, by="head", reason="试用")
            lent = replace(traits, given=given if n % 4 else None)
            traits = decided(lent, now, rules, ASKED_OF_LEVELS, since=traits)
        elif what == "tell":
            told = data.draw(tellings)
            if Purpose.PROFILING not in told.allows:
                put.pop("a", None)
            changed = ASKED_OF_TOLD if told.allows == traits.told.allows else EVERYTHING
            traits = decided(replace(traits, told=told), now, rules, changed)
        elif traits.due_at <= now:
            traits = decided(traits, now, rules)
        # Where the clock has nothing to do by now, what is kept holds.
        if traits.due_at > now:
            kept = in_time(traits, now, LEVELS)
            assert kept.level == traits.level
            lent = bool(kept.given and now < kept.given.until)
            level = "gold" if lent else kept.level
            assert as_one(kept, LEVELS).level == level
            tags = list(put.items())
            told = traits.told
            allowed = rules.allowed("c", told)
            if allowed and naive(automatic, spent, level, last, [], told, now):
                tags.append(("c", NEVER))
            for segment in segments.values():
                says = naive(segment.rule, spent, level, last, tags, told, now)
                assert (segment.key in traits.segments) == says, segment.rule
    assert (
        decided(traits, now, rules).segments
        == decided(replace(traits, segments=()), now, rules).segments
    )


def test_a_tag_whose_rule_is_taken_away_goes_at_the_next_look_and_with_it_who_is_in_for_it():
    asked = asks(RuleKind.ORDERS, low=1)
    tag = Tag(code="c", name="c", dimension=TagDimension.BEHAVIOUR, rule=asked)
    one = Segment(id=SegmentId("s"), name="s", rule=asks(RuleKind.TAG, "c"))
    rules = MemberRules(tags={"c": tag}, segments={one.id: one})
    paid = with_payment(MemberTraits(id=MEMBER), Fen(1), paid_at=NOON, rules=LEVELS, now=NOON)
    buyer = decided(paid, NOON, rules)
    assert ([put.code for put in buyer.tags], buyer.segments) == (["c"], ("s@1",))
    bare = decided(buyer, NOON, replace(rules, tags={"c": replace(tag, rule=None, version=2)}))
    assert (bare.tags, bare.segments) == ((), ())


def test_a_level_is_reached_at_once_and_lost_only_when_its_period_is_over():
    traits = with_payment(MemberTraits(id=MEMBER), Fen(1_200), paid_at=NOON, rules=LEVELS, now=NOON)
    assert traits.level == "gold"
    back = with_refund(traits, Fen(1_200), paid_at=NOON, whole=True, now=NOON + DAY)
    assert in_time(back, NOON + 360 * DAY, LEVELS).level == "gold"
    assert in_time(back, traits.level_until, LEVELS).level == "base"
    # In the twelve months before the end of the period as much was spent again.
    again = with_payment(
        traits, Fen(1_000), paid_at=NOON + 200 * DAY, rules=LEVELS, now=NOON + 200 * DAY
    )
    kept = in_time(again, again.level_until, LEVELS)
    assert kept.level == "gold"
    assert in_time(kept, kept.level_until, LEVELS).level == "base"


def test_each_rise_of_a_level_is_said_once_and_nothing_else_is():
    rules = MemberRules(levels=LEVELS)

    def paid(traits: MemberTraits, fen: int, at: datetime) -> MemberTraits:
        after = with_payment(traits, Fen(fen), paid_at=at, rules=LEVELS, now=at)
        return decided(after, at, rules, ASKED_OF_SPENDING, since=traits)

    def rises(before: MemberTraits | None, after: MemberTraits) -> list[Fact]:
        return [one for one in facts_of_traits(before, after) if one.kind == LEVEL_GAINED]

    first = paid(MemberTraits(id=MEMBER), 1_200, NOON)
    [said] = rises(None, first)
    assert said.data == {"member": MEMBER, "level": "gold", "before": "base"}
    more = paid(first, 10, NOON + DAY)
    back = with_refund(more, Fen(1_210), paid_at=NOON, whole=True, now=NOON + DAY)
    kept = decided(back, NOON + DAY, rules, ASKED_OF_SPENDING, since=more)
    over = decided(kept, kept.level_until, rules)
    assert (kept.level, over.level) == ("gold", "base")
    for before, after in ((first, more), (more, kept), (kept, over)):
        assert rises(before, after) == []
    again = paid(over, 1_200, kept.level_until + DAY)
    [anew] = rises(over, again)
    assert (anew.id != said.id, anew.subject, anew.data) == (True, said.subject, said.data)


def test_it_is_said_until_when_a_level_is_held_whenever_that_changes():
    rules = MemberRules(levels=LEVELS)
    some = decided(MemberTraits(id=MEMBER), NOON, rules)
    assert facts_of_traits(None, some) == ()
    paid = with_payment(some, Fen(1_200), paid_at=NOON, rules=LEVELS, now=NOON)
    gold = decided(paid, NOON, rules, ASKED_OF_SPENDING, since=some)
    more = decided(gold, NOON + DAY, rules)
    # Nothing more was spent: the level is kept for the months that count still, and then lost.
    moments = [gold.level_until]
    seen, held = [gold, more], gold
    while held.level == "gold":
        held = decided(held, moments[-1], rules)
        seen.append(held)
        moments.append(held.level_until)
    told = [
        one
        for before, after in pairwise([some, *seen])
        for one in facts_of_traits(before, after)
        if one.kind == LEVEL_HELD
    ]
    assert [(one.data["level"], one.data["until"]) for one in told] == [
        *(("gold", at.isoformat()) for at in moments[:-1]),
        ("base", None),
    ]
    assert len({one.id for one in told}) == len(told)


def test_a_member_leaves_by_time_alone_and_is_told_why():
    rule = asks(RuleKind.DAYS_SINCE_PAID, low=30)
    traits = with_payment(MemberTraits(id=MEMBER), Fen(1), paid_at=NOON, rules=LEVELS, now=NOON)
    assert next_flip(rule, traits, NOON) == NOON + 30 * DAY
    assert not holds(rule, traits, NOON + 30 * DAY - timedelta(milliseconds=1))
    assert holds(rule, traits, NOON + 30 * DAY)
    reason = why(parts(RuleKind.ALL, rule), traits, NOON + 31 * DAY)
    assert (reason.holds, reason.parts[0].found) == (True, "31")


@pytest.mark.parametrize(
    "rule",
    [
        parts(RuleKind.ALL),
        asks(RuleKind.TAG),
        asks(RuleKind.SPENT),
        asks(RuleKind.ORDERS, low=-1),
        parts(RuleKind.ANY, *[asks(RuleKind.ORDERS, low=1)] * 51),
    ],
)
def test_a_rule_that_asks_nothing_or_too_much_is_refused(rule):
    with pytest.raises(Invalid):
        checked_rule(rule, ["rule"])


def test_a_rule_lies_at_most_five_deep():
    rule = asks(RuleKind.ORDERS, low=1)
    for _ in range(4):
        rule = parts(RuleKind.ALL, rule)
    assert checked_rule(rule, ["rule"]) is rule
    with pytest.raises(Invalid):
        checked_rule(parts(RuleKind.ALL, rule), ["rule"])
