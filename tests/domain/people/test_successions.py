"""Who comes after whom among guides, whatever was said at the same time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.people.accounts import GuideId
from domain.people.successions import Succession, heir_at

NOON = datetime(2026, 11, 28, 4, tzinfo=UTC)


def handed_over(**whom: tuple[str, int | None]) -> dict[GuideId, Succession]:
    """Who handed over to whom, at which minute after noon; None where it is not done."""
    return {
        GuideId(one): Succession(
            id=GuideId(one),
            successor_id=GuideId(to),
            begun_at=NOON,
            begun_by="office",
            done_at=None if minute is None else NOON + timedelta(minutes=minute),
        )
        for one, (to, minute) in whom.items()
    }


@pytest.mark.parametrize(
    ("guide", "minute", "heir"),
    [("a", 0, "a"), ("a", 1, "b"), ("a", 3, "c"), ("b", 2, "b"), ("b", None, "c"), ("c", 9, "c")],
)
def test_what_is_a_leavers_is_their_heirs_from_when_it_was_done(guide, minute, heir):
    known = handed_over(a=("b", 1), b=("c", 3), c=("d", None))
    at = None if minute is None else NOON + timedelta(minutes=minute)
    assert heir_at(known, GuideId(guide), at) == heir


def test_of_two_who_hand_over_to_each_other_the_first_is_done_alone():
    known = handed_over(a=("b", 1), b=("a", 2), c=("a", 5))
    assert {heir_at(known, GuideId(one)) for one in "abc"} == {"b"}


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 9)),
        max_size=6,
    )
)
def test_everybody_has_an_heir_and_who_leads_on_has_the_same(whom):
    known = handed_over(**whom)
    for one in "abcdef":
        heir = heir_at(known, GuideId(one))
        assert heir_at(known, heir) == heir
        if one in known:
            assert heir_at(known, known[GuideId(one)].successor_id) == heir
