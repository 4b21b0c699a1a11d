"""Baseline JPEG taken apart and put together again, row of blocks by row of blocks.

A restart marker stands after each row of blocks (ITU-T T.81, B.1.1 and E.1.4): there the decoder
starts afresh, so each row's bytes stand for themselves, and a row encoded in another image with
the same tables can take its place. Only the markers' numbers, counting from 0 to 7 and round
again, must be put right.
"""

import io
import re
from collections.abc import Iterable, Sequence

from PIL import Image

ROW_PX = 16
"""The height of a row of blocks with 4:2:0 colour."""

_START_OF_SCAN = 0xDA
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")  # in a scan's data any other 0xFF is followed by a 0
_RESTARTS = [bytes((0xFF, 0xD0 + n)) for n in range(8)]
_END = b"\xff\xd9"


def encode(image: Image.Image, quality: int) -> bytes:
    """An RGB image as baseline JPEG with 4:2:0 colour, standard tables and a restart per row."""
    buffer = io.BytesIO()
    image.save(
        buffer,
        "JPEG",
        quality=quality,
        subsampling="4:2:0",
        restart_marker_rows=1,
        optimize=False,
        progressive=False,
    )
    return buffer.getvalue()


def split(jpeg: bytes) -> tuple[bytes, list[bytes]]:
    """What `encode` made, as its head and the data of each row of blocks without markers."""
    at = 2
    while jpeg[at + 1] != _START_OF_SCAN:
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg[:at], _RESTART.split(jpeg[at : -len(_END)])


def join(rows: Iterable[bytes], first: int) -> bytes:
    """Rows of blocks from number `first` on, each but the image's first led by its marker."""
    parts: list[bytes] = []
    for number, row in enumerate(rows, first):
        parts += (_RESTARTS[(number - 1) % 8], row) if number else (row,)
    return b"".join(parts)


def assemble(head: bytes, joined: Sequence[bytes]) -> bytes:
    """A whole file from its head and all rows, joined."""
    return b"".join((head, *joined, _END))
