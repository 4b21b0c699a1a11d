"""Threads for work that only computes."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from domain.kernel.refusals import Unavailable

T = TypeVar("T")


class Threads:
    """One thread a processor; Pillow and hashing release the interpreter's lock while they work."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="work")
        self._shared: dict[str, asyncio.Future[Any]] = {}

    async def run(self, function: Callable[[], T]) -> T:
        """Run the function aside and return, or raise, what it does."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    async def share(self, key: str, function: Callable[[], T]) -> T:
        """The same, but whoever asks for this key while it is worked on gets the one result.

        The work goes on when one of those who wait for it leaves.
        """
        work: asyncio.Future[T] | None = self._shared.get(key)
        if work is None:
            work = asyncio.get_running_loop().run_in_executor(self._pool, function)
            self._shared[key] = work
            work.add_done_callback(lambda _: self._shared.pop(key))
        return await asyncio.shield(work)


class FewThreads:
    """So many at a time and no more; whoever would wait longer than their patience is refused."""

    def __init__(self, at_once: int, *, patience_s: float) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="few")
        self._turns = asyncio.Semaphore(at_once)
        self._patience_s = patience_s

    async def run(self, function: Callable[[], T]) -> T:
        """Run the function aside; Unavailable where its turn does not come in time."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._turns.acquire()
        except TimeoutError:
            raise Unavailable("Very many sign in just now; try again in a moment.") from None
        # Its turn ends with the work, also where nobody waits for that any more.
        work = asyncio.get_running_loop().run_in_executor(self._pool, function)
        work.add_done_callback(lambda _: self._turns.release())
        return await asyncio.shield(work)
