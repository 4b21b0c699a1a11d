"""QR codes that a phone can scan: made, measured and read back."""

import math
from dataclasses import dataclass

import zxingcpp
from PIL import Image

from domain.kernel.refusals import Invalid

QUIET_ZONE = 4
"""Modules of light margin on every side that ISO/IEC 18004 asks for."""

MIN_MODULE_PX = 3
"""The smallest module: a poster of 750 px fills a phone's 70 mm, so three px are over 1/4 mm."""

LONGEST_TEXT_BYTES = 62
"""What version 4 holds at level M; a share URL must be no longer."""

MODULES = 33 + 2 * QUIET_ZONE
"""Modules across a code of version 4 with its quiet zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A code that says `text`; it is drawn by the system and read back."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePicture:
    """A code drawn elsewhere, as a mini-program code is; its quiet zone is in the picture."""

    data: bytes


def side_needed(width_px: int) -> int:
    """The least side of a code's box, in px, on a poster of that width: 4 px a module at 750."""
    return -(-MODULES * 4 * width_px // 750)


def draw(
    text: str, side: int, dark: tuple[int, int, int], light: tuple[int, int, int]
) -> Image.Image:
    """A code with its quiet zone, centred in a square of `side` px; modules are whole px."""
    matrix = _matrix(text)
    across = matrix.width + 2 * QUIET_ZONE
    module = side // across
    if module < MIN_MODULE_PX:
        raise Invalid(
            f"A code for {text!r} needs {across * MIN_MODULE_PX} px and its box has {side}. "
            "Make the code's box larger or the text shorter.",
            field=["code"],
        )
    coloured = Image.new("RGB", matrix.size, dark)
    coloured.paste(light, (0, 0, *matrix.size), matrix)
    enlarged = (matrix.width * module, matrix.height * module)
    square = Image.new("RGB", (side, side), light)
    margin = (side - enlarged[0]) // 2
    square.paste(coloured.resize(enlarged, Image.Resampling.NEAREST), (margin, margin))
    return square


def _matrix(text: str) -> Image.Image:
    """One pixel a module, light ones 255, without the quiet zone."""
    # Any of the eight masks is valid. Weighing them all takes longer than all the rest of making
    # a code, and whether it reads is checked anyway.
    barcode = zxingcpp.create_barcode(text, zxingcpp.QRCode, ec_level="M", data_mask=3)
    symbol = barcode.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    pixels = memoryview(symbol)  # type: ignore[arg-type]  # a buffer, though its stub is silent
    side = math.isqrt(pixels.nbytes)
    return Image.frombytes("L", (side, side), pixels.tobytes())


def read(image: Image.Image) -> str | None:
    """What the QR code in an image says, or None where a reader finds none."""
    found = zxingcpp.read_barcode(
        image,
        formats=zxingcpp.BarcodeFormats(zxingcpp.QRCode),
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        binarizer=zxingcpp.Binarizer.GlobalHistogram,
    )
    return str(found.text) if found else None
