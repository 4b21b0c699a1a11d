"""Pictures as people see them: upright, in sRGB, without anything but their pixels."""

import io
import struct
import warnings
from collections.abc import Mapping
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms

FORMATS = ("JPEG", "PNG", "WEBP")
# What undoes each orientation of EXIF 2.3's tag 0x0112; 1 is upright.
TURNS: Mapping[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
QUARTERS = frozenset(
    {
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    }
)

# Too many pixels are an error here, damaged metadata does no harm; Pillow only warns of either.
warnings.simplefilter("error", Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def opened(file: BinaryIO) -> Image.Image:
    """Read a picture's header; its pixels are decoded when they are needed."""
    return Image.open(file, formats=FORMATS)


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """An opened picture's width and height in pixels as people see it."""
    turn = _turn(picture)
    return picture.size if turn is None or turn not in QUARTERS else picture.size[::-1]


def upright(picture: Image.Image, *, spare: int = 1) -> Image.Image:
    """Decode an opened picture, turn it as its camera was held, and bring its colours to sRGB.

    The result is RGB, or RGBA where it has transparency, and carries no metadata. A JPEG may be
    decoded up to `spare` times smaller, in a fraction of the time and memory.
    """
    picture.draft(None, (picture.width // spare, picture.height // spare))
    profile = picture.info.get("icc_profile")
    turn = _turn(picture)
    turned = _direct(picture if turn is None else picture.transpose(turn))
    plain = _in_srgb(turned, profile) if profile else turned
    wanted = "RGBA" if plain.has_transparency_data else "RGB"
    plain = plain if plain.mode == wanted else plain.convert(wanted)
    plain.load()
    plain.info.clear()
    return plain


def flat(picture: Image.Image) -> Image.Image:
    """The picture on white, for formats that have no transparency."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How to turn a picture upright; damaged metadata says nothing and does no other harm."""
    try:
        return TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    except (OSError, SyntaxError, ValueError, TypeError, struct.error):
        return None


def _direct(picture: Image.Image) -> Image.Image:
    """The picture with colours in place of a palette's numbers, and at most 8 bits for each."""
    if picture.mode == "P":
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.mode.startswith("I;16"):
        # Pillow would cut 16 bits off at white; their upper half is the grey of 8 bits.
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    return picture


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
