"""Renditions are made the first time that they are asked for, and kept."""

import io

from domain.kernel.refusals import Invalid, NotFound
from domain.media.assets import Asset, Kind, Rendition, rendition_key, usable
from domain.media.ports import MediaPorts
from domain.media.renditions import Preset, Rendered, RenditionFormat, recipe, render
from domain.people.act import Act

# How a whole picture is shown; made at its upload.
WHOLE = (Preset.FULL, RenditionFormat.JPEG)


async def whole(ports: MediaPorts, act: Act, asset: Asset) -> Rendition:
    """The whole picture upright and without metadata, or the video without its hidden parts."""
    if asset.kind is Kind.VIDEO:
        return asset.renditions[0]
    return await rendition(ports, act, asset, *WHOLE)


async def rendition(
    ports: MediaPorts, act: Act, asset: Asset, preset: Preset, format: RenditionFormat
) -> Rendition:
    """The rendition of a picture for a place; NotFound where it may not be shown."""
    if asset.kind is not Kind.IMAGE:
        raise Invalid("Only pictures have renditions.", field=["preset"])
    if not usable(asset, act.at):
        raise NotFound(f"The picture {asset.id} may not be shown any more.")
    name = recipe(preset, format, asset.focal_point)
    made = asset.rendition(name)
    if made is not None:
        return made
    original = await ports.files.get(asset.original_key())
    if original is None:
        raise NotFound(f"The original of {asset.id} is gone; upload it again.")
    focal_point = asset.focal_point
    rendered = await ports.workers.share(
        f"{asset.id} {name}", lambda: render(io.BytesIO(original), preset, format, focal_point)
    )
    await keep_rendition(ports, act, asset, rendered)
    if not await ports.assets.add_rendition(asset.id, rendered.rendition):
        await ports.files.delete(rendition_key(asset.id, rendered.rendition))
        raise NotFound(f"The asset {asset.id} was deleted meanwhile.")
    return rendered.rendition


async def keep_rendition(ports: MediaPorts, act: Act, asset: Asset, rendered: Rendered) -> None:
    """Keep the bytes of a rendition."""
    made = rendered.rendition
    await ports.files.put(rendition_key(asset.id, made), rendered.data, made.content_type)
