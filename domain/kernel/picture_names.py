"""Pictures as files of rows name them."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Pictures(Protocol):
    """The uploaded pictures."""

    async def by_file_names(self, names: Sequence[str]) -> Mapping[str, str]:
        """The asset id behind each file name that was uploaded; the newest where several were."""
