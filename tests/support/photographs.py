"""Files as cameras and phones make them, put together for tests."""

import io
import struct
import zlib

from PIL import Image, MpoImagePlugin  # noqa: F401  (registers the format)

from tests.support.pictures import a_jpeg, a_picture
from tests.support.videos import an_mp4

_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def a_segment(marker: int, payload: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, 2 + len(payload)) + payload


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """A JPEG with one more segment at its beginning."""
    return jpeg[:2] + a_segment(marker, payload) + jpeg[2:]


def without_segments(jpeg: bytes, marker: int) -> bytes:
    """A JPEG without its segments of one kind."""
    at, kept = 2, jpeg[:2]
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        kept += b"" if jpeg[at + 1] == marker else jpeg[at:end]
        at = end
    return kept + jpeg[at:]


def restless(size: int) -> bytes:
    """Coded pictures of a video, in which every marker of JPEG comes up again and again."""
    return b"\xff\xd8\xff\xda\0\x08\x01\xff\xe0\0\x04\xff\xc4" * (size // 13)


def googles_motion_photo(jpeg: bytes | None = None) -> bytes:
    """A JPEG whose XMP tells of the video behind it."""
    video = an_mp4(data=restless(4000))
    told = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description GCamera:MotionPhoto="1" '
        f'GCamera:MotionPhotoVersion="1" Item:Length="{len(video)}"/></rdf:RDF></x:xmpmeta>'
    )
    return with_segment(jpeg or a_jpeg(), 0xE1, _XMP + told.encode()) + video


def samsungs_motion_photo() -> bytes:
    """A JPEG, a named block with the video, and a directory of blocks."""
    block = b"\0\0\x30\x0a" + struct.pack("<I", 16) + b"MotionPhoto_Data"
    video = an_mp4(brand=b"mp42", data=restless(4000))
    entry = b"\0\0\x30\x0a" + struct.pack("<II", len(block) + len(video), len(block) + len(video))
    directory = b"SEFH" + struct.pack("<II", 107, 1) + entry
    return a_jpeg() + block + video + directory + struct.pack("<I", len(directory)) + b"SEFT"


def xiaomis_motion_photo() -> bytes:
    """A JPEG with a tag of Xiaomi's own and where the video begins, told from the end."""
    video = an_mp4(data=restless(4000))
    told = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description GCamera:MicroVideo="1" '
        f'GCamera:MicroVideoOffset="{len(video)}"/></rdf:RDF></x:xmpmeta>'
    )
    exif = Image.Exif()
    exif[0x8897] = 1
    return with_segment(a_jpeg(exif=exif), 0xE1, _XMP + told.encode()) + video


def a_multi_picture_jpeg() -> bytes:
    """An MPO: a photograph, and a second one of another kind behind it."""
    out = io.BytesIO()
    a_picture().save(out, "MPO", save_all=True, append_images=[a_picture(160, 120, seed=2)])
    return out.getvalue()


def an_ultra_hdr_photo() -> bytes:
    """An MPO whose second picture is a map of how much brighter each place can be shown."""
    told = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description hdrgm:Version="1.0"/></x:xmpmeta>'
    return with_segment(a_multi_picture_jpeg(), 0xE1, _XMP + told)


def a_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_png(
    width: int, height: int, bits: int, colour: int, row: bytes, *chunks: tuple[bytes, bytes]
) -> bytes:
    """A PNG all of whose rows are the same, with chunks before its data."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(b"\0" + row) for _ in range(height)) + packed.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + a_chunk(b"IHDR", header)
        + b"".join(a_chunk(*one) for one in chunks)
        + a_chunk(b"IDAT", data)
        + a_chunk(b"IEND", b"")
    )


def a_cmyk_profile() -> bytes:
    """A profile of print colours: a table of Lab for no ink, all ink, and each mixture between."""
    corners = []
    for n in range(16):
        inks = [n >> 3 & 1, n >> 2 & 1, n >> 1 & 1, n & 1]
        rgb = tuple(int(255 * (1 - ink) * (1 - inks[3])) for ink in inks[:3])
        light = sum(rgb) // 3
        corners.append(bytes((light, 128 + (rgb[0] - rgb[1]) // 4, 128 + (rgb[1] - rgb[2]) // 4)))
    ramp = bytes(range(256))
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + ramp * 4
    table += b"".join(corners) + ramp * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags = ((b"A2B0", table), (b"wtpt", white))
    at, directory, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags:
        padded = data.ljust(-(-len(data) // 4) * 4, b"\0")
        directory += name + struct.pack(">II", at + len(body), len(data))
        body += padded
    head = struct.pack(
        ">I4sI4s4s4s", at + len(body), b"none", 0x02400000, b"prtr", b"CMYK", b"Lab "
    )
    head = (head + bytes(12) + b"acsp").ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + directory + body
