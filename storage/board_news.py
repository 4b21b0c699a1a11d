"""News of facts that are counted for those who watch boards in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence

from domain.insight.counting import COUNTED_FACTS
from domain.kernel.facts import Fact

# Counters are a fraction of a second behind what is heard; whoever watches looks so often.
TURN_S = 0.5


class _Ear:
    """One who watches a board."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def again(self) -> None:
        """Have one more turn, though nothing more is heard."""
        self._woken.set()

    async def turns(self) -> AsyncIterator[None]:
        """A turn when something was heard, at most two a second."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(TURN_S)
            self._woken.clear()
            yield


class BoardEars:
    """All who watch boards of one kind."""

    def __init__(self) -> None:
        self._ears: set[_Ear] = set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[_Ear]:
        """Hear of what changes from here on."""
        ear = _Ear()
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)

    def wake(self) -> None:
        """Have everybody look."""
        for ear in self._ears:
            ear.again()


class BoardNewsFromFacts(BoardEars):
    """See `BoardNews` in the domain; costs the database nothing, whoever watches."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = 0

    @property
    def heard(self) -> int:
        """The number of the newest fact that was heard of; 0 before the first."""
        return self._heard

    def hear(self, facts: Sequence[Fact]) -> None:
        """Wake whoever watches, once something is counted."""
        counted = [fact.n for fact in facts if fact.kind in COUNTED_FACTS]
        if counted:
            self._heard = max(self._heard, *counted)
            self.wake()
