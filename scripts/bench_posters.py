"""Posters for many guides from one template, against the same by simpler means.

All three ways make the same posters in this one process: stamping a plate, with each code read
back; opening the picture, drawing each poster whole with Pillow and encoding it; and only encoding
the rows that guides change, drawn beforehand. Their processor time is compared, in turns. Then
worker processes stamp all of them, as the service does in bulk, and scan the finished files.
"""

import argparse
import io
import json
import os
import random
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from PIL import Image

from domain.posters import codes, jpeg
from domain.posters.codes import QrCode
from domain.posters.drawing import PosterPicture, PosterSubject, Stamp, draw_own, draw_shared, paint
from domain.posters.parsing import parse_template
from domain.posters.stamping import QUALITY, Plate, make_plate
from domain.posters.templates import Blank, is_guides_own
from domain.sharing.share_links import new_code, share_url
from storage.fonts import bundled

DEMO = Path(__file__).parent.parent / "demo"
ROUND = 100
"""Posters of each way in turn, so that a busy moment of the machine falls on all of them."""

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
def plate(template: str) -> Plate:
    """The plate of a shipped template; made once in each process."""
    design = json.loads((DEMO / "templates" / f"{template}.json").read_text("utf-8"))["design"]
    return make_plate(parse_template(design), subject(), bundled())


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


def run(guides: int, template: str) -> None:
    """Measure and report."""
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


def main() -> int:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/bench posters", description=__doc__)
    parser.add_argument("--guides", type=int, default=10_000, help="how many posters")
    parser.add_argument("--template", default="product", help="a file of demo/templates")
    options = parser.parse_args()
    run(options.guides, options.template)
    return 0
