"""Moments: the first and the last of all, and those that people may write."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from domain.kernel.lines import shown
from domain.kernel.refusals import Invalid

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# The clock of a till, or of another system that tells of things, may run so far ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)
# What somebody writes lies so far inside, that no day counted from it falls outside.
EARLIEST_YEAR = 1900
LATEST_YEAR = 2999


def read_moment(value: object, field: Sequence[str] = ()) -> datetime:
    """A moment in ISO 8601 with its offset, to the millisecond, as the database keeps it.

    Invalid, by the field, where it is none or not of the years 1900 to 2999 in UTC.
    """
    moment = value if isinstance(value, datetime) else None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(
            f"{shown(value)} is not a moment such as 2026-11-01T00:00:00+08:00.", field=field
        )
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = BEGINNING
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise Invalid(
            f"{shown(value)} is not of the years {EARLIEST_YEAR} to {LATEST_YEAR}.", field=field
        )
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
