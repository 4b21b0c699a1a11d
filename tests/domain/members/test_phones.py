"""One spelling of a phone number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusals import Invalid
from domain.members.phones import PhoneKey, masked, spelled

SPELLINGS = [
    "13800138000",
    "+86 138 0013 8000",
    "0086-138-0013-8000",
    "8613800138000",
    "１３８００１３８０００",
    "\u202d138 0013 8000\u202c",
    "(+86)13800138000",
]


@pytest.mark.parametrize("said", SPELLINGS)
def test_all_spellings_are_one_number(said):
    assert spelled(said) == "+8613800138000"


def test_a_number_of_hong_kong_is_another():
    assert spelled("+852 5123 4567") == "+85251234567"
    assert spelled("00852 5123 4567") == "+85251234567"


@pytest.mark.parametrize(
    "said",
    ["1.3800138E+10", "1380013800", "138001380000", "", "abc", "0512-65001234", "+1", "1" * 30],
)
def test_what_is_no_mobile_number_is_refused(said):
    with pytest.raises(Invalid):
        spelled(said)


@given(st.text(max_size=30))
def test_any_text_is_spelled_or_refused(said):
    try:
        once = spelled(said)
    except Invalid:
        return
    assert spelled(once) == once


def test_numbers_are_sealed_and_known_by_a_key():
    key, other = PhoneKey("a" * 32), PhoneKey("b" * 32)
    assert key.open(key.seal("+8613800138000")) == "+8613800138000"
    assert "138" not in key.seal("+8613800138000")
    assert key.digest("+8613800138000") == PhoneKey("a" * 32).digest("+8613800138000")
    assert key.digest("+8613800138000") != other.digest("+8613800138000")


def test_others_see_a_number_masked():
    assert masked("+8613800138000") == "138****8000"
    assert "5123" not in masked("+85251234567")
