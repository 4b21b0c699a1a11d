"""Pictures for tests, drawn when they are needed."""

import io
import random

from PIL import Image, ImageDraw


def a_picture(width: int = 320, height: int = 240, *, seed: int = 1) -> Image.Image:
    """A scene of coloured shapes; another seed is another scene."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (width, height), tuple(dice.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        left, top = dice.randrange(width), dice.randrange(height)
        box = (left, top, left + dice.randrange(8, width), top + dice.randrange(8, height))
        draw.ellipse(box, fill=tuple(dice.randrange(256) for _ in range(3)))
    return picture


def encoded(picture: Image.Image, format: str = "JPEG", **options) -> bytes:
    """The bytes of a picture in a format."""
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def a_jpeg(width: int = 320, height: int = 240, *, seed: int = 1, **options) -> bytes:
    """A JPEG file."""
    return encoded(a_picture(width, height, seed=seed), "JPEG", **options)
