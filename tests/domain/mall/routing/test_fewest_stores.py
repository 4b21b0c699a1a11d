"""The smallest cover against trying every set."""

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.mall.routing.fewest_stores import smallest_cover

KEYS = "abcd"


def covers(needs, gives, chosen):
    return all(sum(gives[i].get(key, 0) for i in chosen) >= n for key, n in needs.items())


def by_trying_all(needs, gives, costs):
    for size in range(1, len(gives) + 1):
        found = [
            chosen
            for chosen in combinations(range(len(gives)), size)
            if covers(needs, gives, chosen)
        ]
        if found:
            return min(
                found,
                key=lambda chosen: (
                    tuple(map(sum, zip(*(costs[i] for i in chosen), strict=True))),
                    chosen,
                ),
            )
    return None


@st.composite
def problems(draw):
    needs = draw(st.dictionaries(st.sampled_from(KEYS), st.integers(1, 4), min_size=1))
    count = draw(st.integers(1, 7))
    gives = []
    for _ in range(count):
        give = {key: draw(st.integers(0, n)) for key, n in needs.items()}
        gives.append({key: n for key, n in give.items() if n})
    costs = sorted((draw(st.integers(0, 1)), draw(st.integers(0, 3))) for _ in range(count))
    return needs, gives, costs


@given(problems())
def test_the_cover_is_the_one_that_trying_every_set_finds(problem):
    needs, gives, costs = problem
    expected = by_trying_all(needs, gives, costs)
    if expected is not None:
        assert smallest_cover(needs, gives, costs) == expected


def test_a_search_that_runs_out_of_steps_still_covers_everything():
    chance = Random(3)
    needs = {f"sku{i}": 3 for i in range(20)}
    gives = [
        {key: chance.randint(1, 2) for key in needs if chance.random() < 0.6} for _ in range(100)
    ]
    chosen = smallest_cover(needs, gives, [(0, i) for i in range(100)])
    assert covers(needs, gives, chosen)
    assert len(chosen) == 4
