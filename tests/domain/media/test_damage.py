"""Pictures whose data is not whole, and sound ones of every make."""

import io
import random

import pytest
from PIL import Image

from domain.kernel.refusals import Invalid
from domain.media.assets import FocalPoint
from domain.media.damage import read_frame
from domain.media.gate import inspect
from domain.media.renditions import Preset, RenditionFormat, render
from tests.support import photographs
from tests.support.paths import ROOT
from tests.support.pictures import a_jpeg, a_picture, encoded

MAKES = {
    "as usual": {},
    "in one scan after another": {"progressive": True},
    "with tables of its own": {"optimize": True},
    "with restarts": {"restart_marker_rows": 2},
    "with all restarts": {"restart_marker_blocks": 1},
    "with all colours": {"subsampling": "4:4:4", "quality": 97},
    "with restarts in each scan": {"progressive": True, "restart_marker_rows": 3},
}


def made(**options) -> bytes:
    """A photograph in one of the makes."""
    with Image.open(ROOT / "demo" / "images" / "posts" / "lake.jpg") as lake:
        return encoded(lake.resize((641, 479)), "JPEG", **options)


def judged(data: bytes) -> str:
    try:
        inspect(io.BytesIO(data))
    except Invalid as refusal:
        return refusal.message
    return ""


@pytest.mark.parametrize("options", MAKES.values(), ids=MAKES.keys())
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_sound_jpeg_of_any_make_passes(options, mode):
    for size in ((1, 1), (7, 9), (16, 16), (317, 33)):
        picture = a_picture(320, 240).resize(size).convert(mode)
        assert judged(encoded(picture, "JPEG", **options)) == ""
        for colour in ("white", "black", "gray"):
            plain = Image.new("RGB", size, colour).convert(mode)
            assert judged(encoded(plain, "JPEG", **options)) == ""


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"quality": 5}, {"method": 6}])
def test_a_sound_webp_of_any_make_passes(options):
    for picture in (a_picture(), a_picture().resize((3, 1)), Image.new("RGB", (300, 300), "gray")):
        assert judged(encoded(picture, "WEBP", **options)) == ""
        clear = picture.convert("RGBA")
        clear.putalpha(Image.linear_gradient("L").resize(picture.size))
        assert judged(encoded(clear, "WEBP", **options)) == ""


def test_the_demo_brands_pictures_pass():
    for file in sorted((ROOT / "demo" / "images" / "posts").iterdir()):
        assert judged(file.read_bytes()) == ""


@pytest.mark.parametrize("options", MAKES.values(), ids=MAKES.keys())
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_jpeg_cut_off_is_found_also_where_its_end_was_put_back(options, share):
    data = made(**options)
    cut = data[: int(len(data) * share)]
    assert "truncated" in judged(cut)
    assert judged(cut + b"\xff\xd9") != ""


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_webp_cut_off_is_found_also_where_its_lengths_were_put_right(share):
    whole = encoded(a_picture(), "WEBP")
    cut = bytearray(whole[: int(len(whole) * share) & ~1])
    assert "truncated" in judged(bytes(cut))
    cut[4:8] = (len(cut) - 8).to_bytes(4, "little")
    cut[16:20] = (len(cut) - 20).to_bytes(4, "little")
    assert judged(bytes(cut)) != ""


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_png_cut_off_is_found(share):
    data = encoded(a_picture(), "PNG")
    assert "truncated" in judged(data[: int(len(data) * share)])


def test_a_png_with_a_wrong_checksum_is_found_wherever_it_stands():
    data = encoded(a_picture(), "PNG")
    for at in (data.index(b"IHDR") + 18, data.index(b"IDAT") - 2, len(data) - 1):
        wrong = bytearray(data)
        wrong[at] ^= 1
        assert judged(bytes(wrong)) != ""


def damages(data: bytes, size: int, count: int):
    """The file with so many bytes zeroed, at places of its coded pixels."""
    dice = random.Random(1)
    for _ in range(count):
        at = dice.randrange(len(data) // 4, len(data) - size)
        yield data[:at] + bytes(size) + data[at + size :]


@pytest.mark.parametrize(
    ("data", "size", "least"),
    [
        pytest.param(made(), 2048, 0.95, id="JPEG, a page lost"),
        pytest.param(made(), 64, 0.6, id="JPEG, a few bytes lost"),
        pytest.param(made(restart_marker_rows=2), 2048, 0.95, id="JPEG with restarts, a page lost"),
        pytest.param(encoded(a_picture(), "WEBP", quality=95), 512, 0.95, id="WebP, a page lost"),
        pytest.param(encoded(a_picture(), "WEBP", quality=95), 16, 0.9, id="WebP, a few bytes"),
    ],
)
def test_most_damage_in_the_middle_is_found(data, size, least):
    found = [judged(one) != "" for one in damages(data, size, 40)]
    assert sum(found) / len(found) >= least


def test_a_lost_scan_is_found():
    data = made(progressive=True)
    last = read_frame(data).scans[-1]
    start = data.rfind(b"\xff\xda", 0, last.start)
    assert "truncated" in judged(data[:start] + b"\xff\xd9")


def test_a_lost_restart_is_found():
    data = made(restart_marker_rows=2)
    at = data.index(b"\xff\xd3", read_frame(data).scans[0].start)
    assert "damaged" in judged(data[:at] + data[at + 2 :])


def test_endless_segments_and_endless_fill_end_at_once():
    for filler in (b"\xff\xe0\0\x02" * 2_000_000, b"\xff" * 8_000_000):
        assert judged(b"\xff\xd8" + filler) != ""
        data = a_jpeg()
        scan = read_frame(data).scans[0]
        assert judged(data[: scan.start] + filler + b"\0" + data[scan.start :]) != ""


PHOTOGRAPHS = {
    "Google's motion photo": photographs.googles_motion_photo(),
    "Samsung's motion photo": photographs.samsungs_motion_photo(),
    "Xiaomi's motion photo": photographs.xiaomis_motion_photo(),
    "a multi-picture JPEG": photographs.a_multi_picture_jpeg(),
    "a gain map": photographs.an_ultra_hdr_photo(),
    "a gain map and a video": photographs.googles_motion_photo(photographs.an_ultra_hdr_photo()),
    "pictures of one size": encoded(
        a_picture(), "MPO", save_all=True, append_images=[a_picture(seed=5)]
    ),
    "a few bytes behind": a_jpeg() + b"\0" * 9,
}


@pytest.mark.parametrize("data", PHOTOGRAPHS.values(), ids=PHOTOGRAPHS.keys())
def test_what_lies_behind_a_photograph_does_not_matter(data):
    found = inspect(io.BytesIO(data))
    assert (found.content_type, found.width, found.height) == ("image/jpeg", 320, 240)
    assert found.bytes == len(data)
    made = render(io.BytesIO(data), Preset.FULL, RenditionFormat.WEBP, FocalPoint())
    alone = render(io.BytesIO(a_jpeg()), Preset.FULL, RenditionFormat.WEBP, FocalPoint())
    assert made.data == alone.data


def test_a_photograph_cut_off_before_its_video_is_found():
    photograph, video = a_jpeg(), photographs.googles_motion_photo()[len(a_jpeg()) :]
    assert judged(photograph[: len(photograph) * 9 // 10] + video) != ""


def test_scans_over_a_large_picture_are_fewer():
    data = encoded(Image.new("L", (7_000, 7_000)), "JPEG")
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert judged(data) == ""
    assert "too many scans" in judged(data[:-2] + scan * 20 + data[-2:])
