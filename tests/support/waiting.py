"""Waiting for what comes a little later, such as what follows from a fact."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


async def comes_to(
    expected: Any, ask: Callable[[], Awaitable[Any]], within_s: float = 60.0
) -> None:
    """Ask again and again until the answer is what is expected."""
    deadline = time.monotonic() + within_s
    while (answer := await ask()) != expected:
        assert time.monotonic() < deadline, answer
        await asyncio.sleep(0.05)
