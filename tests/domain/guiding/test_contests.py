"""Places, prizes and sealing: what they are whatever was sold."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.guiding.contests import (
    WHOLE,
    Contest,
    ContestId,
    ContestRules,
    ContestUnit,
    Score,
    corrected,
    prizes_of,
    ranked,
    sealed_standing,
)
from domain.guiding.tasks import TaskAudience
from tests.support.guiding import beijing

AT = beijing("2026-11-25")


def some_rules(**changes) -> ContestRules:
    fields = {
        "title": "开门红",
        "unit": ContestUnit.GUIDE,
        "audience": TaskAudience(),
        "starts_on": "2026-11-21",
        "ends_on": "2026-11-22",
    }
    return ContestRules(**{**fields, **changes})


def a_contest(**changes) -> Contest:
    return Contest(id=ContestId("c1"), rules=some_rules(**changes), author_id="staff_1", made_at=AT)


scores = st.lists(
    st.builds(
        Score, subject=st.uuids().map(str), fen=st.integers(-50, 50), late=st.integers(-9, 0)
    ),
    max_size=12,
    unique_by=lambda one: one.subject,
)


@given(scores, st.randoms())
def test_a_place_is_one_and_how_many_have_sold_more(found, chance):
    places = ranked(found)
    for one in places:
        assert one.rank == 1 + sum(other.fen > one.fen for other in found)
    chance.shuffle(found)
    assert ranked(found) == places


@given(scores, st.lists(st.integers(0, 100), max_size=6), st.integers(0, 60))
def test_prizes_are_the_plan_for_who_has_reached_the_target_and_nobody_else(found, plan, target):
    rules = some_rules(prizes=tuple(plan), target=target)
    given_to = dict(prizes_of(rules, WHOLE, ranked(found)))
    able = [one for one in ranked(found) if one.fen >= max(target, 1)]
    assert set(given_to) <= {one.subject for one in able}
    # A tie at the last place that is able may share prizes of places that it takes, and no others.
    assert sum(given_to.values()) == sum(plan[: len(able)])
    by_rank = {one.subject: one.rank for one in able}
    for one, coins in given_to.items():
        for other, less in given_to.items():
            if by_rank[one] == by_rank[other]:
                assert abs(coins - less) <= 1
    assert dict(prizes_of(rules, "2026-11-21", ranked(found))) == {}


@given(scores, st.randoms())
def test_a_sealed_standing_is_the_same_in_whatever_order_it_was_counted(found, chance):
    first = sealed_standing(a_contest(), "2026-11-21", found, AT)
    chance.shuffle(found)
    assert sealed_standing(a_contest(), "2026-11-21", found, AT) == first
    assert all(one.correction == 0 for one in first.places)
    late = {one.subject: one.late for one in found}
    beside = corrected(first, found)
    assert [(one.subject, one.rank, one.fen) for one in beside] == [
        (one.subject, one.rank, one.fen) for one in first.places
    ]
    assert all(one.correction == late[one.subject] for one in beside)


def test_a_day_is_sealed_after_its_grace_and_the_whole_with_the_last_day():
    rules = some_rules(grace_hours=48)
    assert rules.seals_at("2026-11-21") == beijing("2026-11-24", "00:00:00")
    assert (
        rules.seals_at(WHOLE) == rules.seals_at("2026-11-22") == beijing("2026-11-25", "00:00:00")
    )
    assert rules.ends_at - rules.starts_at == timedelta(days=2)
