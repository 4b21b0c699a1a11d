"""What the use cases of assets work with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.kernel.files import Files
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.uses import Uses
from domain.kernel.wording import Wording
from domain.kernel.work import Workers
from domain.media.assets import Asset, Assets


class Displays(Protocol):
    """Whatever shows assets to guides and consumers, such as posts."""

    async def follow(self, asset: Asset, *, now: datetime) -> None:
        """Take what shows an asset off show when the asset's time is up, or put it back on.

        Called before the asset is saved where its time becomes shorter, after it where longer, and
        again with the asset as it is where somebody else has changed it meanwhile.
        """

    async def shows(self, asset: Asset, *, now: datetime) -> bool:
        """Whether something that was let in shows an asset at a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPorts(Ports):
    """The ports that assets need; links lead to `public_url` and are signed with the secret."""

    assets: Assets
    displays: Displays
    files: Files
    uses: Uses
    records: Records
    workers: Workers
    wording: Wording
    public_url: str
    secret: str
