"""Concluding movements in batches, a little after they were done."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from domain.kernel.apply_once import Entry, Identified, Ledger, conclude

M = TypeVar("M", bound=Identified)


class Concluding(Generic[M]):
    """Gathers what was decided of many movements of a ledger and concludes it together.

    What is still waiting when a process ends is concluded by whoever finishes what is open.
    """

    def __init__(self, ledger: Ledger[M]) -> None:
        self._ledger = ledger
        self._waiting: list[Entry[M]] = []

    async def soon(self, entries: Sequence[Entry[M]]) -> None:
        """Conclude with the next batch."""
        self._waiting += entries

    async def conclude_waiting(self) -> None:
        """Conclude all that is waiting."""
        batch, self._waiting = self._waiting, []
        if batch:
            await conclude(self._ledger, batch)
