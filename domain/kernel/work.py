"""Work that only computes, and takes long enough to hold up everybody else."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Workers(Protocol):
    """Runs functions that compute, as many at a time as there are processors."""

    async def run(self, function: Callable[[], T]) -> T:
        """Run the function aside and return, or raise, what it does."""

    async def share(self, key: str, function: Callable[[], T]) -> T:
        """The same, but whoever asks for this key while it is worked on gets the one result."""
