"""What many ask for at about the same moment, asked of the database once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# Whoever asks waits so long for others who ask the same.
WITHIN_S = 0.01


class Together(Generic[K, V]):
    """Gathers keys that are asked for within a hundredth of a second.

    `ask` is given each of them once and answers those that it has something for; what it raises,
    everybody meets who waits. It is not asked again before it has answered: of two writes of one
    thing the later must not be there first.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def of(self, key: K) -> V | None:
        """The answer for a key; whoever waits no more disturbs nobody else."""
        if not self._waiting:
            task = asyncio.create_task(self._answer())
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._waiting[key])

    async def _answer(self) -> None:
        await asyncio.sleep(WITHIN_S)
        async with self._turn:
            waiting, self._waiting = self._waiting, {}
            try:
                found = await self._ask(list(waiting))
            except Exception as fault:
                for future in waiting.values():
                    future.set_exception(fault)
                    future.exception()  # is retrieved, where nobody waits any more
            else:
                for key, future in waiting.items():
                    future.set_result(found.get(key))
