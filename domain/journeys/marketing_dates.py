"""On which days something of the marketing calendar falls: by the week, month, year, or the moon.

Each date is reckoned from the rule and never from the one before it, so that nothing drifts: on a
31st that there is none of, it is the month's last day, and every year's 29 February is the 28th.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.kernel.days import read_day
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within

WEEKDAY = Within(1, 7)
DAY_OF_MONTH = Within(1, 31)
MONTH = Within(1, 12)
AHEAD = Within(-60, 60)
TIMES = Within(0, 500)


class Festival(StrEnum):
    """A day of the Chinese calendar."""

    SPRING_FESTIVAL = "SPRING_FESTIVAL"
    LANTERN_FESTIVAL = "LANTERN_FESTIVAL"
    DRAGON_BOAT = "DRAGON_BOAT"
    QIXI = "QIXI"
    MID_AUTUMN = "MID_AUTUMN"
    DOUBLE_NINTH = "DOUBLE_NINTH"


# The Hong Kong Observatory's Gregorian-Lunar Calendar Conversion Table,
# https://www.hko.gov.hk/en/gts/time/conversion.htm; months and days from 2026 on.
LUNAR_FROM = 2026
LUNAR = {
    Festival.SPRING_FESTIVAL: ("02-17", "02-06", "01-26", "02-13", "02-03"),
    Festival.LANTERN_FESTIVAL: ("03-03", "02-20", "02-09", "02-27", "02-17"),
    Festival.DRAGON_BOAT: ("06-19", "06-09", "05-28", "06-16", "06-05"),
    Festival.QIXI: ("08-19", "08-08", "08-26", "08-16", "08-05"),
    Festival.MID_AUTUMN: ("09-25", "09-15", "10-03", "09-22", "09-12"),
    Festival.DOUBLE_NINTH: ("10-18", "10-08", "10-26", "10-16", "10-05"),
}


class Repeats(StrEnum):
    """How often."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"
    LUNAR = "LUNAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """From a day such as 2026-11-23 on: `weekday` 1 is Monday; `day` 31 is always the last day.

    `ahead` days before a festival; below 0 after it. It ends after so many `times`; 0 is never.
    """

    repeats: Repeats
    starts_on: str
    weekday: int = 1
    day: int = 1
    month: int = 1
    festival: Festival | None = None
    ahead: int = 0
    times: int = 0


def checked_dates(rule: DateRule) -> DateRule:
    """The rule, or Invalid by field."""
    at = ["input", "dates"]
    starts = read_day(rule.starts_on, [*at, "startsOn"])
    WEEKDAY.read(rule.weekday, [*at, "weekday"])
    DAY_OF_MONTH.read(rule.day, [*at, "day"])
    MONTH.read(rule.month, [*at, "month"])
    AHEAD.read(rule.ahead, [*at, "ahead"])
    TIMES.read(rule.times, [*at, "times"])
    if (rule.repeats is Repeats.LUNAR) != (rule.festival is not None):
        raise Invalid(
            "Name the festival, and only where it goes by the moon.", field=[*at, "festival"]
        )
    until = LUNAR_FROM + len(LUNAR[Festival.SPRING_FESTIVAL]) - 1
    if rule.festival is not None and starts.year > until:
        raise Invalid(f"Festivals are known until {until}.", field=[*at, "startsOn"])
    return rule


def dates_between(rule: DateRule, first: date, last: date) -> list[date]:
    """The dates of a rule from one day to another, both included."""
    found = []
    for n, day in enumerate(_dates(rule, last), 1):
        if rule.times and n > rule.times:
            break
        if day >= first:
            found.append(day)
    return found


def _dates(rule: DateRule, last: date) -> Iterator[date]:
    starts = date.fromisoformat(rule.starts_on)
    for day in _all_dates(rule, starts, last):
        if day > last:
            return
        if day >= starts:
            yield day


def _all_dates(rule: DateRule, starts: date, last: date) -> Iterator[date]:
    if rule.repeats is Repeats.WEEKLY:
        day = starts + timedelta(days=(rule.weekday - starts.isoweekday()) % 7)
        while day <= last:
            yield day
            day += timedelta(weeks=1)
        return
    # What is some days before a festival may lie in the year before.
    for year in range(starts.year - 1, last.year + 2):
        match rule.repeats:
            case Repeats.MONTHLY:
                yield from (_in_month(year, month, rule.day) for month in range(1, 13))
            case Repeats.YEARLY:
                yield _in_month(year, rule.month, rule.day)
            case _:
                assert rule.festival is not None, "as it was checked"
                if festival := festival_on(rule.festival, year):
                    yield festival - timedelta(days=rule.ahead)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def festival_on(festival: Festival, year: int) -> date | None:
    """The day of a festival in a year; None where the table does not reach."""
    days = LUNAR[festival]
    if not LUNAR_FROM <= year < LUNAR_FROM + len(days):
        return None
    return date.fromisoformat(f"{year}-{days[year - LUNAR_FROM]}")
