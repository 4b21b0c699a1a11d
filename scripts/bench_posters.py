"""Posters for many guides from one template, against the same by simpler means.

All three ways make the same posters in this one process: stamping a plate, with each code read
back; opening the picture, drawing each poster whole with Pillow and encoding it; and only encoding
the rows that guides change, drawn beforehand. Their processor time is compared, in turns. Then
worker processes stamp all of them, as the service does in bulk, and scan the finished files.

Last, some are made as people receive them: recompressed as WeChat does it, and 360 px wide. Two
decoders that know nothing of each other read their codes: ZXing and OpenCV, which is installed by
`pip install -r requirements/bench.lock`.
"""

import argparse
import io
import json
import os
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import zxingcpp
from PIL import Image

from domain.posters import codes, jpeg
from domain.posters.codes import QrCode
from domain.posters.drawing import PosterPicture, PosterSubject, Stamp, draw_own, draw_shared, paint
from domain.posters.layouts import WIDTHS
from domain.posters.parsing import parse_template
from domain.posters.stamping import QUALITY, Plate, make_plate
from domain.posters.templates import DESIGN_WIDTH, Blank, is_guides_own
from domain.sharing.share_links import new_code, share_url
from storage.fonts import bundled

DEMO = Path(__file__).parent.parent / "demo"
ROUND = 100
"""Posters of each way in turn, so that a busy moment of the machine falls on all of them."""

RECEIVED = 20
"""Posters of each width that are read as people receive them: OpenCV takes a second for some."""

WECHAT_QUALITY = 60
"""About the JPEG quality at which WeChat sends pictures on that are not sent as originals."""

PREVIEW_PX = 360
"""How wide a poster is in a chat, which is all that is left of some that are sent on."""

DISTANCES = (1, 3, 2, 0.75, 1.5, 0.6)
"""So many times the size a code is shown to OpenCV until it reads it: it misses some at each."""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董"
GIVEN = "雨晴欣怡子涵梓轩浩宇思远若曦嘉怡一诺佳宁雪梅建国海燕晓东文静志强丽华"
CITIES = "苏州 杭州 南京 上海 北京 成都 武汉 西安 长沙 青岛 沈阳 哈尔滨 昆明 厦门".split()
STREETS = "观前街 湖滨银泰 新街口 南京西路 王府井 春熙路 江汉路 钟楼 五一广场 台东".split()


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of the processor, of each way."""

    stamped_s: float
    rows_s: float
    whole_s: float


def stamps(count: int) -> Iterator[Stamp]:
    """Guides with names, shops and share links; three guides to a shop, as brands have them."""
    dice = random.Random(20261121)
    store = ""
    for number in range(count):
        if number % 3 == 0:
            store = f"{dice.choice(CITIES)}{dice.choice(STREETS)}{number // 3 % 9 + 1}店"
        name = dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN)
        url = share_url("https://m.example.com", new_code(dice.choice))
        yield Stamp(texts={Blank.GUIDE: name, Blank.STORE: store}, code=QrCode(text=url))


def subject() -> PosterSubject:
    """What the posters are about."""
    texts = {
        Blank.TITLE: "极寒长款羽绒服，把寒风挡在身后",
        Blank.SUMMARY: "800 蓬白鹅绒，长款过膝",
        Blank.PRICE: "¥2,399",
        Blank.AMOUNT: "2,399",
    }
    picture = PosterPicture(data=(DEMO / "images" / "products" / "10001-nvy.jpg").read_bytes())
    return PosterSubject(texts=texts, pictures={"product": picture, "cover": picture})


@cache
def plate(template: str, width: int = DESIGN_WIDTH) -> Plate:
    """The plate of a shipped template; made once in each process."""
    design = json.loads((DEMO / "templates" / f"{template}.json").read_text("utf-8"))["design"]
    return make_plate(parse_template(design).scaled(width), subject(), bundled())


def whole(made: Plate, stamp: Stamp) -> bytes:
    """A poster drawn layer by layer and encoded, as a program without plates would."""
    template = made.template
    image = Image.new("RGB", (template.width, template.height), template.background[:3])
    for layer in template.layers:
        if is_guides_own(layer):
            paint(image, draw_own(layer, made.subject, stamp, made.fonts))
        else:
            paint(image, draw_shared(layer, made.subject, made.fonts))
    return jpeg.encode(image, QUALITY)


def changed_rows(made: Plate, stamp: Stamp) -> list[Image.Image]:
    """The finished rows that are this guide's own."""
    drawn = made.drawn(stamp)
    return [drawn.crop((0, top, drawn.width, top + height)) for top, height in made.changed_rows()]


def encode_rows(bands: list[Image.Image]) -> int:
    """Encode rows and do no more; how many bytes they are."""
    return sum(len(jpeg.encode(band, QUALITY)) for band in bands)


def timed(work: Callable[[], object]) -> float:
    """Seconds of the processor that some work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def compare(template: str, count: int) -> Timing:
    """Time the three ways over the same guides, in turns; the posters must be the same bytes."""
    rounds = [one_round(template, part) for part in parted(list(stamps(count)))]
    return Timing(
        sum(one.stamped_s for one in rounds) / count,
        sum(one.rows_s for one in rounds) / count,
        sum(one.whole_s for one in rounds) / len(rounds),
    )


def parted(everybody: list[Stamp]) -> list[list[Stamp]]:
    """The guides in rounds."""
    return [everybody[start : start + ROUND] for start in range(0, len(everybody), ROUND)]


def one_round(template: str, part: list[Stamp]) -> Timing:
    """Seconds for some guides' posters, and for one drawn whole: that is slow enough."""
    made = plate(template)
    rows = [changed_rows(made, stamp) for stamp in part]
    posters: list[bytes] = []
    plain: list[bytes] = []
    timing = Timing(
        timed(lambda: posters.extend(map(made.stamped, part))),
        timed(lambda: [encode_rows(bands) for bands in rows]),
        timed(lambda: plain.append(whole(made, part[0]))),
    )
    if posters[:1] != plain:
        raise SystemExit("a stamped poster differs from the one that was drawn whole")
    return timing


def stamp_and_scan(template: str, part: list[Stamp]) -> tuple[int, int]:
    """Stamp some posters in a worker, then open each file anew; how many scan, and their bytes."""
    made = plate(template)
    scanned = size = 0
    for stamp in part:
        data = made.stamped(stamp)
        size += len(data)
        assert isinstance(stamp.code, QrCode)
        scanned += codes.read(Image.open(io.BytesIO(data)).convert("L")) == stamp.code.text
    return scanned, size


def stamp_only(template: str, part: list[Stamp]) -> int:
    """Stamp some posters in a worker; how many."""
    made = plate(template)
    return sum(1 for stamp in part if made.stamped(stamp))


def as_received(poster: bytes) -> Iterator[tuple[str, Image.Image]]:
    """A poster as it is sent on, and as it is in a chat; each with a name."""
    whole = Image.open(io.BytesIO(poster))
    height = whole.height * PREVIEW_PX // whole.width
    small = whole.resize((PREVIEW_PX, height), Image.Resampling.LANCZOS)
    for name, image in (("sent on", whole), (f"{PREVIEW_PX} px wide", small)):
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=WECHAT_QUALITY)
        yield name, Image.open(packed).convert("L")


def read_by_zxing(image: Image.Image) -> set[str]:
    """The codes that ZXing finds with the settings that it comes with."""
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.QRCode))
    return {one.text for one in found}


def readers() -> Mapping[str, Callable[[Image.Image], set[str]]]:
    """The decoders that are installed."""
    try:
        import cv2
        import numpy as np
    except ImportError:
        return {"ZXing": read_by_zxing}
    detector = cv2.QRCodeDetector()

    def read_by_opencv(image: Image.Image) -> set[str]:
        """What OpenCV finds, from nearer and farther, as a phone's camera is moved."""
        for scale in DISTANCES:
            seen = image.resize((round(image.width * scale), round(image.height * scale)))
            found, _, _ = detector.detectAndDecode(np.asarray(seen))
            if found:
                return {found}
        return set()

    return {"ZXing": read_by_zxing, "OpenCV": read_by_opencv}


def read_as_received(template: str, count: int) -> bool:
    """Report how many codes each decoder reads of what people receive; whether it is all."""
    read: Counter[tuple[int, str, str]] = Counter()
    decoders = readers()
    for width in WIDTHS:
        for stamp in stamps(count):
            assert isinstance(stamp.code, QrCode)
            for form, image in as_received(plate(template, width).stamped(stamp)):
                for reader, codes_in in decoders.items():
                    read[width, form, reader] += stamp.code.text in codes_in(image)
    for (width, form, reader), found in read.items():
        print(f"  {width:4} px, {form:12} read by {reader:6} {found} of {count}")
    if len(decoders) < 2:
        print("  the second decoder is not installed: pip install -r requirements/bench.lock")
    return set(read.values()) == {count}


def run(guides: int, template: str) -> bool:
    """Measure and report; whether all codes could be read."""
    found = compare(template, guides)
    print(f"posters for {guides:,} guides from the template {template}; ms of one processor each")
    print(f"  stamped, each code read back     {found.stamped_s * 1e3:7.2f}")
    print(f"  only encoding the changed rows   {found.rows_s * 1e3:7.2f}")
    print(f"  drawing and encoding the whole   {found.whole_s * 1e3:7.2f}")
    print(f"  stamped / rows  {found.stamped_s / found.rows_s:6.2f}  (target: at most 2.5)")
    print(f"  whole / stamped {found.whole_s / found.stamped_s:6.2f}  (target: at least 5)")
    everybody = list(stamps(guides))
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(partial(stamp_only, template), [everybody[:1]] * workers))  # make the plates
        started = time.perf_counter()
        list(pool.map(partial(stamp_only, template), parted(everybody)))
        elapsed_s = time.perf_counter() - started
        results = list(pool.map(partial(stamp_and_scan, template), parted(everybody)))
    scanned, size = (sum(column) for column in zip(*results, strict=True))
    print(f"  all of them with {workers} processes: {elapsed_s:.1f} s")
    print(f"  finished files scanned: {scanned:,} of {guides:,}, {size / guides / 1e3:.0f} kB each")
    here, worker = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"  peak memory: {here:.0f} MB here, {worker:.0f} MB in the largest worker")
    print("as people receive them")
    return read_as_received(template, min(guides, RECEIVED)) and scanned == guides


def main() -> int:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/bench posters", description=__doc__)
    parser.add_argument("--guides", type=int, default=10_000, help="how many posters")
    parser.add_argument("--template", default="product", help="a file of demo/templates")
    options = parser.parse_args()
    return 0 if run(options.guides, options.template) else 1
