"""Renditions: cropped round the focal point, never scaled up, nothing but pixels."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from domain.media.assets import FocalPoint
from domain.media.gate import inspect
from domain.media.pixels import opened, upright
from domain.media.renditions import FRAMES, Preset, RenditionFormat, crop_box, recipe, render
from tests.support.photographs import a_cmyk_profile, a_png, without_segments
from tests.support.pictures import a_jpeg, a_picture, encoded

sides = st.integers(1, 8_000)
points = st.builds(FocalPoint, x=st.floats(0, 1), y=st.floats(0, 1))
frames = st.sampled_from(sorted(FRAMES.values()))
CROPPED = [preset for preset in Preset if preset is not Preset.FULL]

JPEG = RenditionFormat.JPEG


def shown(data: bytes):
    return upright(opened(io.BytesIO(data)))


@given(sides, sides, frames, points)
def test_a_crop_lies_in_the_picture_has_the_frames_shape_and_is_as_large_as_can_be(
    width, height, frame, point
):
    left, top, right, bottom = crop_box((width, height), frame, point)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert right - left == width or bottom - top == height
    scale = min(width / frame[0], height / frame[1])
    assert abs((right - left) - max(1, frame[0] * scale)) <= 0.5 + 1e-6
    assert abs((bottom - top) - max(1, frame[1] * scale)) <= 0.5 + 1e-6


@given(sides, sides, frames, points)
def test_a_crop_keeps_its_focal_point_in_the_middle_or_stops_at_the_edge(
    width, height, frame, point
):
    left, top, right, bottom = crop_box((width, height), frame, point)
    for low, high, side, at in (
        (left, right, width, point.x * width),
        (top, bottom, height, point.y * height),
    ):
        assert low - 0.5 <= at <= high + 0.5
        centred = abs((low + high) / 2 - at) <= 1
        assert centred or low == 0 or high == side


@settings(deadline=None, max_examples=20)
@given(
    st.integers(1, 400),
    st.integers(1, 400),
    st.sampled_from(CROPPED),
    st.sampled_from(RenditionFormat),
)
def test_a_picture_is_never_scaled_up(width, height, preset, format):
    original = io.BytesIO(encoded(Image.new("RGB", (width, height), "teal"), "PNG"))
    made = render(original, preset, format, FocalPoint()).rendition
    assert made.width <= width
    assert made.height <= height


def test_a_whole_picture_is_scaled_into_its_square():
    made = render(io.BytesIO(a_jpeg(3000, 1500)), Preset.FULL, RenditionFormat.WEBP, FocalPoint())
    assert (made.rendition.width, made.rendition.height) == (2048, 1024)


@pytest.mark.parametrize("format", list(RenditionFormat))
@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_rendition_carries_no_metadata(kind, preset, format):
    exif = Image.Exif()
    exif[0x010F] = "PHONE-MAKER"
    exif.get_ifd(0x8825)[2] = (31.0, 18.0, 0.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    original = encoded(a_picture(300, 200), kind, exif=exif, icc_profile=profile)
    assert b"PHONE-MAKER" in original
    data = render(io.BytesIO(original), preset, format, FocalPoint()).data
    assert b"PHONE-MAKER" not in data
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(Image.open(io.BytesIO(data)).info)


def test_the_same_recipe_makes_the_same_bytes_and_only_crops_depend_on_the_focal_point():
    original = a_jpeg(900, 600)
    left, right = FocalPoint(x=0.1, y=0.1), FocalPoint(x=0.9, y=0.9)
    for preset in Preset:
        first = render(io.BytesIO(original), preset, JPEG, left).rendition
        again = render(io.BytesIO(original), preset, JPEG, left).rendition
        other = render(io.BytesIO(original), preset, JPEG, right).rendition
        assert first == again
        moved = preset is not Preset.FULL
        assert (first.digest != other.digest) == moved
        assert (recipe(preset, JPEG, left) != recipe(preset, JPEG, right)) == moved


def swapped_srgb() -> bytes:
    """A colour profile like sRGB, in which red and green have changed places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


@pytest.mark.parametrize(("stored", "seen"), [((255, 0, 0), (0, 255, 0)), ((0, 0, 255),) * 2])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_of_another_profile_are_brought_to_srgb(mode, stored, seen):
    picture = Image.new("RGB", (32, 32), stored).convert(mode)
    found = shown(encoded(picture, "PNG", icc_profile=swapped_srgb()))
    found = found.getpixel((16, 16))[:3]
    assert max(abs(a - b) for a, b in zip(found, seen, strict=True)) < 8


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(b"no profile at all", id="broken"),
        pytest.param(
            ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(), id="of other pixels"
        ),
    ],
)
def test_a_profile_that_makes_no_sense_is_left_out(profile: bytes):
    data = encoded(Image.new("RGB", (32, 32), (200, 120, 40)), "PNG", icc_profile=profile)
    assert shown(data).getpixel((16, 16)) == (200, 120, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_kind_of_pixels_is_shown_as_rgb(mode):
    found = shown(encoded(a_picture(60, 40).convert(mode), "PNG"))
    assert found.mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")


def test_greys_of_sixteen_bits_are_not_washed_out():
    grey = Image.new("I;16", (16, 16), 0x8000)
    found = shown(encoded(grey, "PNG"))
    assert found.getpixel((8, 8)) == (128, 128, 128)


@pytest.mark.parametrize("preset", [Preset.FULL, Preset.COVER])
def test_a_large_jpeg_that_is_decoded_smaller_looks_the_same(preset):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = a_picture(4200, 2200)
    point = FocalPoint(x=0.2, y=0.7)
    jpeg = encoded(picture, "JPEG", quality=95, exif=exif)
    png = encoded(picture, "PNG", compress_level=1, exif=exif)
    small, whole = (render(io.BytesIO(data), preset, JPEG, point) for data in (jpeg, png))
    assert small.rendition.width == whole.rendition.width
    assert small.rendition.height == whole.rendition.height
    a, b = (
        Image.open(io.BytesIO(made.data)).convert("L").resize((64, 64)).tobytes()
        for made in (small, whole)
    )
    assert max(abs(x - y) for x, y in zip(a, b, strict=True)) < 24


def grey_profile() -> bytes:
    """A profile of greys with the curve of sRGB's middle."""
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    start = 128 + 4 + 2 * 12
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", start, 20, b"kTRC", start + 20, 14)
    head = struct.pack(">I4sI4s4s4s", start + 36, b"none", 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head = (head + bytes(12) + b"acsp").ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + tags + white + curve


@pytest.mark.parametrize("profile", [None, grey_profile(), swapped_srgb(), b"nonsense"])
@pytest.mark.parametrize("mode", ["LA", "L", "RGB", "P"])
def test_what_is_clear_stays_clear_whatever_profile_there_is(mode, profile):
    if mode == "LA":
        picture, options = Image.new("LA", (16, 16), (200, 0)), {}
        picture.paste((90, 255), (8, 0, 16, 16))
    else:
        picture = Image.new("L", (16, 16), 200)
        picture.paste(90, (8, 0, 16, 16))
        picture = picture.convert(mode)
        clear = picture.getpixel((0, 0))
        options = {"transparency": clear}
    if profile:
        options["icc_profile"] = profile
    found = shown(encoded(picture, "PNG", **options))
    assert found.mode == "RGBA"
    assert found.getpixel((2, 2))[3] == 0
    red, green, blue, opacity = found.getpixel((12, 2))
    assert opacity == 255
    assert max(abs(one - 90) for one in (red, green, blue)) <= 12


@pytest.mark.parametrize("clear", [0x1234, 0x00FF, 0xFFFF])
def test_one_grey_of_sixteen_bits_is_clear_and_its_neighbours_are_not(clear):
    row = struct.pack(">4H", clear, clear ^ 1, 0x8000, clear)
    data = a_png(4, 4, 16, 0, row, (b"tRNS", struct.pack(">H", clear)))
    found = shown(data)
    assert found.mode == "RGBA"
    assert [found.getpixel((x, 1))[3] for x in range(4)] == [0, 255, 255, 0]
    assert found.getpixel((2, 1))[:3] == (128, 128, 128)


def test_one_colour_of_sixteen_bits_is_clear():
    row = struct.pack(">6H", 0xFFFF, 0x1234, 0, 0x8000, 0x8000, 0x8000)
    data = a_png(2, 2, 16, 2, row, (b"tRNS", struct.pack(">3H", 0xFFFF, 0x1234, 0)))
    assert [shown(data).getpixel((x, 1))[3] for x in range(2)] == [0, 255]


WHITE_AND_INK = Image.new("CMYK", (64, 32), (0, 0, 0, 0))
WHITE_AND_INK.paste((0, 200, 200, 20), (32, 0, 64, 32))
PRINTED = encoded(WHITE_AND_INK, "JPEG", quality=95, subsampling=0)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PRINTED, id="with Adobe's marker"),
        pytest.param(without_segments(PRINTED, 0xEE), id="without a marker"),
        pytest.param(
            encoded(WHITE_AND_INK, "JPEG", quality=95, icc_profile=a_cmyk_profile()),
            id="with a profile of print colours",
        ),
        pytest.param(
            encoded(WHITE_AND_INK, "JPEG", quality=95, icc_profile=SRGB),
            id="with a profile of a screen by mistake",
        ),
    ],
)
def test_white_paper_stays_white_and_ink_keeps_its_colour(data):
    inspect(io.BytesIO(data))
    found = shown(data)
    assert found.mode == "RGB"
    assert min(found.getpixel((8, 16))) >= 250
    red, green, blue = found.getpixel((56, 16))
    assert red > 160
    assert max(green, blue) < 120
