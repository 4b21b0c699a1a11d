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


def read_day(text: str, field: Sequence[str] = ()) -> date:
    """A day as somebody writes it; Invalid, by the field, where the calendar has none such."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise Invalid(f"{shown(text)} is not a day such as 2026-11-01.", field=field)
    return day
