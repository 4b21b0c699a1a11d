"""Statistics against what is published, and tests without an effect against what they promise."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.insight.outcomes import ArmSums
from domain.insight.statistics import (
    alpha_at,
    chi_square_beyond,
    means_differ,
    rates_differ,
    shares_fit,
    wilson,
)
from domain.insight.touchpoint_tests import (
    ALPHA,
    WHOLE,
    ArmOfTest,
    ArmsKind,
    ArmsOutcome,
    LookVerdict,
    TouchpointTest,
    arm_of,
    look_at,
    seen,
)
from tests.support.builders import NOON

ROUNDS = 1_500


def a_test(outcome: ArmsOutcome, looks: int, arms: int = 2, **changes) -> TouchpointTest:
    each = WHOLE // arms
    weights = [each] * (arms - 1) + [WHOLE - each * (arms - 1)]
    fields = {
        "id": "test_1",
        "title": "门口海报",
        "kind": ArmsKind.MATERIAL,
        "outcome": outcome,
        "arms": tuple(ArmOfTest(name=f"第{n}版", weight=one) for n, one in enumerate(weights)),
        "looks": looks,
        "starts_on": "2026-11-02",
        "ends_on": "2026-11-15",
        "made_at": NOON,
    }
    return TouchpointTest(**{**fields, **changes})


def test_intervals_and_chances_are_those_of_the_tables():
    # Newcombe (1998), table I: 81 of 263 and 15 of 148 by the score method without continuity.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    # The 95 % points of chi-square with 1 to 5 degrees of freedom.
    for degrees, point in enumerate((3.841, 5.991, 7.815, 9.488, 11.070), 1):
        assert chi_square_beyond(point, degrees) == pytest.approx(0.05, abs=1e-4)
    assert shares_fit([1_000, 1_000], [1, 1]) == 1
    assert shares_fit([5_000, 5_400], [5_000, 5_000]) < 0.001
    assert rates_differ((50, 100), (50, 100)) == 1
    # Fisher's: criminal twins of criminals (1935), and the lady who tasted tea, both sides.
    assert rates_differ((10, 13), (2, 17)) == pytest.approx(0.000537, abs=1e-6)
    assert rates_differ((3, 4), (1, 4)) == pytest.approx(0.4857, abs=1e-4)
    assert rates_differ((0, 0), (5, 9)) == rates_differ((0, 9), (0, 9)) == 1
    assert rates_differ((500_000, 10**6), (505_000, 10**6)) < 1e-6
    assert means_differ((1, 5, 25), (9, 5, 25)) == 1


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_rate_and_narrows_with_more_tries(successes, failures):
    tries = successes + failures
    low, high = wilson(successes, tries)
    assert 0 <= low <= high <= 1
    if tries:
        assert low <= successes / tries <= high
        narrower = wilson(successes * 4, tries * 4)
        assert narrower[1] - narrower[0] <= high - low + 1e-12


@given(st.integers(1, 5))
def test_all_looks_together_spend_what_is_stated_and_the_last_most(looks):
    spent = [alpha_at(look, looks, ALPHA) for look in range(1, looks + 1)]
    assert math.isclose(sum(spent), ALPHA)
    assert spent == sorted(spent)
    # Lan and DeMets (1983): of five equal looks the first has almost nothing.
    if looks == 5:
        assert spent[0] < 0.0001


@pytest.mark.parametrize(
    ("outcome", "looks", "arms"),
    [(ArmsOutcome.BOUGHT, 1, 2), (ArmsOutcome.BOUGHT, 5, 2), (ArmsOutcome.NET_FEN, 3, 3)],
)
def test_tests_without_an_effect_alarm_at_most_as_often_as_stated(outcome, looks, arms):
    chance = random.Random(20_261_128)
    test = a_test(outcome, looks, arms)
    alarms = sum(_alarms(test, chance) for _ in range(ROUNDS))
    # Three standard errors beside it are what chance does to the count of alarms itself.
    bound = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / ROUNDS)
    assert 0 < alarms / ROUNDS <= bound, alarms / ROUNDS


@pytest.mark.parametrize(
    ("outcome", "few", "many", "rate"),
    [
        (ArmsOutcome.BOUGHT, 10, 990, 0.015),
        (ArmsOutcome.NET_FEN, 10, 990, 0.05),
        (ArmsOutcome.NET_FEN, 100, 400, 0.35),
    ],
)
def test_small_arms_of_rare_buyers_alarm_no_more_often(outcome, few, many, rate):
    chance = random.Random(20_261_128)
    rounds, weight = 500, WHOLE * few // (few + many)
    arms = (ArmOfTest(name="新", weight=weight), ArmOfTest(name="旧", weight=WHOLE - weight))
    test = replace(a_test(outcome, 1), arms=arms)
    alarms = 0
    for _ in range(rounds):
        sums = {str(n): _people(size, rate, outcome, chance) for n, size in enumerate((few, many))}
        alarms += seen(test, 1, sums, NOON).verdict is LookVerdict.DIFFERENT
    assert alarms / rounds <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / rounds)


def test_an_effect_that_is_there_is_found_and_an_uneven_split_says_nothing():
    test = a_test(ArmsOutcome.BOUGHT, 1)
    better = {"0": ArmSums(entered=2_000, bought=100), "1": ArmSums(entered=2_000, bought=160)}
    assert seen(test, 1, better, NOON).verdict is LookVerdict.DIFFERENT
    lost = {"0": ArmSums(entered=2_000, bought=100), "1": ArmSums(entered=1_500, bought=160)}
    assert seen(test, 1, lost, NOON).verdict is LookVerdict.UNEVEN
    assert seen(test, 1, {}, NOON).verdict is LookVerdict.OPEN


def test_arms_have_their_weights_and_nobody_changes_theirs():
    uneven = a_test(ArmsOutcome.BOUGHT, 1, arms=3)
    people = [f"person_{n}" for n in range(6_000)]
    found = [arm_of(uneven, one) for one in people]
    assert found == [arm_of(uneven, one) for one in people]
    counts = [found.count(n) for n in range(3)]
    assert shares_fit(counts, [arm.weight for arm in uneven.arms]) > 0.001
    # Who met the first arm of one test meets each of another's.
    other = a_test(ArmsOutcome.BOUGHT, 1, id="test_2")
    first = [one for one, arm in zip(people, found, strict=True) if arm == 0]
    again = [arm_of(other, one) for one in first]
    assert shares_fit([again.count(0), again.count(1)], [1, 1]) > 0.001


def test_a_look_waits_until_the_last_who_came_before_it_can_buy_no_more():
    test = a_test(ArmsOutcome.BOUGHT, 2)
    assert look_at(test, 1).isoformat() == "2026-11-16T01:00:00+08:00"
    assert look_at(test, 2).isoformat() == "2026-11-23T01:00:00+08:00"


def _alarms(test: TouchpointTest, chance: random.Random) -> bool:
    """Whether a test finds a difference between arms that are the same, at any of its looks."""
    sums = {str(n): ArmSums() for n in range(len(test.arms))}
    for look in range(1, test.looks + 1):
        for arm in sums:
            sums[arm] += _some_people(test.outcome, chance)
        if seen(test, look, sums, NOON).verdict is LookVerdict.DIFFERENT:
            return True
    return False


def _some_people(outcome: ArmsOutcome, chance: random.Random) -> ArmSums:
    n = 60 + chance.randrange(10)
    return _people(n, 0.4 if outcome is ArmsOutcome.NET_FEN else 0.2, outcome, chance)


def _people(n: int, rate: float, outcome: ArmsOutcome, chance: random.Random) -> ArmSums:
    if outcome is ArmsOutcome.NET_FEN:
        fen = [
            int(chance.expovariate(1 / 9_000)) if chance.random() < rate else 0 for _ in range(n)
        ]
        return ArmSums(
            entered=n,
            bought=sum(one > 0 for one in fen),
            fen=sum(fen),
            squares=float(sum(one * one for one in fen)),
        )
    return ArmSums(entered=n, bought=sum(chance.random() < rate for _ in range(n)))
