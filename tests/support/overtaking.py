"""Something else that happens between somebody's look and their write."""

from collections.abc import Awaitable, Callable
from typing import Any

First = Callable[[], Awaitable[Any]]


class Overtaken:
    """A port whose next save, or other write, comes after something else that happens meanwhile."""

    def __init__(self, port: Any, first: First, *, method: str = "save") -> None:
        self._port = port
        self._first: First | None = first
        self._method = method

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name != self._method:
            return found

        async def write(*args: Any, **kwargs: Any) -> Any:
            first, self._first = self._first, None
            if first:
                await first()
            return await found(*args, **kwargs)

        return write
