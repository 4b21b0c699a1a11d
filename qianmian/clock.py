"""The moment, ids that tell it, and work that a process does by the clock while it serves."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.people.act import Act, by_the_clock

logger = logging.getLogger(__name__)

# What fails may well fail again at once; until it does not, it shall not fill the log.
REST_S = 1.0
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def now() -> datetime:
    """The present moment in UTC, to the millisecond as the database keeps it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def new_id(kind: str) -> str:
    """A new id such as `order_01jd3…`: milliseconds, then 50 random bits, in base 32."""
    number = (time.time_ns() // 1_000_000 << 50) | secrets.randbits(50)
    digits = [_ALPHABET[number >> shift & 31] for shift in range(95, -5, -5)]
    return f"{kind}_{''.join(digits)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that any number of processes may do at once; what it is must bear being cut short.

    `first` is what has to be done once before a process serves, for what others left half done
    would be seen. `rest` waits for the next time, and less than `every_s` where something comes.
    """

    name: str
    work: Callable[[Act], Awaitable[object]]
    every_s: float
    first: bool = False
    rest: Callable[[float], Awaitable[object]] = asyncio.sleep


def _unheeded(name: str) -> None:
    """Nobody counts what fails."""


@contextlib.asynccontextmanager
async def repeating(
    job: Job, failed: Callable[[str], None] = _unheeded, *, after_s: float = 0.0
) -> AsyncIterator[None]:
    """Do a job again and again for the length of a block, from so many seconds on.

    What fails is logged and tried again; each time, `failed` is told the job's name.
    """
    if job.first:
        await _do(job, failed)
    task = asyncio.create_task(_repeat(job, failed, after_s), name=job.name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(job: Job, failed: Callable[[str], None], after_s: float) -> None:
    await asyncio.sleep(after_s)
    while True:
        if not await _do(job, failed):
            await asyncio.sleep(REST_S)
        await job.rest(job.every_s)


async def _do(job: Job, failed: Callable[[str], None]) -> bool:
    """Do a job once; False where it failed, which is logged."""
    try:
        await job.work(by_the_clock(now(), new_id))
    except Exception:
        logger.exception("%s could not do all of its work; it is tried again", job.name)
        failed(job.name)
        return False
    return True
