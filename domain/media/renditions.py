"""Renditions: what an asset looks like in each place where it is shown."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from PIL import Image

from domain.media.assets import FocalPoint, Rendition
from domain.media.pixels import flat, opened, upright, upright_size

CropBox = tuple[int, int, int, int]


class Preset(StrEnum):
    """A place where a picture is shown, with the shape that it has there."""

    FULL = "FULL"
    MOMENTS = "MOMENTS"
    COVER = "COVER"
    BANNER = "BANNER"


class RenditionFormat(StrEnum):
    """How a rendition is encoded."""

    JPEG = "JPEG"
    WEBP = "WEBP"


# Width and height in pixels: 1:1 for moments, 3:4 for covers, 5:2 for banners, each as wide as the
# densest phone screens need. FULL is the whole picture within a square of this side.
FRAMES: Mapping[Preset, tuple[int, int]] = {
    Preset.MOMENTS: (1080, 1080),
    Preset.COVER: (1080, 1440),
    Preset.BANNER: (1500, 600),
}
FULL_SIDE = 2048
JPEG_QUALITY = 85
WEBP_QUALITY = 80
# Part of each recipe's name: with another number, all renditions are made anew.
RECIPES = 1
# The one recipe of videos.
AS_UPLOADED = "AS_UPLOADED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A rendition and its bytes."""

    rendition: Rendition
    data: bytes


def recipe(preset: Preset, format: RenditionFormat, focal_point: FocalPoint) -> str:
    """The name of one way to derive a picture; the whole picture needs no focal point."""
    name = f"{preset.value}/{format.value}/{RECIPES}"
    if preset is Preset.FULL:
        return name
    return f"{name}/{focal_point.x:.4f},{focal_point.y:.4f}"


def render(
    file: BinaryIO, preset: Preset, format: RenditionFormat, focal_point: FocalPoint
) -> Rendered:
    """Derive a rendition from an original; it carries pixels only, no metadata.

    A picture is never scaled up: one too small for its frame keeps the frame's shape.
    """
    original = opened(file)
    picture = upright(original, spare=_spare(upright_size(original), preset))
    if preset is Preset.FULL:
        picture.thumbnail((FULL_SIDE, FULL_SIDE), Image.Resampling.LANCZOS)
    else:
        picture = _framed(picture, FRAMES[preset], focal_point)
    data = _encoded(picture, format)
    return Rendered(
        data=data,
        rendition=Rendition(
            recipe=recipe(preset, format, focal_point),
            digest=hashlib.sha256(data).hexdigest()[:32],
            content_type=f"image/{format.value.lower()}",
            width=picture.width,
            height=picture.height,
            bytes=len(data),
        ),
    )


def crop_box(size: tuple[int, int], frame: tuple[int, int], focal_point: FocalPoint) -> CropBox:
    """The largest part of a picture with a frame's shape, as near to the focal point as fits.

    Left, top, right and bottom in pixels, at least one pixel each way.
    """
    width, height = size
    scale = min(width / frame[0], height / frame[1])
    across = min(width, max(1, round(frame[0] * scale)))
    down = min(height, max(1, round(frame[1] * scale)))
    left = min(max(0, round(focal_point.x * width - across / 2)), width - across)
    top = min(max(0, round(focal_point.y * height - down / 2)), height - down)
    return left, top, left + across, top + down


def _spare(size: tuple[int, int], preset: Preset) -> int:
    """How many times larger than its rendition a picture is, in whole numbers."""
    width, height = size
    if preset is Preset.FULL:
        return max(1, max(width, height) // FULL_SIDE)
    frame = FRAMES[preset]
    return max(1, min(width // frame[0], height // frame[1]))


def _framed(picture: Image.Image, frame: tuple[int, int], focal_point: FocalPoint) -> Image.Image:
    box = crop_box(picture.size, frame, focal_point)
    size = (min(frame[0], box[2] - box[0]), min(frame[1], box[3] - box[1]))
    return picture.resize(size, Image.Resampling.LANCZOS, box=box)


def _encoded(picture: Image.Image, format: RenditionFormat) -> bytes:
    out = io.BytesIO()
    if format is RenditionFormat.JPEG:
        flat(picture).save(out, "JPEG", quality=JPEG_QUALITY, progressive=True, optimize=True)
    else:
        picture.save(out, "WEBP", quality=WEBP_QUALITY)
    return out.getvalue()
