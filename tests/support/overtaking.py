"""Something else that happens between somebody's look and their write."""

from collections.abc import Awaitable, Callable
from typing import Any

First = Callable[[], Awaitable[Any]]


class Overtaken:
    """A port whose next save comes after something else that happens meanwhile."""

    def __init__(self, port: Any, first: First) -> None:
        self._port = port
        self._first: First | None = first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def save(self, *args: Any, **kwargs: Any) -> None:
        first, self._first = self._first, None
        if first:
            await first()
        await self._port.save(*args, **kwargs)
