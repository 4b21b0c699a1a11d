"""The gate that every file passes before it becomes an asset."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from domain.kernel.refusals import Invalid
from domain.media import gate
from domain.media.assets import Kind
from domain.media.gate import inspect
from tests.support.pictures import a_jpeg, a_picture, encoded
from tests.support.videos import an_mp4

# The service leaves out Pillow's warnings of damaged metadata; pytest sets its own filters.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_sound_picture_passes_as_what_it_is(format: str):
    found = inspect(io.BytesIO(encoded(a_picture(64, 48), format)))
    assert (found.kind, found.content_type) == (Kind.IMAGE, f"image/{format.lower()}")
    assert (found.width, found.height) == (64, 48)


def test_a_video_passes_as_a_video():
    found = inspect(io.BytesIO(an_mp4(640, 360)))
    assert (found.kind, found.content_type) == (Kind.VIDEO, "video/mp4")
    assert (found.width, found.height, found.duration_ms) == (640, 360, 12_500)


def a_bomb(width: int, height: int) -> bytes:
    """A sound black PNG of a few kilobytes with one bit a pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * ((width + 7) // 8 + 1) * height)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def with_a_flipped_bit() -> bytes:
    data = bytearray(encoded(a_picture(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"<svg onload='alert(1)'/>", "Only JPEG", id="another type by content"),
        pytest.param(b"GIF89a" + b"\0" * 99, "as PNG", id="a GIF"),
        pytest.param(b"\0\0\0\x18ftypheic" + b"\0" * 99, "as JPEG", id="a phone's HEIC"),
        pytest.param(a_jpeg()[:-900], "truncated", id="a JPEG cut off"),
        pytest.param(encoded(a_picture(), "PNG")[:-900], "truncated", id="a PNG cut off"),
        pytest.param(encoded(a_picture(), "WEBP")[:-900], "truncated", id="a WebP cut off"),
        pytest.param(b"\xff\xd8\xff" + b"no picture" * 30 + b"\xff\xd9", "damaged", id="broken"),
        pytest.param(with_a_flipped_bit(), "damaged", id="a PNG whose checksum is wrong"),
        pytest.param(
            a_jpeg()[:-2] + SCAN * 101 + b"\xff\xd9", "scans", id="a JPEG of endless scans"
        ),
        pytest.param(a_bomb(20_000, 20_000), "pixels", id="a bomb beyond all bounds"),
        pytest.param(a_bomb(10_000, 9_000), "pixels", id="a bomb just below Pillow's own bound"),
        pytest.param(a_bomb(30_000, 10), "a side", id="a picture too long"),
        pytest.param(
            encoded(
                a_picture(), "WEBP", save_all=True, append_images=[a_picture(seed=2)], duration=90
            ),
            "MP4",
            id="a moving picture",
        ),
    ],
)
def test_a_faulty_file_is_refused_by_the_name_of_its_fault(data: bytes, says: str):
    with pytest.raises(Invalid, match=says) as refusal:
        inspect(io.BytesIO(data))
    assert refusal.value.field == ("file",)


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch):
    decoded = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(
        ImageFile.ImageFile, "load", lambda self: decoded.append(self.size) or load(self)
    )
    with pytest.raises(Invalid, match="too many pixels"):
        inspect(io.BytesIO(a_bomb(10_000, 9_000)))
    assert decoded == []
    inspect(io.BytesIO(a_bomb(100, 90)))
    assert decoded != []


def test_a_file_with_too_many_bytes_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gate, "MAX_IMAGE_BYTES", 1000)
    monkeypatch.setattr(gate, "MAX_VIDEO_BYTES", 1000)
    for data in (a_jpeg(), an_mp4()):
        with pytest.raises(Invalid, match="the most is 1000"):
            inspect(io.BytesIO(data))


@pytest.mark.parametrize("turn", range(1, 9))
def test_width_and_height_are_those_that_people_see(turn: int):
    exif = Image.Exif()
    exif[0x0112] = turn
    found = inspect(io.BytesIO(a_jpeg(64, 48, exif=exif)))
    assert (found.width, found.height) == ((48, 64) if turn >= 5 else (64, 48))


@settings(deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_no_damage_makes_anything_but_a_refusal(format: str, data: st.DataObject):
    picture = bytearray(encoded(a_picture(40, 30), format))
    for _ in range(data.draw(st.integers(1, 6))):
        picture[data.draw(st.integers(0, len(picture) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(picture)))
    try:
        found = inspect(io.BytesIO(bytes(picture[:cut])))
    except Invalid:
        return
    assert found.width > 0


def test_damaged_metadata_does_not_keep_a_sound_picture_out():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    data = a_jpeg(64, 48, exif=exif)
    start = data.index(b"Exif")
    for at in range(start + 6, start + 60):
        for value in (0x00, 0x7F, 0xFF):
            inspect(io.BytesIO(data[:at] + bytes([value]) + data[at + 1 :]))
