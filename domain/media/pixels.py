"""Pictures as people see them: upright, in sRGB, without anything but their pixels."""

import io
import struct
import warnings
from collections.abc import Mapping
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms, ImageMath
from PIL.JpegImagePlugin import JpegImageFile

JPEG = b"\xff\xd8\xff"
OTHERS = ("PNG", "WEBP")
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
    """Read a picture's header; its pixels are decoded when they are needed.

    Of a JPEG it is the first picture, also where others or a video follow.
    """
    file.seek(0)
    if file.read(len(JPEG)) != JPEG:
        return Image.open(file, formats=OTHERS)
    file.seek(0)
    return JpegImageFile(file)


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
    """The picture with colours in place of a palette's numbers, and at most 8 bits for each.

    Where one grey or colour stands for what is clear, the result has transparency of its own.
    """
    if picture.mode.startswith("I;16"):
        return _in_eight_bits(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB") if picture.mode == "P" else picture
    if picture.mode in {"1", "L"}:
        return picture.convert("L").convert("LA")
    clear = picture.info.get("transparency")
    if isinstance(clear, tuple) and max(clear) > 0xFF:
        # A colour of 16 bits, while Pillow keeps the pixels' upper halves.
        picture.info["transparency"] = tuple(value >> 8 for value in clear)
    return picture.convert("RGBA") if picture.mode in {"P", "PA", "RGB"} else picture


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Greys of 16 bits by their upper half: Pillow would cut them off at white."""
    grey = picture.point(lambda value: value * (1 / 256)).convert("L")
    clear = grey.info.pop("transparency", None)
    if isinstance(clear, int):
        values = picture.convert("I")
        opaque = ImageMath.lambda_eval(lambda of: of["values"] != clear, values=values)
        grey.putalpha(opaque.point(lambda value: value * 255).convert("L"))
    return grey


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert from the picture's own colour profile; one that makes no sense is left out."""
    if picture.mode == "LA":
        coloured = _in_srgb(picture.getchannel("L"), profile).convert("RGB")
        coloured.putalpha(picture.getchannel("A"))
        return coloured
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(
            picture, own, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return picture if converted is None else converted
