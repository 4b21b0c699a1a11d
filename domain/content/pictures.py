"""Pictures as people see them: upright, in sRGB, without anything but their pixels."""

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")

# What Pillow only warns of is an error here.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def open_upright(file: BinaryIO, *, at_least: tuple[int, int] | None = None) -> Image.Image:
    """Decode a picture, turn it as its camera was held, and bring its colours to sRGB.

    The result is RGB, or RGBA where it has transparency, and carries no metadata. A JPEG may be
    decoded smaller, but not below `at_least` (as the file has its sides).
    """
    picture = Image.open(file, formats=FORMATS)
    if at_least is not None:
        picture.draft(None, at_least)
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    upright = _in_srgb(upright, profile) if profile else upright
    see_through = upright.has_transparency_data
    plain = upright.convert("RGBA" if see_through else "RGB")
    plain.info.clear()
    plain.getexif().clear()
    return plain


def flat(picture: Image.Image) -> Image.Image:
    """The picture on white, for formats that have no transparency."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert from the picture's own colour profile; one that makes no sense is left out."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(
            picture, own, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return picture if converted is None else converted
