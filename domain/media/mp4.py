"""MP4 videos, read by their boxes alone: whether all is there, how large, how long.

The structure is ISO/IEC 14496-12's: each box is a length, a type of four letters and a payload,
and some payloads are boxes again. No picture is decoded.

What is shown in public is the coded pictures and sound, and the boxes that a player needs for
them. Whatever else there is may say where, when and by whom a film was taken, so it is hidden:
places and titles (`udta`, `meta`, `uuid`), what was renamed to `free`, every track of something
else (telemetry such as GoPro's `gpmd` and `camm`, Apple's timed metadata, subtitles into which
drones write their position, time codes), and the bytes between the samples of what is kept, where
the telemetry itself lies.
"""

import io
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from sys import byteorder
from typing import BinaryIO

from domain.kernel.refusals import Invalid
from domain.media.assets import ByteSpan
from domain.media.damage import refused

# Far more than a sound file has: boxes side by side, tracks, bytes of the index of what is shown.
MAX_BOXES = 2_000
MAX_TRACKS = 50
MAX_INDEX_BYTES = 8 * 1024 * 1024
# Telemetry lies between pictures and sound once a second or so: this is over an hour of it.
MAX_HIDDEN = 5_000
FIXED_16_16 = 1 << 16

_SHOWN_TRACKS = frozenset({b"vide", b"soun"})
# The boxes that are shown of each; of a track and below, of pictures and sound only.
_TOP = frozenset({b"ftyp", b"moov", b"mdat"})
_SHOWN: Mapping[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"mvhd", b"trak", b"iods"}),
    b"trak": frozenset({b"tkhd", b"edts", b"tref", b"mdia"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"elng", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"hdlr", b"dinf", b"stbl"}),
    b"stbl": frozenset(
        b"stsd stts ctts cslg stsc stsz stco co64 stss stsh sdtp sbgp sgpd stps subs padb".split()
    ),
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mp4Track:
    """One track: its boxes by type, the first of each, and what it holds, such as `vide`."""

    box: Mp4Box
    inside: Mapping[bytes, Mp4Box]
    media: Mapping[bytes, Mp4Box]
    handler: bytes


def read_video(file: BinaryIO) -> Video:
    """Read an MP4 file; Invalid names the fault of one that is broken, cut off or no video."""
    size = file.seek(0, io.SEEK_END)
    top = list(_boxes(file, 0, size))
    if any(box.type == b"moof" for box in top):
        raise _in_fragments()
    index = next((box for box in top if box.type == b"moov"), None)
    data = [box for box in top if box.type == b"mdat"]
    if index is None or not data:
        raise refused("The file is truncated: the video's data or index is missing; send it anew.")
    inside = list(_boxes(file, index.payload, index.end))
    traks = [box for box in inside if box.type == b"trak"]
    if len(traks) > MAX_TRACKS:
        raise _broken()
    tracks = [_track(file, box) for box in traks]
    width, height = _size(file, tracks)
    shown = [track for track in tracks if track.handler in _SHOWN_TRACKS]
    # A box of 8 bytes is empty; what lies between samples in four is no place.
    if sum(track.box.end - track.box.start for track in shown) > MAX_INDEX_BYTES:
        raise _broken()
    spans = [
        *(_not_shown(box) for box in top if box.type not in _TOP),
        *(_not_shown(track.box) for track in tracks if track not in shown),
        *_unknown_boxes(file, index, within_tracks={track.box for track in shown}),
        *_unused_bytes(data, _samples(file, shown)),
    ]
    hidden = sorted((span for span in spans if span.length > 4), key=lambda span: span.start)
    if len(hidden) > MAX_HIDDEN:
        raise refused("The video holds too much beside pictures and sound; export it without.")
    return Video(
        width=width, height=height, duration_ms=_duration_ms(file, inside), hidden=tuple(hidden)
    )


def masked(chunk: bytes, at: int, hidden: Sequence[ByteSpan]) -> bytes:
    """A piece of a file, from a place on, as it is shown: hidden parts are empty `free` boxes.

    The hidden parts are in order and do not overlap.
    """
    shown = bytearray(chunk)
    first = max(0, bisect_right(hidden, at, key=lambda span: span.start) - 1)
    for span in hidden[first:]:
        start, end = max(span.start, at), min(span.start + span.length, at + len(chunk))
        if span.start >= at + len(chunk):
            break
        if start < end:
            blank = b"free"[start - span.start :].ljust(end - start, b"\0")
            shown[start - at : end - at] = blank[: end - start]
    return bytes(shown)


def _track(file: BinaryIO, box: Mp4Box) -> Mp4Track:
    inside = _by_type(file, box)
    media = _by_type(file, inside.get(b"mdia"))
    handler = media.get(b"hdlr")
    return Mp4Track(
        box=box,
        inside=inside,
        media=media,
        handler=_payload(file, handler)[8:12] if handler else b"",
    )


def _by_type(file: BinaryIO, parent: Mp4Box | None) -> dict[bytes, Mp4Box]:
    """The boxes inside another, the first of each type."""
    found: dict[bytes, Mp4Box] = {}
    for box in _boxes(file, parent.payload, parent.end) if parent else ():
        found.setdefault(box.type, box)
    return found


def _unknown_boxes(
    file: BinaryIO, parent: Mp4Box, within_tracks: set[Mp4Box]
) -> Iterator[ByteSpan]:
    """What is not shown of the index, at any depth; tracks that are not shown are left out."""
    shown = _SHOWN[parent.type]
    for box in _boxes(file, parent.payload, parent.end):
        if box.type not in shown:
            yield _not_shown(box)
        elif box.type in _SHOWN and (box.type != b"trak" or box in within_tracks):
            yield from _unknown_boxes(file, box, within_tracks)


def _samples(file: BinaryIO, tracks: Sequence[Mp4Track]) -> list[tuple[int, int]]:
    """From where to where the coded pictures and sounds lie in the file, in order."""
    chunks = chain.from_iterable(_chunks(file, track) for track in tracks)
    return sorted((start, end) for start, end in chunks if start < end)


def _chunks(file: BinaryIO, track: Mp4Track) -> Iterator[tuple[int, int]]:
    """Where the chunks of a track's samples begin and end (ISO/IEC 14496-12, 8.7)."""
    table = _by_type(file, _by_type(file, track.media.get(b"minf")).get(b"stbl"))
    places = table.get(b"stco") or table.get(b"co64")
    if places is None or not {b"stsc", b"stsz"} <= table.keys():
        raise _broken()
    sizes = _sample_sizes(_table(file, table[b"stsz"]))
    runs = _entries(_table(file, table[b"stsc"]), "I", across=3)
    run = sample = 0
    for number, start in enumerate(
        _entries(_table(file, places), "Q" if places.type == b"co64" else "I", across=1), 1
    ):
        while len(runs) > 3 * (run + 1) and runs[3 * (run + 1)] <= number:
            run += 1
        many = runs[3 * run + 1] if runs else 0
        yield start, start + sum(sizes[sample : sample + many])
        sample += many
    if sample < len(sizes):
        raise _broken()


def _sample_sizes(table: bytes) -> Sequence[int]:
    """The bytes of each sample, in order; where all are alike, the size stands there once."""
    if len(table) < 12:
        raise _broken()
    alike, count = struct.unpack_from(">II", table, 4)
    if count > MAX_INDEX_BYTES // 4:
        raise _broken()
    return [alike] * count if alike else _entries(table[4:], "I", across=1)


def _entries(table: bytes, code: str, *, across: int) -> Sequence[int]:
    """The numbers of a table, which stand behind how many rows of so many there are."""
    rows = int.from_bytes(table[4:8], "big")
    numbers = array(code)
    numbers.frombytes(table[8 : 8 + rows * across * numbers.itemsize])
    if len(numbers) < rows * across:
        raise _broken()
    if byteorder == "little":
        numbers.byteswap()
    return numbers


def _table(file: BinaryIO, box: Mp4Box) -> bytes:
    """The whole payload of one of the index's tables."""
    file.seek(box.payload)
    return file.read(box.end - box.payload)


def _unused_bytes(data: Sequence[Mp4Box], used: Sequence[tuple[int, int]]) -> Iterator[ByteSpan]:
    """The parts of the data that hold no sample that is shown."""
    if not used:
        raise _in_fragments()
    seen = {box: box.payload for box in data}
    for start, end in used:
        place = bisect_right(data, start, key=lambda box: box.payload) - 1
        if place < 0 or end > data[place].end:
            raise _cut_off()
        box = data[place]
        if start > seen[box]:
            yield ByteSpan(start=seen[box], length=start - seen[box])
        seen[box] = max(seen[box], end)
    for box, at in seen.items():
        yield ByteSpan(start=at, length=box.end - at)


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


def _size(file: BinaryIO, tracks: Sequence[Mp4Track]) -> tuple[int, int]:
    """Width and height of the first track of pictures, turned as the camera was held."""
    for track in tracks:
        header = track.inside.get(b"tkhd")
        if header is None or track.handler != b"vide":
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
    raise refused("The file has no pictures in it; only videos are taken as MP4.")


def _duration_ms(file: BinaryIO, inside: list[Mp4Box]) -> int:
    header = next((box for box in inside if box.type == b"mvhd"), None)
    if header is None:
        raise _broken()
    content = _payload(file, header)
    long = content[:1] == b"\x01"
    scale, length = struct.unpack_from(">IQ" if long else ">II", content, 20 if long else 12)
    if not scale or not length:
        raise refused("The video has no length; export it as an ordinary MP4, not in fragments.")
    return int(length) * 1000 // int(scale)


def _payload(file: BinaryIO, box: Mp4Box) -> bytes:
    """A header's payload; at least as long as the longest header there is, filled with zeros."""
    file.seek(box.payload)
    return file.read(min(box.end - box.payload, 256)).ljust(128, b"\0")


def _not_shown(box: Mp4Box) -> ByteSpan:
    """What of a box is not shown: all but its length."""
    return ByteSpan(start=box.start + 4, length=box.end - box.start - 4)


def _broken() -> Invalid:
    return refused("The video's structure is broken; export it again.")


def _in_fragments() -> Invalid:
    return refused("The video is in fragments; export it as an ordinary MP4.")


def _cut_off() -> Invalid:
    return refused("The file is truncated: it ends before the video does; upload it again.")
