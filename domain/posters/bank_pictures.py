"""The content bank's assets as pictures for posters."""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.refusals import NotFound
from domain.media.asset_bank import MediaPorts, load, rendition
from domain.media.assets import Kind, rendition_key, usable
from domain.media.renditions import Format, Preset
from domain.posters.drawing import Picture


class BankPictures:
    """Reads the whole picture's rendition, which is upright and not much larger than a poster."""

    def __init__(self, bank: MediaPorts) -> None:
        self._bank = bank

    async def unusable(self, asset_ids: Sequence[str], now: datetime) -> set[str]:
        """Those of the ids that are no pictures, or may not be shown at this moment."""
        if not asset_ids:
            return set()
        found = await self._bank.assets.by_ids(asset_ids)
        shown = {
            asset.id for asset in found.values() if asset.kind is Kind.IMAGE and usable(asset, now)
        }
        return set(asset_ids) - shown

    async def picture(self, asset_id: str) -> Picture:
        """A picture with its focal point; NotFound where there is none."""
        asset = await load(self._bank, asset_id)
        made = await rendition(self._bank, asset, Preset.FULL, Format.JPEG)
        data = await self._bank.files.get(rendition_key(asset.id, made))
        if data is None:
            raise NotFound(f"The picture {asset_id} is gone; upload it again.")
        return Picture(data=data, focal=(asset.focal_point.x, asset.focal_point.y))
