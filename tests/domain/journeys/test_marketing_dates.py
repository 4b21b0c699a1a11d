"""On which days something falls: no drift, no skipped month, festivals by the table."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.journeys.marketing_dates import (
    DateRule,
    Festival,
    Repeats,
    checked_dates,
    dates_between,
    festival_on,
)
from domain.journeys.marketing_items import MarketingItem, Theme, days_of, shipped_week
from domain.kernel.refusals import Invalid

MONTHLY = DateRule(repeats=Repeats.MONTHLY, starts_on="2027-01-31", day=31)


def shown(rule: DateRule, first: str, last: str) -> list[str]:
    return [
        one.strftime("%m-%d")
        for one in dates_between(rule, date.fromisoformat(first), date.fromisoformat(last))
    ]


def test_every_month_on_the_31st_is_the_last_day_where_there_is_none():
    year = ("2027-01-01", "2027-06-30")
    assert shown(MONTHLY, *year) == ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30"]
    assert shown(replace(MONTHLY, day=30), *year)[:3] == ["02-28", "03-30", "04-30"]
    assert shown(replace(MONTHLY, times=3), *year) == ["01-31", "02-28", "03-31"]
    # Asked for a part of it, it is no other.
    assert shown(replace(MONTHLY, times=3), "2027-03-01", "2027-12-31") == ["03-31"]
    leap = DateRule(repeats=Repeats.YEARLY, starts_on="2027-01-01", month=2, day=29)
    assert [
        one.isoformat() for one in dates_between(leap, date(2027, 1, 1), date(2028, 12, 31))
    ] == [
        "2027-02-28",
        "2028-02-29",
    ]


def test_ten_days_before_mid_autumn_and_festivals_in_their_seasons():
    rule = DateRule(
        repeats=Repeats.LUNAR, starts_on="2026-01-01", festival=Festival.MID_AUTUMN, ahead=10
    )
    found = dates_between(rule, date(2026, 1, 1), date(2031, 12, 31))
    assert [one.isoformat() for one in found] == [
        "2026-09-15",
        "2027-09-05",
        "2028-09-23",
        "2029-09-12",
        "2030-09-02",
    ]
    for year in range(2026, 2031):
        days = [festival_on(one, year) for one in Festival]
        assert days == sorted(days)
        # A year of the moon: the lantern festival is the first full moon after the new year's.
        assert days[1] - days[0] == timedelta(days=14)
        assert 0 <= (days[0] - date(year, 1, 21)).days <= 30
    # What is 20 days before a new year's festival may lie in the year before.
    early = replace(rule, festival=Festival.SPRING_FESTIVAL, ahead=40)
    assert [one.year for one in dates_between(early, date(2027, 12, 1), date(2027, 12, 31))] == [
        2027
    ]


@settings(max_examples=60, deadline=None)
@given(
    start=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    day=st.integers(1, 31),
    kind=st.sampled_from([Repeats.WEEKLY, Repeats.MONTHLY, Repeats.YEARLY]),
    times=st.integers(0, 9),
    cut=st.integers(0, 900),
)
def test_a_part_of_the_dates_is_a_part_of_them(start, day, kind, times, cut):
    rule = DateRule(
        repeats=kind,
        starts_on=start.isoformat(),
        day=day,
        weekday=day % 7 + 1,
        month=day % 12 + 1,
        times=times,
    )
    end = start + timedelta(days=900)
    middle = start + timedelta(days=cut)
    whole = dates_between(rule, start, end)
    assert whole == sorted(set(whole))
    assert len(whole) <= (times or 10_000)
    later = dates_between(rule, middle + timedelta(days=1), end)
    assert whole == dates_between(rule, start, middle) + later
    if kind is Repeats.MONTHLY and not times:
        months = {(one.year, one.month) for one in whole}
        assert len(months) == len(whole) >= 29


def test_a_date_that_is_moved_moves_no_other():
    item = MarketingItem(
        id="item_x",
        title="会员日",
        theme=Theme.MEMBERS_DAY,
        dates=MONTHLY,
        moved={"2027-02-28": "2027-03-02"},
    )
    found = days_of(item, date(2027, 1, 1), date(2027, 4, 30))
    assert [(day, on.isoformat()) for day, on in found] == [
        ("2027-01-31", "2027-01-31"),
        ("2027-02-28", "2027-03-02"),
        ("2027-03-31", "2027-03-31"),
        ("2027-04-30", "2027-04-30"),
    ]
    assert days_of(item, date(2027, 2, 28), date(2027, 2, 28)) == []


def test_the_week_as_it_is_shipped_has_six_days():
    monday = date(2026, 11, 30)
    days = [days_of(one, monday, monday + timedelta(days=6)) for one in shipped_week("2026-11-25")]
    assert [on.isoweekday() for [(_, on)] in days] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "changes",
    [
        {"repeats": Repeats.LUNAR},
        {"festival": Festival.QIXI},
        {"weekday": 8},
        {"day": 0},
        {"month": 13},
        {"starts_on": "2027-02-30"},
        {"times": -1},
        {"repeats": Repeats.LUNAR, "festival": Festival.QIXI, "starts_on": "2031-01-01"},
    ],
)
def test_what_is_no_rule_of_dates_is_refused(changes):
    with pytest.raises(Invalid):
        checked_dates(replace(MONTHLY, **changes))
