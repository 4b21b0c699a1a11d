"""Moments in the schema."""

from datetime import datetime

import strawberry
from graphql import GraphQLError

from domain.kernel.moments import EARLIEST_YEAR, LATEST_YEAR, read_moment
from domain.kernel.refusals import Invalid


def _read(value: object) -> datetime:
    """Read a moment, or say with the code INVALID what is wrong; the library names the place."""
    try:
        return read_moment(value if isinstance(value, str) else None)
    except Invalid as refusal:
        raise GraphQLError(refusal.message, extensions={"code": refusal.code.value}) from None


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment in ISO 8601 with its offset from UTC, to the millisecond, of the years "
    f"{EARLIEST_YEAR} to {LATEST_YEAR}.",
    serialize=datetime.isoformat,
    parse_value=_read,
)
