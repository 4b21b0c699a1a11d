"""The content bank's assets: what they need, and how their renditions are made."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.kernel.files import Files
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.uses import Uses
from domain.kernel.work import Workers
from domain.media.assets import Asset, Assets, Kind, Rendition, rendition_key
from domain.media.likeness import NEAREST, distance
from domain.media.renditions import Format, Preset, Rendered, recipe, render
from domain.people.viewer import CONTENT_TEAM, Role, Viewer

# Those who put assets into content and storefronts.
ARRANGERS = frozenset({*CONTENT_TEAM, Role.STORE_MANAGER})
MOST_REPORTED = 20
# How a whole picture is shown; made at its upload.
WHOLE = (Preset.FULL, Format.JPEG)


class Displays(Protocol):
    """Whatever shows assets to guides and consumers, such as posts."""

    async def follow(self, asset: Asset, *, now: datetime) -> None:
        """Take what shows an asset off show when the asset's time is up, or put it back on.

        Called before the asset is saved where its time becomes shorter, after it where longer, and
        again with the asset as it is where somebody else has changed it meanwhile.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPorts(Ports):
    """The ports that assets need."""

    assets: Assets
    displays: Displays
    files: Files
    uses: Uses
    records: Records
    workers: Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """Another asset that looks alike, and in how many of 64 bits its hash differs."""

    asset: Asset
    distance: int


async def load(bank: MediaPorts, id: str) -> Asset:
    """The asset of this id, or NotFound."""
    found = (await bank.assets.by_ids([id])).values()
    if not found:
        raise NotFound(f"There is no asset {id}; look its id up in the list of assets.")
    return next(iter(found))


async def near_duplicates(
    bank: MediaPorts, viewer: Viewer, asset: Asset
) -> tuple[NearDuplicate, ...]:
    """The twenty other assets that look most alike, the nearest first.

    None for those who may not see what is not published yet.
    """
    if asset.likeness is None or viewer.role not in ARRANGERS:
        return ()
    found = [
        NearDuplicate(asset=other, distance=distance(asset.likeness, other.likeness))
        for other in await bank.assets.alike(asset.likeness)
        if other.id != asset.id and other.likeness is not None
    ]
    near = (one for one in found if one.distance <= NEAREST)
    return tuple(sorted(near, key=lambda one: (one.distance, one.asset.id)))[:MOST_REPORTED]


async def whole(bank: MediaPorts, asset: Asset) -> Rendition:
    """The whole picture upright and without metadata, or the video without its hidden parts."""
    if asset.kind is Kind.VIDEO:
        return asset.renditions[0]
    return await rendition(bank, asset, *WHOLE)


async def rendition(bank: MediaPorts, asset: Asset, preset: Preset, format: Format) -> Rendition:
    """The rendition of a picture for a place, made the first time that it is asked for."""
    if asset.kind is not Kind.IMAGE:
        raise Invalid("Only pictures have renditions.", field=["preset"])
    name = recipe(preset, format, asset.focal_point)
    made = asset.rendition(name)
    if made is not None:
        return made
    original = await bank.files.get(asset.original_key())
    if original is None:
        raise NotFound(f"The original of {asset.id} is gone; upload it again.")
    focal_point = asset.focal_point
    rendered = await bank.workers.share(
        f"{asset.id} {name}", lambda: render(io.BytesIO(original), preset, format, focal_point)
    )
    await keep_rendition(bank, asset, rendered)
    if not await bank.assets.add_rendition(asset.id, rendered.rendition):
        key = rendition_key(asset.id, rendered.rendition)
        await bank.files.delete(key)
        raise NotFound(f"The asset {asset.id} was deleted meanwhile.")
    return rendered.rendition


async def keep_rendition(bank: MediaPorts, asset: Asset, rendered: Rendered) -> None:
    """Keep the bytes of a rendition."""
    made = rendered.rendition
    await bank.files.put(rendition_key(asset.id, made), rendered.data, made.content_type)
