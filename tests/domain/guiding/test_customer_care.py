"""Whom a guide turns to today: what facts make of a customer, in whatever order they come."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.guiding.customer_care import CareKind, care_for, member_of, with_care
from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact, FactId, FactKind
from domain.members.profiles import Child
from tests.support.guiding import a_visit, beijing

MAY = "member_may"
DAY = date(2026, 11, 21)
K = CareKind


def told(kind: str, at, **data) -> Fact:
    return Fact(id=FactId(f"{kind}:{at}"), subject=kind, kind=FactKind(kind), at=at, data=data)


def ordered(kind: str, at, guide: str | None = "G1") -> Fact:
    lines = [{"productId": "10001"}]
    return told(f"order.{kind}", at, buyerId=MAY, guideId=guide, bondedGuideId=None, lines=lines)


def booked(kind: str, day: str, guide: str = "G2") -> Fact:
    at = beijing("2026-11-01")
    return told(f"booking.{kind}", at, member=MAY, booking="b1", guide=guide, day=day)


def born(day: str) -> Fact:
    return told("profile.changed", beijing("2026-11-01"), member=MAY, birthday=day, children=0)


def said(given: bool, purpose: str = "MARKETING", day: str = "2026-11-02") -> Fact:
    kind = "consent.given" if given else "consent.withdrawn"
    return told(kind, beijing(day), member=MAY, purpose=purpose, place="")


CAME = a_visit("G1", MAY, beijing("2026-11-10"))


def reasons(*facts: Fact, guide: str = "G1", on: date = DAY) -> list[tuple[CareKind, bool]]:
    """What is found under a guide and a day, as the storage looks for it."""
    care = with_care(None, facts)
    found = [(one.kind, one.done) for one in care_for(care, [guide], on)]
    under = {f"{guide}|{on.isoformat()}", f"{guide}|{on.strftime('%m-%d')}"}
    assert not found or under & set(care.due), (found, care.due)
    return found


def test_an_order_that_lapsed_unpaid_is_a_reason_on_the_next_day_until_something_is_paid():
    yesterday = DAY - timedelta(days=1)
    lapsed = ordered("expired", beijing(yesterday.isoformat(), "23:59:59"))
    assert reasons(CAME, lapsed) == [(K.UNPAID, False)]
    assert reasons(CAME, lapsed, on=yesterday) == []
    assert reasons(CAME, lapsed, on=DAY + timedelta(days=1)) == []
    assert reasons(CAME, lapsed, guide="G2") == []
    paid = ordered("paid", beijing(DAY.isoformat(), "00:00:01"))
    assert reasons(CAME, lapsed, paid) == reasons(CAME, paid, lapsed) == []


def test_a_birthday_and_silence_need_consent_to_marketing():
    birthday = born("11-24")
    assert reasons(CAME, birthday) == []
    assert reasons(CAME, birthday, said(True)) == [(K.BIRTHDAY, False)]
    assert reasons(CAME, birthday, said(True), said(False, day="2026-11-03")) == []
    assert reasons(CAME, birthday, said(False, day="2026-11-03"), said(True)) == []
    silent = ordered("paid", beijing("2026-09-22"))
    assert reasons(silent, said(True)) == [(K.SILENT, False)]
    assert reasons(silent) == []


def test_a_level_that_ends_is_told_thirty_days_ahead_unless_it_is_held_longer():
    def held(until: str | None, day: str = "2026-11-01") -> Fact:
        ends = until and beijing(until, "00:00:00").isoformat()
        return told("level.held", beijing(day), member=MAY, level="gold", until=ends)

    ends = held("2026-12-21")
    assert reasons(CAME, ends) == []
    assert reasons(CAME, ends, said(True)) == [(K.LEVEL_ENDS, False)]
    assert reasons(CAME, ends, said(True), on=DAY + timedelta(days=1)) == []
    assert reasons(CAME, ends, held("2027-12-21", "2026-11-02"), said(True)) == []
    assert reasons(CAME, ends, held(None, "2026-11-02"), said(True)) == []


def test_a_parcel_that_was_not_taken_is_a_reason_on_the_day_after():
    def back(refused: bool, at: str = "23:59:59") -> Fact:
        details = {"buyerId": MAY, "parcelRefused": refused}
        return told("return.requested", beijing("2026-11-20", at), details=details)

    assert reasons(CAME, back(True)) == [(K.PARCEL, False)]
    assert reasons(CAME, back(True), a_visit("G1", MAY, beijing("2026-11-21"))) == [
        (K.PARCEL, True)
    ]
    assert reasons(CAME, back(True), said(False, "SERVICE")) == []
    assert reasons(CAME, back(True), on=DAY + timedelta(days=1)) == []
    assert member_of(back(False)) is None


@given(st.dates(date(2010, 1, 1), date(2026, 11, 1)))
def test_a_child_is_told_of_once_in_the_month_in_which_it_comes_into_a_band(month: date):
    child = Child(year=month.year, month=month.month)
    consents = (said(True), said(True, "CHILD", "2026-11-03"))
    fact = replace(born("02-02"), data={"member": MAY, "birthday": None, "months": (child,)})
    care = with_care(None, (CAME, *consents, fact))
    days = [month.replace(day=1) + timedelta(days=n) for n in range(18 * 366)]
    found = [
        (day, one.age) for day in days for one in care_for(care, ["G1"], day) if one.kind is K.CHILD
    ]
    ages = ("FROM_1_TO_3", "FROM_4_TO_6", "FROM_7_TO_12", "FROM_13_TO_17")
    assert [age for _, age in found] == list(ages)
    for day, age in found:
        assert f"G1|{day.isoformat()}" in care.due
        noon = beijing(day.isoformat())
        assert child.band(noon) == age
        assert child.band(noon - timedelta(days=31)) != age
    # Without one of the consents nothing is said, and what is known of children is forgotten.
    no_more = with_care(care, (said(False, "CHILD", "2026-11-04"),))
    assert no_more.children == ()
    day = found[-1][0]
    unasked = with_care(None, (CAME, consents[1], fact))
    assert list(care_for(unasked, ["G1"], day)) == []


def test_a_visit_is_for_whom_it_is_booked_with_and_done_when_they_have_come():
    assert reasons(CAME, booked("booked", "2026-11-21"), guide="G2") == [(K.VISIT, False)]
    moved = booked("moved", "2026-11-22")
    assert reasons(CAME, booked("booked", "2026-11-21"), moved, guide="G2") == []
    arrived = booked("arrived", "2026-11-21")
    assert reasons(CAME, booked("booked", "2026-11-21"), arrived, guide="G2") == [(K.VISIT, True)]
    off = booked("cancelled", "2026-11-21")
    assert reasons(CAME, booked("booked", "2026-11-21"), off, guide="G2") == []
    refused = said(False, "SERVICE")
    assert reasons(CAME, booked("booked", "2026-11-21"), refused, guide="G2") == []


def test_it_is_done_by_the_customers_coming_by_the_guides_link_that_day():
    known = (born("11-24"), said(True))
    again = a_visit("G1", MAY, beijing(DAY.isoformat(), "00:00:00"))
    assert reasons(CAME, *known, again) == [(K.BIRTHDAY, True)]
    before = a_visit("G1", MAY, beijing("2026-11-20", "23:59:59"))
    assert reasons(CAME, *known, before) == [(K.BIRTHDAY, False)]
    # Whoever came by another's link is another's customer.
    assert reasons(CAME, *known, a_visit("G2", MAY, again.at)) == []
    assert reasons(CAME, *known, a_visit("G2", MAY, again.at), guide="G2") == [(K.BIRTHDAY, True)]


@given(
    st.dates(date(2026, 1, 1), date(2032, 12, 31)), st.dates(date(2024, 1, 1), date(2024, 12, 31))
)
def test_each_birthday_is_found_three_days_ahead_in_each_year(today: date, birth: date):
    facts = (CAME, born(birth.strftime("%m-%d")), said(True))
    kept_on = today + timedelta(days=3)
    is_leap = (date(kept_on.year, 3, 1) - timedelta(days=1)).day == 29
    day = birth.strftime("%m-%d")
    day = "02-28" if day == "02-29" and not is_leap else day
    assert bool(reasons(*facts, on=today)) == (kept_on.strftime("%m-%d") == day)


@given(st.randoms())
def test_the_order_in_which_subjects_are_heard_of_does_not_matter(chance):
    facts = [
        CAME,
        a_visit("G2", MAY, beijing("2026-11-12")),
        ordered("expired", beijing("2026-11-20")),
        ordered("paid", beijing("2026-09-22"), guide="G3"),
        born("11-24"),
        said(True),
        booked("booked", "2026-11-21"),
    ]
    expected = with_care(None, facts)
    chance.shuffle(facts)
    found = with_care(None, facts)
    for guide in ("G1", "G2", "G3"):
        assert list(care_for(found, [guide], DAY)) == list(care_for(expected, [guide], DAY))
    assert found.due == expected.due
    assert beijing_day(found.paid_at) == date(2026, 9, 22)


def test_visitors_and_people_of_the_stores_are_nobodys_customers():
    at = beijing("2026-11-10")
    assert member_of(a_visit("G1", "visitor_1", at)) is None
    assert member_of(a_visit("G1", MAY, at, consumer=False)) is None
    assert member_of(CAME) == MAY
