"""Whether a picture's data is whole, also where its decoder would repair it in silence.

Decoders of JPEG and WebP go on after a fault: they fill what is missing with grey and skip what is
left over. Neither of the formats has checksums. But the data of a sound picture ends exactly where
its pixels do, and a fault in it almost always moves that end:

- too short: bytes put behind the data of a scan are read as pixels, and change the picture;
- too long: the data's last bytes changed change nothing.

So a picture is decoded again with either, and compared. A fault that leaves the end where it was,
as one wrong bit in a JPEG often does, can't be seen that way; nor can one in a JPEG's tables.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.kernel.refusals import Invalid
from domain.media.pixels import opened

# A progressive JPEG's every scan costs a pass over all pixels; cameras and editors write about ten.
MAX_SCANS = 100
MAX_SCANNED_PIXELS = 1_000_000_000
# Segments before and between the scans; profiles and previews take some hundred at most.
MAX_SEGMENTS = 2_000
# Fewer bytes than these may lie unused at the end: some cameras leave a few.
TAIL = 32
# How much smaller a JPEG is decoded to be compared. One scan after another (progressive) the fine
# detail comes last, and must be seen; else its faults also show in the coarse.
COARSE, FINE = 8, 2
ONE_COLOUR = b""  # in place of a digest: what is missing may be of that colour too

_FILLER = b"\x55\xaa" * 16
# ITU-T T.81, table B.1. In a scan's data any 0xFF is followed by a zero or is a restart.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_MARKER_AFTER_DATA = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_END, _SCAN, _RESTART_INTERVAL = 0xD9, 0xDA, 0xDD
_LEAST = 0xC0  # of the markers that begin a segment
_ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_COEFFICIENTS = 64
_BLOCK = 8
_STRIP = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The coded pixels of a scan, as places in the file, and how many restarts it needs."""

    start: int
    end: int
    markers: int


@dataclass(slots=True, kw_only=True)
class Frame:
    """What a JPEG's first picture announces, gathered while its segments are read.

    `sampling` has the blocks of each component in a unit, across and down. `known` has, for each
    component, how far each coefficient has come: bits still missing, None before any.
    """

    process: int = 0
    width: int = 0
    height: int = 0
    interval: int = 0
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)
    known: dict[int, list[int | None]] = field(default_factory=dict)
    scans: list[Scan] = field(default_factory=list)
    end: int = 0

    @property
    def complete(self) -> bool:
        """Whether the scans bring every coefficient of every component to its last bit."""
        return bool(self.known) and all(set(one) == {0} for one in self.known.values())


def read_frame(data: bytes) -> Frame:
    """Read a JPEG's segments up to the end of its first picture; what follows is not looked at.

    That may be a video (motion photos), more pictures, or a map of their brightness (Ultra HDR).
    """
    frame = Frame()
    at = 2
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            raise cut_off()
        marker, at = data[found.start() + 1], found.end()
        if marker == _END:
            if not frame.complete:
                raise cut_off()
            frame.end = at
            return frame
        if marker in _ALONE:
            continue
        if marker < _LEAST:
            raise damaged()
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2:
            raise damaged() if at + 2 <= len(data) else cut_off()
        segment, at = data[at + 2 : at + length], at + length
        if at > len(data):
            raise cut_off()
        if marker in _FRAMES:
            _announce(frame, marker, segment)
        elif marker == _RESTART_INTERVAL:
            frame.interval = int.from_bytes(segment[:2], "big")
        elif marker == _SCAN:
            at = _scan(frame, data, segment, at)
    raise refused("The JPEG has too many segments; save it again in an editor.")


def require_whole(data: bytes, content_type: str, frame: Frame | None) -> None:
    """Refuse a picture whose decoder reads past its data, or leaves some of it unread.

    Errors of the decoder go through. Call it once the picture's size is known to be bearable.
    """
    if frame is not None:
        _require_whole_jpeg(data[: frame.end], frame)
    elif content_type == "image/webp":
        _require_whole_webp(data)


def _announce(frame: Frame, process: int, segment: bytes) -> None:
    """Note a frame's size and components (T.81, B.2.2)."""
    count = segment[5] if len(segment) > 5 else 0
    if frame.known or not 1 <= count <= 4 or len(segment) < 6 + 3 * count:
        raise damaged()
    frame.process = process
    frame.height, frame.width = (int.from_bytes(segment[n : n + 2], "big") for n in (1, 3))
    for name, sampling, _ in (segment[n : n + 3] for n in range(6, 6 + 3 * count, 3)):
        frame.sampling[name] = (sampling >> 4, sampling & 15)
        frame.known[name] = [None] * _COEFFICIENTS


def _scan(frame: Frame, data: bytes, segment: bytes, start: int) -> int:
    """Note a scan (T.81, B.2.3) and where its data ends, which is returned."""
    count = segment[0] if segment else 0
    if not 1 <= count <= 4 or len(segment) < 4 + 2 * count:
        raise damaged()
    names = segment[1 : 1 + 2 * count : 2]
    first, last, bits = segment[1 + 2 * count : 4 + 2 * count]
    if not set(names) <= set(frame.known) or last >= _COEFFICIENTS:
        raise damaged()
    for name in names:
        for coefficient in range(first, last + 1):
            frame.known[name][coefficient] = bits & 15
    ends = _MARKER_AFTER_DATA.search(data, start)
    if ends is None:
        raise cut_off()
    passes = len(frame.scans) + 1
    if passes > MAX_SCANS or passes * frame.width * frame.height > MAX_SCANNED_PIXELS:
        raise refused("The JPEG has too many scans; save it again in an editor.")
    markers = max(0, -(-_units(frame, names) // frame.interval) - 1) if frame.interval else 0
    frame.scans.append(Scan(start=start, end=ends.start(), markers=markers))
    return ends.start()


def _units(frame: Frame, names: bytes) -> int:
    """How many units a scan has: blocks if it has one component, else blocks of all interleaved."""
    across = max(1, *(one[0] for one in frame.sampling.values()))
    down = max(1, *(one[1] for one in frame.sampling.values()))
    width, height = frame.width, frame.height
    if len(names) == 1:
        own = frame.sampling[names[0]]
        width, height = -(-width * own[0] // across), -(-height * own[1] // down)
        across = down = 1
    return -(-width // (across * _BLOCK)) * -(-height // (down * _BLOCK))


def _require_whole_jpeg(data: bytes, frame: Frame) -> None:
    if frame.process not in {_BASELINE, _EXTENDED, _PROGRESSIVE}:
        return  # arithmetic coding may leave its last zeros out (T.81, D.1.8)
    for scan in frame.scans:
        restarts = _RESTART.findall(data, scan.start, scan.end)
        if [one[1] & 7 for one in restarts] != [n % 8 for n in range(scan.markers)]:
            raise damaged()
    smaller = FINE if frame.process == _PROGRESSIVE else COARSE
    longer = b"".join(_longer(data, frame))
    if _looks(longer, smaller=smaller) != _looks(data, smaller=smaller):
        raise cut_off()
    # In several scans the last one may be a few bits that say that nothing changes.
    if len(frame.scans) > 1:
        return
    (scan,) = frame.scans
    last = data.rfind(b"\xff" + bytes((0xD0 + (scan.markers - 1) % 8,)), scan.start, scan.end)
    start = last + 2 if scan.markers else scan.start
    # The last bytes may be nothing but the finest detail of one block.
    if all(_spare(data, start, scan.end, smaller=each) for each in (COARSE, 1)):
        raise damaged()


def _longer(data: bytes, frame: Frame) -> Iterator[bytes]:
    """The file with bytes behind the data of each scan, and before each restart."""
    at = 0
    for scan in frame.scans:
        yield data[at : scan.start]
        coded = data[scan.start : scan.end]
        yield _RESTART.sub(lambda marker: _FILLER + marker[0], coded) if scan.markers else coded
        yield _FILLER
        at = scan.end
    yield data[at:]


def _require_whole_webp(data: bytes) -> None:
    """The decoder tells of data that is too short by itself."""
    at = 12
    while at + 8 <= len(data):
        kind, start = data[at : at + 4], at + 8
        at = start + int.from_bytes(data[at + 4 : start], "little")
        if kind in {b"VP8 ", b"VP8L"} and _spare(data, start, min(at, len(data)), smaller=1):
            raise damaged()
        at += at % 2


def _spare(data: bytes, start: int, end: int, *, smaller: int) -> bool:
    """Whether the last bytes of some coded pixels may be anything; not if all pixels are alike."""
    end = start + len(data[start:end].rstrip(b"\xff"))
    tail = end - TAIL
    if tail <= start + TAIL:
        return False
    tail += data[tail - 1] == 0xFF
    other = _STUFFED.join(part.translate(_OTHER) for part in data[tail:end].split(_STUFFED))
    seen = _looks(data, smaller=smaller)
    try:
        changed = _looks(data[:tail] + other + data[end:], smaller=smaller)
    except (OSError, SyntaxError, ValueError, EOFError):
        return False
    return changed == seen != ONE_COLOUR


# Every byte as another one, so that no marker of a JPEG comes or goes.
_STUFFED = b"\xff\0"
_OTHER = bytes(
    value if value == 0xFF else {0xA5: 0x3C}.get(value, value ^ 0x5A) for value in range(256)
)


def _looks(data: bytes, *, smaller: int) -> bytes:
    """A digest of a picture's pixels, decoded up to so many times smaller."""
    digest = hashlib.sha256()
    with opened(io.BytesIO(data)) as picture:
        picture.draft(None, (-(-picture.width // smaller), -(-picture.height // smaller)))
        picture.load()
        if picture.getcolors(1):
            return ONE_COLOUR
        for top in range(0, picture.height, _STRIP):
            bottom = min(top + _STRIP, picture.height)
            digest.update(picture.crop((0, top, picture.width, bottom)).tobytes())
    return digest.digest()


def damaged() -> Invalid:
    """The refusal of a picture whose data is wrong."""
    return refused(
        "The picture is damaged: it can't be decoded as it was meant. Export it again, or take "
        "another copy."
    )


def cut_off() -> Invalid:
    """The refusal of a picture that lacks its end."""
    return refused("The file is truncated: it ends before the picture does; upload it again.")


def refused(message: str) -> Invalid:
    """A refusal of the file."""
    return Invalid(message, field=["file"])
