"""How often something may be tried, counted before it is done and for all processes together."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The count of one subject in one window: at most `most`, forgotten when the window is over."""

    id: str
    most: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So often within a window at most, for each subject; windows are the same for all of them."""

    name: str
    most: int
    window: timedelta

    def tally(self, now: datetime, *subject: str) -> Tally:
        """The count of a subject just now.

        Only a digest of the subject is kept: people type passwords where a name belongs.
        """
        number = int(now.timestamp() // self.window.total_seconds())
        digest = hashlib.sha256("\0".join(subject).encode(errors="replace")).hexdigest()[:32]
        ends = datetime.fromtimestamp((number + 1) * self.window.total_seconds(), UTC)
        return Tally(id=f"{self.name}:{digest}:{number}", most=self.most, expires_at=ends)


class Tallies(Protocol):
    """Counts that all processes share."""

    async def count(self, tally: Tally) -> bool:
        """Count one more and tell that it was; False where there are as many as may be."""

    async def give_back(self, tally: Tally) -> None:
        """Count one less."""
