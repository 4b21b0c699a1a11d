"""The content bank's pictures on posters: whole renditions, as long as they may be shown."""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.refusals import NotFound
from domain.media.asset_bank import MediaPorts, load, rendition
from domain.media.assets import Kind, rendition_key, usable
from domain.media.renditions import Format, Preset
from domain.posters.drawing import PosterPicture


async def unusable(media: MediaPorts, asset_ids: Sequence[str], at: datetime) -> set[str]:
    """Those of the ids that are no pictures, or may not be shown at a moment."""
    if not asset_ids:
        return set()
    found = await media.assets.by_ids(asset_ids)
    shown = {one.id for one in found.values() if one.kind is Kind.IMAGE and usable(one, at)}
    return set(asset_ids) - shown


async def picture(media: MediaPorts, asset_id: str) -> PosterPicture:
    """A picture, upright and not much larger than a poster; NotFound where there is none."""
    asset = await load(media, asset_id)
    made = await rendition(media, asset, Preset.FULL, Format.JPEG)
    data = await media.files.get(rendition_key(asset.id, made))
    if data is None:
        raise NotFound(f"The picture {asset_id} is gone; upload it again.")
    return PosterPicture(data=data, focal=(asset.focal_point.x, asset.focal_point.y))
