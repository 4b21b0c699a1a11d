"""Calendars: what is free, compared with the minutes one by one, and any order of taking."""

import itertools
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.network.hours import MINUTES_A_DAY, OpeningHours, Span
from domain.service.calendars import (
    NOTES_KEPT,
    CalendarDay,
    CalendarId,
    Need,
    with_stay,
    without_stay,
)

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ID = CalendarId("resource:S1:ROOM:2026-11-28")
SPANS = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(
    lambda drawn: Span(start=drawn[0], end=drawn[0] + drawn[1])
)
STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from("abcd"), st.integers(1, 3), SPANS), max_size=30
)


@given(STEPS, st.integers(0, 3))
def test_nobody_has_a_minute_that_as_many_have_already_and_nothing_is_lost(steps, most):
    day = CalendarDay(id=ID)
    kept: dict[tuple[str, int], Span] = {}
    over: set[tuple[str, int]] = set()
    for takes, booking, stay, span in steps:
        key = booking, stay
        if not takes:
            day = without_stay(day, booking, stay, NOW)
            kept.pop(key, None)
            over.add(key)
            continue
        others = [one for (whose, _), one in kept.items() if whose != booking]
        fits = all(
            sum(one.start <= minute < one.end for one in others) < most
            for minute in range(span.start, span.end)
        )
        after = with_stay(day, Need(calendar=ID, span=span, most=most), booking, stay)
        if key in kept:
            assert after is day
        elif key in over or not fits:
            assert after is None
        else:
            assert after is not None
            day, kept[key] = after, span
    assert {(one.booking, one.stay): one.span for one in day.taken} == kept


def test_notes_of_what_is_over_are_kept_for_a_day():
    day = without_stay(CalendarDay(id=ID), "a", 1, NOW)
    assert without_stay(day, "a", 1, NOW) is day
    later = without_stay(day, "b", 1, NOW + NOTES_KEPT)
    assert [one.booking for one in later.given_back] == ["b"]
    sooner = without_stay(day, "b", 1, NOW + NOTES_KEPT - timedelta(seconds=1))
    assert [one.booking for one in sooner.given_back] == ["a", "b"]


WHOLE_SPANS = st.lists(
    st.tuples(st.integers(0, MINUTES_A_DAY - 1), st.integers(1, MINUTES_A_DAY)), max_size=3
).map(lambda drawn: tuple(Span(start=start, end=start + length) for start, length in drawn))


@given(WHOLE_SPANS, WHOLE_SPANS)
def test_a_day_has_the_minutes_that_its_own_spans_and_those_of_the_day_before_have(eve, own):
    sunday = date(2026, 11, 29)
    week = ((), (), (), (), (), eve, own)
    minutes = {
        minute
        for spans, shift in ((eve, MINUTES_A_DAY), (own, 0))
        for span in spans
        for minute in range(span.start - shift, span.end - shift)
        if 0 <= minute < MINUTES_A_DAY
    }
    within = OpeningHours(week=week).within(sunday)
    found = [minute for span in within for minute in range(span.start, span.end)]
    assert found == sorted(minutes)
    # Those that touch are one, so that a visit may lie across.
    assert all(one.end < other.start for one, other in itertools.pairwise(within))
