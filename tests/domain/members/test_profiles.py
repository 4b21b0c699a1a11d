"""What members tell and allow, alone and after a merge."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.kernel.refusals import Forbidden, Invalid
from domain.members.consent import Consent, Purpose
from domain.members.profiles import (
    Birthday,
    Child,
    ChildAge,
    MemberProfile,
    as_one,
    told,
    with_consent,
)
from tests.support.builders import NOON


def said(purpose, given, at=NOON):
    return Consent(purpose=purpose, given=given, at=at, place="设置")


def a_profile(id="m1", *consents, **values):
    profile = MemberProfile(id=id, **values)
    for one in consents:
        profile = with_consent(profile, one)
    return profile


def test_a_birthday_of_29_february_is_kept_every_year():
    leap = Birthday(month=2, day=29)
    assert leap.in_year(2024) == date(2024, 2, 29)
    assert leap.in_year(2025) == date(2025, 2, 28)
    assert leap.in_year(2100) == date(2100, 2, 28)


@pytest.mark.parametrize(
    "day",
    [
        Birthday(month=2, day=30),
        Birthday(month=2, day=29, year=2023),
        Birthday(month=13, day=1),
        Birthday(month=1, day=1, year=1),
        Birthday(month=1, day=1, year=NOON.year + 1),
    ],
)
def test_a_birthday_that_there_is_not_is_refused(day):
    with pytest.raises(Invalid):
        told(a_profile(), name=None, birthday=day, children=[], now=NOON)


def test_children_need_consent_of_their_own_and_are_forgotten_without_it():
    children = [Child(year=NOON.year - 2, month=1)]
    with pytest.raises(Forbidden):
        told(a_profile(), name="梅", birthday=None, children=children, now=NOON)
    allowed = a_profile("m1", said(Purpose.CHILD, True))
    known = told(allowed, name="梅", birthday=None, children=children, now=NOON)
    assert known.children == tuple(children)
    assert with_consent(known, said(Purpose.CHILD, False)).children == ()


def test_a_child_is_of_a_band_by_beijings_day():
    child = Child(year=2024, month=12)
    assert child.band(datetime(2024, 11, 30, 15, 59, tzinfo=UTC)) is ChildAge.UNBORN
    assert child.band(datetime(2024, 11, 30, 16, 0, tzinfo=UTC)) is ChildAge.UNDER_1
    assert child.band(datetime(2025, 12, 1, tzinfo=UTC)) is ChildAge.FROM_1_TO_3
    assert child.band(datetime(2043, 1, 1, tzinfo=UTC)) is ChildAge.GROWN_UP


def test_only_service_is_allowed_unsaid():
    assert {one for one in Purpose if a_profile().allows(one)} == {Purpose.SERVICE}


def test_of_two_who_are_one_the_no_is_heard_until_they_say_otherwise():
    yes, no = said(Purpose.MARKETING, True), said(Purpose.MARKETING, False)
    merged_at = NOON + timedelta(days=1)
    for first, second in ((yes, no), (no, yes)):
        own, other = a_profile("m1", first), a_profile("m2", second)
        assert not as_one(own, [other], {}, merged_at).allows(Purpose.MARKETING)
    later = a_profile("m1", said(Purpose.MARKETING, True, merged_at))
    assert as_one(later, [a_profile("m2", no)], {}, merged_at).allows(Purpose.MARKETING)


def test_of_two_who_are_one_blanks_are_filled_and_the_winner_counts():
    merged_at = NOON + timedelta(days=1)
    own, other = (
        a_profile("m1", name="梅"),
        a_profile("m2", name="兰", birthday=Birthday(month=1, day=2)),
    )
    both = as_one(own, [other], {}, merged_at)
    assert (both.name, both.birthday) == ("梅", Birthday(month=1, day=2))
    assert as_one(own, [other], {"name": "m2"}, merged_at).name == "兰"
    since = a_profile("m1", told_at=merged_at)
    assert as_one(since, [other], {"name": "m2"}, merged_at).name is None
