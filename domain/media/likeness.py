"""Which pictures look alike: a perceptual hash, and the keys that find its neighbours.

The hash is the DCT one widely known as pHash: the signs of the 8 × 8 lowest frequencies of a
32 × 32 grey copy, against their median. Scaling, recompressing and slight retouching change few
of its 64 bits.
"""

import math
from collections.abc import Sequence
from typing import NewType

from PIL import Image

Likeness = NewType("Likeness", str)

# Pictures differing in at most this many of 64 bits are near-duplicates. With four pieces of 16
# bits, one of the pieces then differs in at most one bit, so that looking up each piece and its
# 16 one-bit neighbours finds every near-duplicate.
NEAREST = 7
_SIDE = 32
_KEPT = 8
_PIECES = 4
_PIECE_BITS = 16

_COSINES = [
    [math.cos(math.pi * k * (2 * n + 1) / (2 * _SIDE)) for n in range(_SIDE)] for k in range(_KEPT)
]


def likeness_of(picture: Image.Image) -> Likeness:
    """The perceptual hash of a picture, as 16 hexadecimal digits."""
    small = picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
    grey = small.convert("L")
    pixels = grey.tobytes()
    rows = [_low_frequencies(pixels[i : i + _SIDE]) for i in range(0, len(pixels), _SIDE)]
    columns = [_low_frequencies([row[k] for row in rows]) for k in range(_KEPT)]
    values = [value for column in columns for value in column]
    # The first is the mean brightness; it would outweigh all others in the median.
    middle = sorted(values[1:])[len(values) // 2]
    bits = "".join("1" if value > middle else "0" for value in values)
    return Likeness(f"{int(bits, 2):016x}")


def distance(a: Likeness, b: Likeness) -> int:
    """In how many of their 64 bits two hashes differ."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


def keys(likeness: Likeness) -> list[int]:
    """The hash's pieces, each with its place, as an index keeps them."""
    value = int(likeness, 16)
    return [
        place << _PIECE_BITS | value >> place * _PIECE_BITS & (1 << _PIECE_BITS) - 1
        for place in range(_PIECES)
    ]


def neighbour_keys(likeness: Likeness) -> list[int]:
    """The keys among which every near-duplicate has at least one: 68 of them."""
    return [
        near
        for key in keys(likeness)
        for near in (key, *(key ^ 1 << bit for bit in range(_PIECE_BITS)))
    ]


def _low_frequencies(values: Sequence[float]) -> list[float]:
    return [
        sum(cosine * value for cosine, value in zip(row, values, strict=True)) for row in _COSINES
    ]
