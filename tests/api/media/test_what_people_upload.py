"""Files as people have them, sound and hostile, sent over HTTP."""

import asyncio
import io
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from domain.media.pixels import TURNS
from storage.mongo.kernel.database import Database
from tests.api.media.uploading import EDITOR, get, refusal, uploaded
from tests.conftest import Service
from tests.support import photographs
from tests.support.cases import one_after_the_other
from tests.support.photographs import a_chunk, a_png
from tests.support.pictures import a_jpeg, a_picture, encoded
from tests.support.videos import a_place, an_mp4

pytestmark = pytest.mark.anyio

TELEMETRY = b"GPS5 +31.2989 +120.5853 at 07:12"


def moving(format: str) -> bytes:
    return encoded(
        a_picture(), format, save_all=True, append_images=[a_picture(seed=2)], duration=90
    )


def a_still_webp_with_an_animations_header() -> bytes:
    still = encoded(a_picture(64, 48), "WEBP")
    flags = b"VP8X" + (10).to_bytes(4, "little") + b"\x02\0\0\0" + b"\x3f\0\0\x2f\0\0"
    anim = b"ANIM" + (6).to_bytes(4, "little") + bytes(6)
    frame = bytes(6) + b"\x3f\0\0\x2f\0\0" + bytes(4) + still[12:]
    body = b"WEBP" + flags + anim + b"ANMF" + len(frame).to_bytes(4, "little") + frame
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def broken_png() -> bytes:
    data = bytearray(encoded(a_picture(), "PNG"))
    data[data.index(b"IDAT") + 100] ^= 1
    return bytes(data)


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


HEIC = (24).to_bytes(4, "big") + b"ftypheic\0\0\0\0mif1heic" + bytes(200)
REFUSED = {
    "HEIC called a JPEG": (HEIC, "Most Compatible"),
    "AVIF": (HEIC.replace(b"heic", b"avif"), "AVIF"),
    "QuickTime": (an_mp4(brand=b"qt  "), "MP4"),
    "a brand nobody knows": (an_mp4(brand=b"zz\x019", compatible=b"abcd"), "“zz?9”"),
    "a camera's raw picture": (an_mp4(brand=b"crx "), "Raw"),
    "a moving WebP": (moving("WEBP"), "moves"),
    "a moving PNG": (moving("PNG"), "moves"),
    "a moving GIF": (moving("GIF"), "GIF"),
    "an SVG called a PNG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Only JPEG"),
    "a bomb of one colour": (a_png(20_000, 20_000, 1, 0, bytes(2500)), "pixels"),
    "a JPEG of 51 million": (encoded(Image.new("L", (8_500, 6_000)), "JPEG"), "pixels"),
    "a JPEG cut off at 90 %": (cut(a_jpeg(), 0.9), "truncated"),
    "a JPEG cut off at 99 %": (cut(a_jpeg(), 0.99), "truncated"),
    "a WebP cut off at 99 %": (cut(encoded(a_picture(), "WEBP"), 0.99), "truncated"),
    "a PNG cut off at 99 %": (cut(encoded(a_picture(), "PNG"), 0.99), "truncated"),
    "a PNG with a wrong checksum": (broken_png(), "damaged"),
    "a PNG of text without end": (
        a_png(1, 1, 8, 0, b"\0", (b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000)))),
        "damaged",
    ),
}


@one_after_the_other("data, says", REFUSED.values())
async def test_what_is_no_sound_still_picture_is_refused_in_words_and_leaves_nothing(
    service: Service, database: Database, data: bytes, says: str
):
    error = await refusal(service, data)
    assert (error["code"], error["field"]) == ("INVALID", ["file"])
    assert says in error["message"]
    assert await database["assets"].count_documents({}) == 0
    assert files_kept(service) == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(photographs.googles_motion_photo(), id="Google's motion photo"),
        pytest.param(photographs.samsungs_motion_photo(), id="Samsung's motion photo"),
        pytest.param(photographs.xiaomis_motion_photo(), id="Xiaomi's motion photo"),
        pytest.param(photographs.a_multi_picture_jpeg(), id="a multi-picture JPEG"),
        pytest.param(photographs.an_ultra_hdr_photo(), id="a gain map"),
    ],
)
async def test_a_photograph_with_more_behind_it_is_shown_and_kept_as_it_came(
    service: Service, data: bytes
):
    asset = (await uploaded(service, data, "IMG.HEIC"))["asset"]
    assert (asset["contentType"], asset["width"], asset["height"]) == ("image/jpeg", 320, 240)
    assert (await get(service, asset["originalUrl"])).content == data
    shown = (await get(service, asset["url"])).content
    assert b"ftyp" not in shown
    assert shown.count(b"\xff\xd8\xff") == 1


async def test_a_still_picture_in_an_animations_wrapping_is_taken(service: Service):
    asset = (await uploaded(service, a_still_webp_with_an_animations_header()))["asset"]
    assert (asset["width"], asset["height"]) == (64, 48)


async def test_a_published_video_says_nothing_of_where_it_was_taken(service: Service):
    data = an_mp4(inside=a_place(), telemetry=TELEMETRY, brand=b"mp42")
    asset = (await uploaded(service, data, "GX010001.MP4"))["asset"]
    whole = (await get(service, asset["url"])).content
    assert len(whole) == len(data)
    assert b"31.29" not in whole
    at = data.index(TELEMETRY)
    for part in (f"bytes={at}-{at + 9}", f"bytes={at + 3}-", f"bytes={at - 5}-{at + 40}"):
        assert b"31.29" not in (await get(service, asset["url"], Range=part)).content
    assert (await get(service, asset["originalUrl"])).content == data


def turned(turn: int) -> bytes:
    """The same scene as a camera keeps it that is held in one of eight ways."""
    upright = a_picture(640, 480, seed=7)
    undo = TURNS.get(turn)
    back = {
        Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
        Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
    }
    stored = upright if undo is None else upright.transpose(back.get(undo, undo))
    exif = Image.Exif()
    exif[0x0112] = turn
    exif.get_ifd(0x8825)[2] = (31.0, 18.0, 0.0)
    return encoded(stored, "JPEG", exif=exif, quality=95)


RENDITIONS = """query($id: ID!) { asset(id: $id) { url
  cover: rendition(preset: COVER) { url } moments: rendition(preset: MOMENTS) { url }
  banner: rendition(preset: BANNER, format: WEBP) { url } } }"""


async def test_eight_ways_to_hold_a_camera_make_the_same_pictures(service: Service):
    first: list[Image.Image] = []
    known = ""
    for turn in range(1, 9):
        answer = await uploaded(service, turned(turn), focal={"x": 0.9, "y": 0.1})
        asset = answer["asset"]
        assert (asset["width"], asset["height"]) == (640, 480)
        found = (await service.query(RENDITIONS, EDITOR, id=asset["id"])).data["asset"]
        urls = [found["url"], *(found[name]["url"] for name in ("cover", "moments", "banner"))]
        files = [(await get(service, url)).content for url in urls]
        pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data in files]
        assert not any(one.getexif() for one in pictures)
        assert not any(b"Exif" in data for data in files)
        if not first:
            first, known = pictures, asset["id"]
            continue
        assert known in {near["asset"]["id"] for near in answer["nearDuplicates"]}
        for one, same in zip(pictures, first, strict=True):
            assert one.size == same.size
            assert max(ImageStat.Stat(ImageChops.difference(one, same)).mean) < 2


async def test_nothing_that_a_file_tells_of_a_place_is_in_any_rendition(service: Service):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[29] = "2026:11:26-HERE"
    told = b"31.2989-HERE"
    png = encoded(a_picture(), "PNG", exif=exif)
    text = a_chunk(b"tEXt", b"GPS\0" + told) + a_chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + told
    )
    end = png.index(b"IEND") - 4
    for data in (
        photographs.with_segment(a_jpeg(exif=exif, comment=told), 0xED, b"Photoshop 3.0\0" + told),
        png[:end] + text + png[end:],
        encoded(a_picture(), "WEBP", exif=exif, xmp=told),
    ):
        assert b"-HERE" in data
        asset = (await uploaded(service, data))["asset"]
        found = (await service.query(RENDITIONS, EDITOR, id=asset["id"])).data["asset"]
        for url in (found["url"], *(found[name]["url"] for name in ("cover", "moments", "banner"))):
            assert b"-HERE" not in (await get(service, url)).content


def files_kept(service: Service) -> list[Path]:
    return [file for file in Path(service.settings.files).rglob("*") if file.is_file()]


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak_mb() -> int:
    """The most memory that this process had since it was last forgotten."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux tells of its memory")
async def test_thirty_bombs_at_once_cost_no_memory(service: Service):
    data = a_png(20_000, 20_000, 1, 0, bytes(2500))
    await refusal(service, data)
    forget_peak()
    before = peak_mb()
    await asyncio.gather(*(refusal(service, data) for _ in range(30)))
    assert peak_mb() - before < 60


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux tells of its memory")
async def test_many_large_pictures_at_once_take_the_memory_of_a_few(service: Service):
    scene = a_picture(800, 600).resize((4_000, 3_000), Image.Resampling.NEAREST)
    files = [encoded(scene, "JPEG", quality=quality) for quality in range(40, 48)]
    forget_peak()
    await asyncio.gather(*(uploaded(service, data) for data in files[:2]))
    before = peak_mb()
    await asyncio.gather(*(uploaded(service, data) for data in files[2:]))
    assert peak_mb() - before < 60
