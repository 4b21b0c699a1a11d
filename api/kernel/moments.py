"""Moments in the schema."""

from datetime import UTC, datetime

import strawberry
from graphql import GraphQLError


def _read(text: object) -> datetime:
    """Read a moment to the millisecond, as the database keeps it; one without an offset is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GraphQLError(f"{text!r} is not a moment such as 2026-11-01T00:00:00+08:00.")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise GraphQLError(f"{text!r} is out of range.") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment in ISO 8601 with its offset from UTC, to the millisecond.",
    serialize=datetime.isoformat,
    parse_value=_read,
)
