"""Waiting for what comes a little later, such as what follows from a fact."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

# To ask takes some hundredths of a second of a processor, which what is waited for could use.
SHORTEST_S, LONGEST_S = 0.03, 0.3


async def comes_to(
    expected: Any, ask: Callable[[], Awaitable[Any]], within_s: float = 60.0
) -> None:
    """Ask again and again until the answer is what is expected, ever less often."""
    deadline, pause_s = time.monotonic() + within_s, SHORTEST_S
    while (answer := await ask()) != expected:
        assert time.monotonic() < deadline, answer
        await asyncio.sleep(pause_s)
        pause_s = min(1.5 * pause_s, LONGEST_S)
