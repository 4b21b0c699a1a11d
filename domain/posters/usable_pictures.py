"""The content bank's pictures on posters: whole renditions, as long as they may be shown."""

from collections.abc import Sequence

from domain.kernel.refusals import NotFound
from domain.media.assets import Kind, rendition_key, usable
from domain.media.looking_up import load_asset
from domain.media.making_renditions import whole
from domain.media.ports import MediaPorts
from domain.people.act import Act
from domain.posters.drawing import PosterPicture


async def unusable(ports: MediaPorts, act: Act, asset_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are no pictures, or may not be shown just now."""
    if not asset_ids:
        return set()
    found = await ports.assets.by_ids(asset_ids)
    shown = {one.id for one in found.values() if one.kind is Kind.IMAGE and usable(one, act.at)}
    return set(asset_ids) - shown


async def picture(ports: MediaPorts, act: Act, asset_id: str) -> PosterPicture:
    """A picture, upright and not much larger than a poster; NotFound where there is none."""
    asset = await load_asset(ports.assets, asset_id)
    made = await whole(ports, act, asset)
    data = await ports.files.get(rendition_key(asset.id, made))
    if data is None:
        raise NotFound(f"The picture {asset_id} is gone; upload it again.")
    return PosterPicture(data=data, focal=(asset.focal_point.x, asset.focal_point.y))
