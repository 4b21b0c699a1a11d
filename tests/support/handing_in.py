"""Files handed to use cases without the API."""

from collections.abc import Callable
from typing import TypeVar

from domain.kernel.import_reports import ImportMode
from domain.kernel.imports import HandedIn

T = TypeVar("T")


class Here:
    """Works at once, where it stands."""

    async def run(self, function: Callable[[], T]) -> T:
        return function()

    async def share(self, key: str, function: Callable[[], T]) -> T:
        return function()


def handed(
    data: bytes,
    name: str = "file.csv",
    *,
    mode: ImportMode = ImportMode.ALL_OR_NOTHING,
    only_check: bool = False,
) -> HandedIn:
    return HandedIn(name=name, data=data, mode=mode, only_check=only_check, workers=Here())
