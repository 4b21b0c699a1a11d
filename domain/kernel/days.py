"""Days: a business day is Beijing's, by the moment at which a thing happened."""

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def beijing_day(at: datetime) -> date:
    """The day of a moment in Beijing."""
    return at.astimezone(BEIJING).date()
