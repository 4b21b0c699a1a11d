"""MP4 videos, read by their boxes alone: whether all is there, how large, how long.

The structure is ISO/IEC 14496-12's: each box is a length, a type of four letters and a payload,
and some payloads are boxes again. No picture is decoded.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from domain.kernel.refusals import Invalid
from domain.media.assets import ByteSpan

# Far more than a sound file has: boxes side by side, tracks, and parts to hide.
MAX_BOXES = 2_000
MAX_TRACKS = 50
MAX_HIDDEN = 200
# Boxes that hold who, where and with what: locations (©xyz, loci, Apple's keys), XMP, titles.
PRIVATE = frozenset({b"udta", b"meta", b"uuid"})
FIXED_16_16 = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A video's size in pixels as people see it, its length, and the parts not to be shown."""

    width: int
    height: int
    duration_ms: int
    hidden: tuple[ByteSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mp4Box:
    """One box: its type, where in the file it begins, and where its payload does and ends."""

    type: bytes
    start: int
    payload: int
    end: int


def read_video(file: BinaryIO) -> Video:
    """Read an MP4 file; Invalid names the fault of one that is broken, cut off or no video."""
    size = file.seek(0, io.SEEK_END)
    top = list(_boxes(file, 0, size))
    index = next((box for box in top if box.type == b"moov"), None)
    if index is None or not any(box.type == b"mdat" for box in top):
        raise _refused("The file is truncated: the video's data or index is missing; send it anew.")
    inside = list(_boxes(file, index.payload, index.end))
    traks = [box for box in inside if box.type == b"trak"]
    if len(traks) > MAX_TRACKS:
        raise _broken()
    tracks = [list(_boxes(file, box.payload, box.end)) for box in traks]
    width, height = _size(file, tracks)
    private = [box for boxes in (top, inside, *tracks) for box in boxes if box.type in PRIVATE]
    if len(private) > MAX_HIDDEN:
        raise _broken()
    return Video(
        width=width,
        height=height,
        duration_ms=_duration_ms(file, inside),
        hidden=tuple(_hidden(box) for box in sorted(private, key=lambda box: box.start)),
    )


def masked(chunk: bytes, at: int, hidden: tuple[ByteSpan, ...]) -> bytes:
    """A piece of a file, from a place on, as it is shown: hidden parts are empty `free` boxes."""
    shown = bytearray(chunk)
    for span in hidden:
        start, end = max(span.start, at), min(span.start + span.length, at + len(chunk))
        if start < end:
            blank = b"free"[start - span.start :].ljust(end - start, b"\0")
            shown[start - at : end - at] = blank[: end - start]
    return bytes(shown)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Mp4Box]:
    """The boxes from one place in the file to another, which they must fill exactly."""
    seen = 0
    while start < end:
        file.seek(start)
        header = file.read(16)
        if len(header) < 8 or start + 8 > end:
            raise _cut_off()
        length, kind = struct.unpack(">I4s", header[:8])
        payload = start + 8
        if length == 1:
            if len(header) < 16:
                raise _cut_off()
            (length,) = struct.unpack(">Q", header[8:])
            payload = start + 16
        elif length == 0:
            length = end - start
        if start + length > end:
            raise _cut_off()
        seen += 1
        if payload > start + length or seen > MAX_BOXES:
            raise _broken()
        yield Mp4Box(type=kind, start=start, payload=payload, end=start + length)
        start += length


def _size(file: BinaryIO, tracks: list[list[Mp4Box]]) -> tuple[int, int]:
    """Width and height of the first track of pictures, turned as the camera was held."""
    for track in tracks:
        header = next((box for box in track if box.type == b"tkhd"), None)
        media = next((box for box in track if box.type == b"mdia"), None)
        if header is None or media is None or _handler(file, media) != b"vide":
            continue
        content = _payload(file, header)
        long = content[:1] == b"\x01"
        matrix = struct.unpack_from(">9i", content, 52 if long else 40)
        width, height = (
            side // FIXED_16_16 for side in struct.unpack_from(">2I", content, 88 if long else 76)
        )
        if not width or not height:
            break
        # A quarter turn leaves nothing on the matrix's diagonal.
        return (height, width) if matrix[0] == matrix[4] == 0 else (width, height)
    raise _refused("The file has no pictures in it; only videos are taken as MP4.")


def _handler(file: BinaryIO, media: Mp4Box) -> bytes:
    """What a track holds, such as `vide` or `soun`."""
    for box in _boxes(file, media.payload, media.end):
        if box.type == b"hdlr":
            return _payload(file, box)[8:12]
    return b""


def _duration_ms(file: BinaryIO, inside: list[Mp4Box]) -> int:
    header = next((box for box in inside if box.type == b"mvhd"), None)
    if header is None:
        raise _broken()
    content = _payload(file, header)
    long = content[:1] == b"\x01"
    scale, length = struct.unpack_from(">IQ" if long else ">II", content, 20 if long else 12)
    if not scale or not length:
        raise _refused("The video has no length; export it as an ordinary MP4, not in fragments.")
    return int(length) * 1000 // int(scale)


def _payload(file: BinaryIO, box: Mp4Box) -> bytes:
    """A header's payload; at least as long as the longest header there is, filled with zeros."""
    file.seek(box.payload)
    return file.read(min(box.end - box.payload, 256)).ljust(128, b"\0")


def _hidden(box: Mp4Box) -> ByteSpan:
    """What of a box is not shown: all but its length."""
    return ByteSpan(start=box.start + 4, length=box.end - box.start - 4)


def _broken() -> Invalid:
    return _refused("The video's structure is broken; export it again.")


def _cut_off() -> Invalid:
    return _refused("The file is truncated: it ends before the video does; upload it again.")


def _refused(message: str) -> Invalid:
    return Invalid(message, field=["file"])
