"""Tents, sleeping bags, mats and blankets."""

from __future__ import annotations

from demo.drawing.canvas import Canvas, Cloth, mix
from demo.drawing.geometry import (
    Path,
    closed,
    curve,
    ellipse,
    moved,
    rotated,
    rounded,
    sagging,
    symmetric,
    tube,
)
from demo.drawing.marks import DARK, PEAK


def draw_tent(canvas: Canvas, colour: str, accent: str, tall: float = 470) -> None:
    """Draw a dome tent with an open door."""
    low, top = 1040, 1040 - tall
    canvas.shade(ellipse(540, low + 4, 460, 30), DARK, 0.4, 20)
    shell = closed(
        [
            (96, low, 1),
            (150, low - tall * 0.5),
            (330, top + 50),
            (540, top),
            (750, top + 50),
            (930, low - tall * 0.5),
            (984, low, 1),
            (540, low + 34),
        ]
    )
    canvas.part(shell, Cloth(colour, 110, 1.6, 0.5, "ripstop"))
    left = closed(
        [
            (96, low, 1),
            (150, low - tall * 0.5),
            (330, top + 50),
            (540, top, 1),
            (370, low - tall * 0.45),
            (300, low + 20, 1),
        ]
    )
    canvas.part(left, Cloth(mix(colour, "#ffffff", 0.1), 40, 0.9, 0.5, "ripstop"), cast=3)
    right = closed(
        [
            (984, low, 1),
            (930, low - tall * 0.5),
            (750, top + 50),
            (540, top, 1),
            (720, low - tall * 0.42),
            (790, low + 20, 1),
        ]
    )
    canvas.part(right, Cloth(mix(colour, DARK, 0.22), 40, 0.9, 0.45, "ripstop"), cast=3)
    _door(canvas, colour, accent, low, tall)
    for path in (
        curve([(300, low + 22), (370, low - tall * 0.45), (540, top)]),
        curve([(790, low + 22), (720, low - tall * 0.42), (540, top)]),
    ):
        canvas.line(path, accent, 9, solid=True)
    for x, far in ((110, 20), (970, 1060)):
        canvas.line([(x, low - 90), (far, low + 40)], mix(accent, "#ffffff", 0.3), 3, solid=True)
    canvas.flat(moved(PEAK, 800, low - 130, 2), mix(accent, "#ffffff", 0.2))


def _door(canvas: Canvas, colour: str, accent: str, low: float, tall: float) -> None:
    door = closed(
        [
            (410, low + 28, 1),
            (430, low - tall * 0.4),
            (540, low - tall * 0.72),
            (650, low - tall * 0.4),
            (676, low + 28, 1),
        ]
    )
    canvas.part(door, Cloth("#f1c67a", 60, 0.7, 0.4), cast=0)
    canvas.shade([(470, low), (540, low - tall * 0.6), (620, low)], "#fff3cf", 0.6, 40)
    flap = closed(
        [
            (410, low + 28, 1),
            (430, low - tall * 0.4),
            (540, low - tall * 0.72, 1),
            (474, low - tall * 0.3),
            (452, low + 28, 1),
        ]
    )
    canvas.part(flap, Cloth(mix(colour, DARK, 0.1), 20, 0.9), cast=12)
    mat = closed([(430, low + 26, 1), (660, low + 26, 1), (700, low + 60, 1), (400, low + 60, 1)])
    canvas.part(mat, Cloth(accent, 14, 0.8, 0.4, "rib"), cast=8)


def draw_sleeping_bag(canvas: Canvas, colour: str, accent: str, cells: int = 15) -> None:
    """Draw a mummy sleeping bag."""
    left = curve([(400, 240), (330, 380), (318, 560), (370, 900), (424, 1240)])
    right = curve([(680, 240), (750, 380), (762, 560), (710, 900), (656, 1240)])
    shape, seams = tube(left, right, cells, 9, 10)
    canvas.part(shape, Cloth(colour, 80, 1.2, 0.6), seams, 15, crinkle=26)
    hood = symmetric([(540, 116), (640, 140), (704, 240), (716, 360), (660, 450), (540, 480)])
    rays: list[Path] = [
        [(540, 330), rotated([(900, 330)], a, 540, 330)[0]] for a in range(-180, 40, 28)
    ]
    canvas.part(hood, Cloth(colour, 56, 1.2, 0.6), rays, 13, cast=14, crinkle=14)
    hole = symmetric([(540, 236), (600, 250), (634, 320), (610, 410), (540, 436)])
    canvas.part(hole, Cloth(accent, 40, 0.8, 0.4), cast=0)
    canvas.shade(ellipse(540, 310, 56, 54), DARK, 0.55, 24)
    zipper = curve([(610, 440), (650, 560), (640, 800), (618, 1000)])
    canvas.line(zipper, mix(colour, DARK, 0.6), 13)
    canvas.line(zipper, accent, 4)
    canvas.flat(moved(PEAK, 450, 560, 2.2), accent)


def draw_mat(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw an inflatable sleeping mat with its rolled bag."""
    left, right = [(300, 210), (300, 1230)], [(690, 210), (690, 1230)]
    shape, seams = tube(left, right, 13, 8, 0)
    up = [[(x, 200), (x, 1240)] for x in (400, 495, 590)]
    canvas.part(shape, Cloth(colour, 44, 1.2, 0.5), [*seams, *up], 15)
    pillow = rounded(318, 170, 672, 330, 60)
    canvas.part(pillow, Cloth(mix(colour, DARK, 0.15), 50, 1.3, 0.5), cast=16)
    roll = rounded(640, 960, 860, 1250, 60)
    bands = [sagging((600, y), (900, y), 16) for y in (1020, 1190)]
    canvas.part(roll, Cloth(accent, 60, 1.6, 0.5, "ripstop"), bands, 8, cast=22)
    canvas.flat(moved(PEAK, 712, 1120, 2), mix(accent, "#ffffff", 0.7))


def draw_blanket(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a folded quilted blanket with its straps."""
    for i, shade in enumerate((0.25, 0.12, 0.0)):
        y = 980 - i * 150
        layer = rounded(210 + i * 8, y - 150, 870 - i * 8, y + 40, 74)
        rows = [[(x, y - 170), (x + 10, y + 60)] for x in range(240, 880, 88)]
        canvas.part(
            layer, Cloth(mix(colour, DARK, shade), 64, 1.3, 0.5), rows, 16, cast=14, crinkle=16
        )
    for x in (400, 680):
        strap = [(x - 20, 530), (x + 20, 530), (x + 20, 1022), (x - 20, 1022)]
        canvas.part(strap, Cloth(accent, 10, 0.9), cast=10)
        canvas.part(rounded(x - 30, 720, x + 30, 780, 10), Cloth("#c9ccd1", 8, gloss=0.9), cast=8)
    canvas.line(curve([(430, 560), (450, 440), (630, 440), (650, 560)]), accent, 30, solid=True)
    canvas.flat(moved(PEAK, 506, 640, 1.8), accent)
