"""Which occurrence of a task a moment belongs to, when guides are reminded, and what is sold."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.guiding.guide_sales import with_sale
from domain.guiding.tasks import (
    CLOSES_AFTER,
    Recurrence,
    Task,
    TaskAudience,
    TaskId,
    cut_into_parts,
    next_reminder,
)
from domain.kernel.days import BEIJING, beijing_day, day_ends
from domain.kernel.moments import NEVER
from domain.kernel.request_keys import request_key
from tests.support.guiding import a_refund, a_sale, beijing, some_work

FIRST = date(2026, 11, 21)
PEOPLE = [(f"S{n // 9}", f"G{n}") for n in range(14_300)]


def a_plan(recurrence=Recurrence.DAILY, days=10, hours=(10, 20), first=FIRST, **changes) -> Task:
    fields = {
        "id": TaskId("task_1"),
        "template_id": "tasktemplate_1",
        "work": some_work(),
        "audience": TaskAudience(),
        "recurrence": recurrence,
        "starts_on": first.isoformat(),
        "ends_on": (first + timedelta(days=days - 1)).isoformat(),
        "remind_hours": hours,
        "published_by": "staff_1",
        "published_at": beijing(first.isoformat(), "00:00:00"),
        "asked": request_key("k", 1),
    }
    return Task(**{**fields, **changes})


def test_a_day_ends_at_midnight_in_beijing_by_the_moment_a_thing_was_done():
    task = a_plan()
    last = datetime(2026, 11, 21, 15, 59, 59, 900_000, tzinfo=UTC)
    assert task.occurrence_at(last) == "2026-11-21"
    assert task.occurrence_at(datetime(2026, 11, 21, 16, tzinfo=UTC)) == "2026-11-22"
    # What is told after midnight counts for its own day, until 48 hours after that day.
    assert not task.closed("2026-11-21", beijing("2026-11-23", "23:59:59"))
    assert task.closed("2026-11-21", beijing("2026-11-24", "00:00:00"))


def test_days_go_on_over_the_end_of_a_month_and_weeks_begin_with_the_first_day():
    task = a_plan(days=20)
    found = [task.occurrence_on(FIRST + timedelta(days=n)) for n in range(20)]
    assert found[9:12] == ["2026-11-30", "2026-12-01", "2026-12-02"]
    weekly = a_plan(Recurrence.WEEKLY, days=10)
    assert weekly.occurrence_on(date(2026, 11, 27)) == "2026-11-21"
    assert weekly.occurrence_on(date(2026, 11, 28)) == "2026-11-28"
    assert weekly.last_day("2026-11-21") == date(2026, 11, 27)
    assert weekly.last_day("2026-11-28") == date(2026, 11, 30)


@given(st.sampled_from(Recurrence), st.integers(1, 60), st.integers(-3, 70))
def test_each_day_of_a_task_lies_in_one_occurrence_and_no_other_day_does(recurrence, days, n):
    task = a_plan(recurrence, days)
    day = FIRST + timedelta(days=n)
    found = task.occurrence_on(day)
    assert (found is not None) == (0 <= n < days)
    if found is not None:
        assert date.fromisoformat(found) <= day <= task.last_day(found)
        assert task.occurrence_on(task.last_day(found)) == found
        assert not task.closed(found, day_ends(task.last_day(found)) + CLOSES_AFTER / 2)


@given(
    st.sampled_from(Recurrence),
    st.integers(1, 20),
    st.integers(1, 130),
    st.sets(st.integers(8, 21), max_size=3),
)
def test_reminders_fall_on_last_days_in_their_hours_and_never_at_a_full_or_half_hour(
    recurrence, days, number, hours
):
    task = a_plan(recurrence, days, hours=tuple(hours))
    part = cut_into_parts(task, PEOPLE, task.published_at)[number - 1]
    found, at = [], task.published_at
    while (at := next_reminder(task, part, at)) != NEVER:
        found.append(at.astimezone(BEIJING))
    assert all(before < after for before, after in pairwise(found))
    lasts = {task.last_day(task.occurrence_on(FIRST + timedelta(days=n))) for n in range(days)}
    assert {beijing_day(one) for one in found} == (lasts if hours else set())
    assert len(found) == len(lasts) * len(hours)
    assert all(one.hour in hours and one.minute % 30 for one in found)


def test_nobody_is_reminded_of_what_was_called_off():
    off = a_plan(cancelled_at=beijing("2026-11-23", "12:00:00"))
    [part] = cut_into_parts(off, [("S1", "G1")], off.published_at)
    assert next_reminder(off, part, beijing("2026-11-22", "23:00:00")) < off.cancelled_at
    assert next_reminder(off, part, beijing("2026-11-23", "11:00:00")) == NEVER
    assert off.occurrence_at(beijing("2026-11-23", "11:59:59")) == "2026-11-23"
    assert off.occurrence_at(off.cancelled_at) is None


@given(
    st.lists(st.integers(1, 5_000), min_size=1, max_size=5),
    st.lists(st.integers(1, 3_000), max_size=6),
    st.randoms(),
)
def test_in_whatever_order_refunds_are_heard_of_all_of_them_take_back_all(sold, parts, chance):
    at, paid = beijing("2026-11-21"), sum(sold) + 1_200  # and the way to the buyer
    facts, before = [a_sale("o1", "G1", at, *sold)], 0
    for n, part in enumerate([*parts, paid], 1):
        if part := min(part, paid - before):
            facts.append(a_refund("o1", n, at, part, before=before, paid=paid))
            before += part
    chance.shuffle(facts)
    cut = chance.randint(0, len(facts))
    sale = None
    for some in (facts[:cut], facts[cut:]):
        sale = with_sale(sale, some) if some else sale
    assert sum(one.paid for one in sale.lines) == sum(sold)
    for counted in (sum(sold), sold[0]):
        assert sum(one.of(counted) for one in sale.refunds) == counted
