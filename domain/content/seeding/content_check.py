"""The check of what consumers write, before anybody else reads it."""

from enum import StrEnum
from typing import Protocol


class ContentVerdict(StrEnum):
    """What a content check makes of a text: fit, for people to decide, or unfit."""

    PASS = "PASS"  # noqa: S105 - no password
    REVIEW = "REVIEW"
    RISKY = "RISKY"


class ContentCheck(Protocol):
    """Judges what consumers write before anybody else reads it.

    It never lets something pass because it could not ask: then people decide.
    """

    async def judge(self, text: str, *, openid: str) -> ContentVerdict:
        """What to make of at most 2,500 characters by the consumer behind an openid."""
