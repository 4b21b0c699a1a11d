"""Threads for work that only computes."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """One thread a processor; Pillow and hashing release the interpreter's lock while they work."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="work")

    async def run(self, function: Callable[[], T]) -> T:
        """Run the function aside and return, or raise, what it does."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)
