"""What comes back: in any order and grouping, in the end what was paid."""

from hypothesis import given
from hypothesis import strategies as st

from domain.promotions.refunding import kept_refund, part_of, rechecked_refund


@given(st.data(), st.integers(0, 10**7), st.integers(1, 30))
def test_all_pieces_in_any_grouping_give_back_what_was_paid(data, paid, pieces):
    back, before = 0, 0
    while before < pieces:
        count = data.draw(st.integers(1, pieces - before))
        back += kept_refund({"A": (paid, pieces)}, {"A": before}, {"A": count})["A"]
        before += count
    assert back == paid


@given(st.integers(0, 10**7), st.integers(1, 30))
def test_pieces_of_a_line_are_worth_the_same_to_a_fen(paid, pieces):
    shares = [part_of(paid, pieces, before=n, count=1) for n in range(pieces)]
    assert max(shares) - min(shares) <= 1


def test_five_of_six_come_back_and_then_the_last():
    # Six at ¥50, a tenth off from ¥300 on: paid ¥270.
    assert kept_refund({"A": (27_000, 6)}, {}, {"A": 5}) == {"A": 22_500}
    assert kept_refund({"A": (27_000, 6)}, {"A": 5}, {"A": 1}) == {"A": 4_500}
    # Priced again, the one that is kept costs ¥50.
    assert rechecked_refund(27_000, [], 5_000) == 22_000
    assert rechecked_refund(27_000, [22_000], 0) == 5_000
