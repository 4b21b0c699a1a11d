"""Work that a process does by the clock while it serves."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

logger = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def repeating(
    work: Callable[[], Awaitable[object]], *, every_s: float
) -> AsyncIterator[None]:
    """Do some work again and again for the length of a block.

    Work that fails is logged and tried again at its next time: whatever it is must bear that.
    """
    task = asyncio.create_task(_repeat(work, every_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(work: Callable[[], Awaitable[object]], every_s: float) -> None:
    while True:
        try:
            await work()
        except Exception:
            logger.exception("work by the clock failed; it is tried again")
        await asyncio.sleep(every_s)
