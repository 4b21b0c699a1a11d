"""How much each store has been asked to do today."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from domain.network.hours import CHINA
from domain.network.stores import Store, StoreId


class Workload(Protocol):
    """Counts the fulfilment orders that stores are given, day by day.

    A store is at capacity softly: routing prefers others, and asks it where nobody else can.
    """

    def full(self, now: datetime) -> Collection[StoreId]:
        """The stores that have got their capacity today, as was known a moment ago."""

    async def given(self, part_id: str, store: Store, *, now: datetime) -> None:
        """Have a fulfilment order counted for its store soon; counted again, it is still one."""

    async def refresh(self, now: datetime) -> None:
        """Count what was given, and learn anew which stores are full today."""


def day_of(now: datetime) -> str:
    """The day in China, as 2026-11-21."""
    return now.astimezone(CHINA).date().isoformat()
