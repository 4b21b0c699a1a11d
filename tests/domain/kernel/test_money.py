"""Money adds up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import Fen, part_of, split, yuan


@given(
    amount=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 10**6), min_size=1).filter(any),
)
def test_the_shares_of_a_split_sum_exactly_to_the_amount(amount, weights):
    shares = split(Fen(amount), weights)
    assert sum(shares) == amount
    assert all(share >= 0 for share in shares)


@given(amount=st.integers(0, 10**9), weights=st.lists(st.integers(1, 1000), min_size=1))
def test_a_share_is_less_than_a_fen_away_from_its_exact_part(amount, weights):
    for share, weight in zip(split(Fen(amount), weights), weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


def test_left_over_fen_go_to_the_largest_remainder():
    assert split(Fen(100), [1, 1, 1]) == [34, 33, 33]
    assert split(Fen(10), [1, 2]) == [3, 7]


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_weights_that_can_not_divide_anything_are_a_mistake(weights):
    with pytest.raises(ValueError, match=r"weights|empty"):
        split(Fen(100), weights)


def test_amounts_are_written_as_people_read_them():
    assert yuan(Fen(129_900)) == "¥1,299"
    assert yuan(Fen(1_250)) == "¥12.50"
    assert yuan(Fen(-5)) == "-¥0.05"


@given(st.data(), st.integers(0, 10**9), st.integers(1, 30))
def test_all_pieces_in_any_grouping_have_exactly_the_amount(data, amount, pieces):
    shares, before = [], 0
    while before < pieces:
        count = data.draw(st.integers(1, pieces - before))
        shares.append(part_of(Fen(amount), pieces, before=before, count=count))
        before += count
    assert sum(shares) == amount
    assert min(shares) >= 0


@given(st.integers(0, 10**9), st.integers(1, 30))
def test_pieces_of_a_line_have_the_same_to_a_fen(amount, pieces):
    shares = [part_of(Fen(amount), pieces, before=n, count=1) for n in range(pieces)]
    assert max(shares) - min(shares) <= 1
