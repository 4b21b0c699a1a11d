"""MP4 files for tests, put together box by box."""

import struct

UPRIGHT = (1, 0, 0, 1)
QUARTER_TURN = (0, 1, -1, 0)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of ISO 14496-12."""
    payload = b"".join(parts)
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def a_track(width: int, height: int, turn=UPRIGHT, handler: bytes = b"vide") -> bytes:
    """A track of pictures, or of what the handler says."""
    a, b, c, d = (value << 16 for value in turn)
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    head = bytes(40) + matrix + struct.pack(">2I", width << 16, height << 16)
    media = box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)))
    return box(b"trak", box(b"tkhd", head), media)


def an_mp4(
    width: int = 640,
    height: int = 360,
    *,
    seconds: float = 12.5,
    turn=UPRIGHT,
    brand: bytes = b"isom",
    inside: bytes = b"",
    data: bytes = b"\x55" * 2000,
) -> bytes:
    """A video with an index before its data; `inside` are further boxes of the index."""
    header = bytes(12) + struct.pack(">II", 600, int(seconds * 600)) + bytes(80)
    sound = a_track(0, 0, handler=b"soun")
    index = box(b"moov", box(b"mvhd", header), sound, a_track(width, height, turn), inside)
    return box(b"ftyp", brand, bytes(4), b"isom") + index + box(b"mdat", data)


def a_place() -> bytes:
    """The box in which phones keep where a video was taken."""
    text = b"+31.2989+120.5853/"
    return box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(text), 0x15C7), text))
