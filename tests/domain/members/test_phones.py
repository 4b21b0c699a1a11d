"""One spelling of a phone number."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusals import Invalid
from domain.kernel.sealing import KeyMissing, KeyRing, Seal
from domain.members.phones import masked, spelled
from tests.support.keys import a_phone_key

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
    key, other = a_phone_key(b"a" * 32), a_phone_key(b"b" * 32)
    assert key.open(key.seal("+8613800138000")) == "+8613800138000"
    assert "138" not in key.seal("+8613800138000")
    assert key.digest("+8613800138000") == a_phone_key(b"a" * 32).digest("+8613800138000")
    assert key.digest("+8613800138000") != other.digest("+8613800138000")


def test_a_number_that_was_sealed_before_there_was_a_ring_opens():
    assert a_phone_key().open(Seal("s" * 32, "sealed phones").close("+8613800138000")) == (
        "+8613800138000"
    )


def test_a_new_key_seals_and_the_old_one_still_opens():
    old = KeyRing({"a": "1" * 32}, "people")
    both = KeyRing({"b": "2" * 32, "a": "1" * 32}, "people")
    kept = old.close("梅", "order_1")
    assert both.open(kept, "order_1") == "梅"
    assert not both.is_newest(kept)
    again = both.close("梅", "order_1")
    assert both.is_newest(again)
    with pytest.raises(KeyMissing, match="'b'"):
        old.open(again, "order_1")


def test_what_is_sealed_of_one_opens_as_nobody_elses():
    ring = KeyRing({"a": "1" * 32}, "people")
    with pytest.raises(InvalidTag):
        ring.open(ring.close("梅", "order_1"), "order_2")


def test_others_see_a_number_masked():
    assert masked("+8613800138000") == "138****8000"
    assert "5123" not in masked("+85251234567")
