"""The gate that every file passes before it becomes an asset.

A file is taken for what its content is, whatever its name says, and measured before it is decoded,
so that a small file that unpacks into a huge picture costs nothing.
"""

import hashlib
import io
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from domain.kernel.refusals import Invalid, Refusal
from domain.media.assets import ByteSpan, Kind
from domain.media.brands import require_video_brand
from domain.media.damage import cut_off, damaged, read_frame, refused, require_whole
from domain.media.likeness import Likeness, likeness_of
from domain.media.mp4 import read_video
from domain.media.pixels import opened, upright, upright_size

MAX_IMAGE_BYTES = 32 * 1024 * 1024
MAX_VIDEO_BYTES = 512 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 20_000
# What a picture looks like is seen at this size; a JPEG is read in full, but decoded no larger.
LOOK_SIDE = 128

VIDEO = "video/mp4"
# The last chunk of a PNG, empty, with its checksum.
_PNG_END = b"IEND\xaeB`\x82"
_GIFS = (b"GIF87a", b"GIF89a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What the gate found a file to be."""

    sha256: str
    bytes: int
    kind: Kind
    content_type: str
    width: int
    height: int
    duration_ms: int | None = None
    likeness: Likeness | None = None
    hidden: tuple[ByteSpan, ...] = ()


def inspect(file: BinaryIO) -> Inspected:
    """Find out what a file is, and refuse it with the fault's name where it can't be used.

    The refusal's field is `file`.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(64)
    content_type = _type_of(head)
    most = MAX_VIDEO_BYTES if content_type == VIDEO else MAX_IMAGE_BYTES
    if size > most:
        raise refused(f"The file has {size} bytes; the most is {most}. Save it smaller.")
    return _video(file, size) if content_type == VIDEO else _image(file, size, content_type)


def _type_of(head: bytes) -> str:
    """The type of content that a file's first bytes announce."""
    if not head:
        raise refused("The file is empty; choose another.")
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        require_video_brand(head)
        return VIDEO
    if head.startswith(_GIFS):
        raise refused("GIF is not taken: save a still picture as PNG, a moving one as MP4.")
    raise refused("Only JPEG, PNG and WebP pictures and MP4 videos are taken.")


def _image(file: BinaryIO, size: int, content_type: str) -> Inspected:
    file.seek(0)
    data = file.read()
    _require_an_end(data, content_type)
    frame = read_frame(data) if content_type == "image/jpeg" else None
    try:
        _measure(data)
        require_whole(data, content_type, frame)
        original = opened(io.BytesIO(data))
        width, height = upright_size(original)
        picture = upright(original, spare=max(1, min(width, height) // LOOK_SIDE))
    except Refusal:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as fault:
        raise _broken(fault) from None
    return Inspected(
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=size,
        kind=Kind.IMAGE,
        content_type=content_type,
        width=width,
        height=height,
        likeness=likeness_of(picture),
    )


def _video(file: BinaryIO, size: int) -> Inspected:
    video = read_video(file)
    return Inspected(
        sha256=_sha256(file),
        bytes=size,
        kind=Kind.VIDEO,
        content_type=VIDEO,
        width=video.width,
        height=video.height,
        duration_ms=video.duration_ms,
        hidden=video.hidden,
    )


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def _measure(data: bytes) -> None:
    """Refuse by what the header says, before any pixel is decoded; then check PNG's checksums."""
    with opened(io.BytesIO(data)) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise _too_many_pixels(width, height)
        if getattr(picture, "is_animated", False):
            raise refused(
                "This picture moves, and moving ones are taken as MP4 videos only; convert it, or "
                "save one of its frames."
            )
        picture.verify()


def _require_an_end(data: bytes, content_type: str) -> None:
    """Refuse what announces more than there is; a JPEG announces nothing."""
    if content_type == "image/webp" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise cut_off()
    if content_type == "image/png" and _PNG_END not in data:
        raise cut_off()


def _broken(fault: Exception) -> Invalid:
    return cut_off() if "truncated" in str(fault).lower() else damaged()


def _too_many_pixels(width: int = 0, height: int = 0) -> Invalid:
    found = f" ({width} × {height})" if width else ""
    return refused(
        f"The picture has too many pixels{found}; the most is {MAX_PIXELS // 1_000_000} million "
        f"in all and {MAX_SIDE} a side. Scale it down."
    )
