"""The letters that names are drawn in: those of the fonts that posters come with."""

from collections.abc import Mapping
from typing import TypeVar

from domain.kernel.work import Workers
from storage.fonts import bundled

K = TypeVar("K", bound=str)


class PosterLettering:
    """Looks at names aside: opening the fonts takes a second the first time."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def lacking(self, texts: Mapping[K, str]) -> Mapping[K, str]:
        """The characters of each text that no font has; texts that can be drawn are left out."""

        def look() -> dict[K, str]:
            fonts = bundled()
            return {key: lost for key, text in texts.items() if (lost := fonts.lacking(text))}

        return await self._workers.run(look)
