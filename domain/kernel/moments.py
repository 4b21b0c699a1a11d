"""The first and the last moment: before all that happens, and after it."""

from datetime import UTC, datetime

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
