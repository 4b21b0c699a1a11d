"""MP4 files for tests, put together box by box."""

import struct

UPRIGHT = (1, 0, 0, 1)
QUARTER_TURN = (0, 1, -1, 0)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of ISO 14496-12."""
    payload = b"".join(parts)
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def a_table(*chunks: tuple[int, int]) -> bytes:
    """Where each chunk begins in the file and how long it is, one sample a chunk."""
    count = struct.pack(">II", 0, len(chunks))
    starts = struct.pack(f">{len(chunks)}I", *(start for start, _ in chunks))
    sizes = struct.pack(f">{len(chunks)}I", *(length for _, length in chunks))
    return box(
        b"stbl",
        box(b"stsd", bytes(8)),
        box(b"stsc", struct.pack(">5I", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">2I", 0, 0), count[4:], sizes),
        box(b"stco", count, starts),
    )


def a_track(
    width: int,
    height: int,
    turn=UPRIGHT,
    handler: bytes = b"vide",
    chunks: tuple[tuple[int, int], ...] = (),
) -> bytes:
    """A track of pictures, or of what the handler says, whose samples lie in the chunks."""
    a, b, c, d = (value << 16 for value in turn)
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    head = bytes(40) + matrix + struct.pack(">2I", width << 16, height << 16)
    said = box(b"hdlr", bytes(8), handler, bytes(13))
    media = box(b"mdia", said, box(b"minf", a_table(*chunks)))
    return box(b"trak", box(b"tkhd", head), media)


def an_mp4(
    width: int = 640,
    height: int = 360,
    *,
    seconds: float = 12.5,
    turn=UPRIGHT,
    brand: bytes = b"isom",
    compatible: bytes = b"isom",
    inside: bytes = b"",
    data: bytes = b"\x55" * 2000,
    telemetry: bytes = b"",
    handler: bytes = b"meta",
    long: bool = False,
) -> bytes:
    """A video with its index before its data; `inside` are further boxes of the index.

    Telemetry lies among the data, after its first half, and has a track of its own. A long video's
    data has its length in eight bytes.
    """
    start = box(b"ftyp", brand, bytes(4), compatible)
    first, second = data[: len(data) // 2], data[len(data) // 2 :]
    payload = first + telemetry + second
    header = struct.pack(">I4sQ", 1, b"mdat", 16 + len(payload)) if long else None
    header = header or struct.pack(">I4s", 8 + len(payload), b"mdat")

    def index(at: int) -> bytes:
        middle = at + len(first)
        behind = middle + len(telemetry)
        own = a_track(0, 0, handler=handler, chunks=((middle, len(telemetry)),))
        return box(
            b"moov",
            box(b"mvhd", bytes(12), struct.pack(">II", 600, int(seconds * 600)), bytes(80)),
            a_track(0, 0, handler=b"soun"),
            a_track(width, height, turn, chunks=((at, len(first)), (behind, len(second)))),
            own if telemetry else b"",
            inside,
        )

    before = len(start) + len(index(0)) + len(header)
    return start + index(before) + header + payload


def a_place() -> bytes:
    """The box in which phones keep where a video was taken."""
    text = b"+31.2989+120.5853/"
    return box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(text), 0x15C7), text))
