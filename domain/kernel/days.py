"""Days: a business day is Beijing's, by the moment at which a thing happened."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

from domain.kernel.lines import shown
from domain.kernel.moments import EARLIEST_YEAR, LATEST_YEAR
from domain.kernel.refusals import Invalid

BEIJING = timezone(timedelta(hours=8))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def beijing_day(at: datetime) -> date:
    """The day of a moment in Beijing."""
    return at.astimezone(BEIJING).date()


def day_begins(day: date) -> datetime:
    """The first moment of a day in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def day_ends(day: date) -> datetime:
    """The first moment after a day in Beijing."""
    return day_begins(day) + timedelta(days=1)


def month_of(at: datetime, months_on: int = 0) -> str:
    """The month of a moment in Beijing, such as `2027-11`, or the one so many months later."""
    day = beijing_day(at)
    years, month = divmod(day.month - 1 + months_on, 12)
    return f"{day.year + years:04d}-{month + 1:02d}"


def month_ends(month: str) -> datetime:
    """The first moment after a month."""
    year, number = map(int, month.split("-"))
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=BEIJING)


def read_day(text: str, field: Sequence[str] = ()) -> date:
    """A day as somebody writes it; Invalid, by the field, where the calendar has none such."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise Invalid(f"{shown(text)} is not a day such as 2026-11-01.", field=field)
    return day
