"""Shoes, boots and socks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo.drawing.canvas import Canvas, Cloth, mix
from demo.drawing.geometry import (
    Outline,
    Path,
    Point,
    along,
    closed,
    curve,
    ellipse,
    moved,
    rotated,
)
from demo.drawing.marks import DARK, PEAK

Place = Callable[[Sequence[Point]], list[Point]]


@dataclass(frozen=True)
class Shoe:
    """The look of a shoe or boot from its side."""

    colour: str
    accent: str = "#e5a33c"
    sole: str = "#23262c"
    midsole: str = "#ece8df"
    height: float = 0
    quilted: bool = False
    fur: bool = False
    texture: str = "suede"


def draw_pair(canvas: Canvas, shoe: Shoe) -> None:
    """Draw a pair of shoes, one behind the other."""
    lift = shoe.height * 0.45
    _shoe(canvas, shoe, 60, -120 + lift, 0.94)
    canvas.shade(ellipse(520, 930 + lift, 420, 60), DARK, 0.35, 40)
    _shoe(canvas, shoe, -40, 40 + lift, 1.0)


def _shoe(canvas: Canvas, shoe: Shoe, dx: float, dy: float, grow: float) -> None:
    def at(points: Sequence[Point]) -> list[Point]:
        return [(540 + dx + p[0] * grow, 800 + dy + p[1] * grow, *p[2:]) for p in points]

    h = shoe.height
    _sole(canvas, shoe, at)
    _upper(canvas, shoe, at, h)
    _overlays(canvas, shoe, at)
    _laces(canvas, shoe, at, h)


def _sole(canvas: Canvas, shoe: Shoe, at: Place) -> None:
    lugs: list[Point] = []
    for i in range(19):
        x = -350 + i * 42
        rise = 26 * max(0, (i - 13) / 5) ** 1.6 + 8 * max(0, (3 - i) / 3)
        lugs += [
            (x, 150 - rise, 1),
            (x + 6, 163 - rise, 1),
            (x + 28, 163 - rise, 1),
            (x + 34, 150 - rise, 1),
        ]
    outsole = closed(at([(-372, 90, 1), *lugs, (452, 70), (440, 40, 1)]))
    canvas.part(outsole, Cloth(shoe.sole, 14, 0.8, 0.4), cast=0)
    mid = closed(
        at(
            [
                (-362, 40, 1),
                (-378, 84),
                (-366, 128, 1),
                (-100, 136),
                (200, 132),
                (380, 112),
                (448, 74),
                (452, 46, 1),
                (200, 60),
                (-60, 36),
            ]
        )
    )
    groove = [curve(at([(-380, 98), (-100, 104), (200, 100), (460, 62)]))]
    canvas.part(mid, Cloth(shoe.midsole, 26, 0.9, 0.6), groove, 7, cast=0)


def _upper(canvas: Canvas, shoe: Shoe, at: Place, h: float) -> None:
    heel: list[Point] = [(-352, 70, 1), (-366, -10), (-352, -90 - h * 0.4), (-348, -170 - h, 1)]
    ankle: list[Point] = [(-280, -150 - h), (-200, -152 - h), (-96, -186 - h, 1)]
    throat: list[Point] = [(-56, -152 - h * 0.55), (20, -122 - h * 0.12), (150, -86), (240, -66)]
    toe: list[Point] = [(340, -52), (424, -8), (454, 70, 1), (200, 82), (-100, 70)]
    hole = closed(at([(-346, -164 - h, 1), (-220, -206 - h), (-98, -184 - h, 1), (-200, -128 - h)]))
    canvas.part(hole, Cloth(mix(shoe.colour, DARK, 0.6), 20, 0.5, 0.2), cast=0)
    seams: list[Outline] = []
    if shoe.quilted:
        seams = [at([(-420, -y), (60, -y + 26)]) for y in range(10, int(190 + h), 58)]
    shape = closed(at([*heel, *ankle, *throat, *toe]))
    canvas.part(
        shape,
        Cloth(shoe.colour, 46, 1.1, 0.5, shoe.texture),
        seams,
        14,
        cast=8,
        crinkle=20 if shoe.quilted else 0,
    )
    if shoe.fur:
        rim = curve(at([(-352, -166 - h), (-280, -146 - h), (-200, -148 - h), (-92, -184 - h)]))
        _fringe(canvas, rim)


def _fringe(canvas: Canvas, rim: Path) -> None:
    rng = canvas.rng
    for shade in ("#b7a48c", "#d8c8b0", "#efe5d4"):
        for _ in range(300):
            x, y = along(rim, rng.random())
            x, y = x + rng.gauss(0, 4), y + rng.gauss(0, 8)
            canvas.line(
                [(x, y), (x + rng.gauss(0, 12), y + rng.uniform(-26, 22))], shade, 2.4, solid=True
            )


def _overlays(canvas: Canvas, shoe: Shoe, at: Place) -> None:
    dark = mix(shoe.colour, DARK, 0.35)
    rand = closed(
        at(
            [
                (-356, 74, 1),
                (-368, -20),
                (-340, -64),
                (-270, -30),
                (-180, 26),
                (0, 44),
                (180, 34),
                (270, -20),
                (340, -52),
                (424, -6),
                (456, 70, 1),
                (200, 84),
                (-100, 70),
            ]
        )
    )
    canvas.part(rand, Cloth(dark, 20, 0.9, 0.5), cast=6)
    saddle = closed(
        at(
            [
                (-130, 40, 1),
                (20, 42, 1),
                (80, -30),
                (110, -96 - shoe.height * 0.06, 1),
                (30, -128 - shoe.height * 0.14, 1),
                (-40, -40),
            ]
        )
    )
    canvas.part(saddle, Cloth(mix(shoe.colour, "#ffffff", 0.1), 16, 0.9), cast=6)
    canvas.flat(at(moved(PEAK, -230, -60, 2.0)), shoe.accent)


def _laces(canvas: Canvas, shoe: Shoe, at: Place, h: float) -> None:
    n = 5 + int(h / 50)
    edge = [(-100, -170 - h), (-56, -150 - h * 0.55), (20, -120 - h * 0.12), (150, -84), (230, -66)]
    line = curve(at(edge))
    inset = curve(at([(x - 26, y + 30) for x, y in edge]))
    stay = [*line, *reversed(inset)]
    canvas.part(stay, Cloth(mix(shoe.colour, DARK, 0.2), 10, 0.8), cast=4)
    for i in range(n):
        t = 0.05 + i * 0.9 / (n - 1)
        (x0, y0), (x1, y1) = along(line, t), along(inset, t)
        canvas.line([(x0 + 9, y0 - 9), (x1, y1)], mix(shoe.accent, DARK, 0.55), 15, solid=True)
        canvas.line([(x0 + 8, y0 - 9), (x1, y1 - 1)], mix(shoe.accent, "#ffffff", 0.3), 9)
    if h:
        loop = closed(at([(-356, -150 - h), (-376, -190 - h), (-352, -214 - h), (-334, -176 - h)]))
        canvas.line([*loop, loop[0]], shoe.accent, 9, solid=True)


def draw_socks(canvas: Canvas, colour: str, accent: str, tall: float = 420) -> None:
    """Draw a pair of knitted socks."""
    for dx, dy, turn in ((130, -30, 8), (-60, 30, -4)):
        x, y = 470 + dx, 1010 + dy
        leg: list[Point] = [
            (x - 92, y - tall, 1),
            (x + 92, y - tall, 1),
            (x + 84, y - 150),
            (x + 96, y - 40),
            (x + 170, y + 40),
            (x + 250, y + 90),
            (x + 240, y + 166),
            (x + 130, y + 176),
            (x - 10, y + 130),
            (x - 104, y + 60),
            (x - 108, y - 40),
            (x - 84, y - 160),
        ]
        canvas.part(rotated(closed(leg), turn, x, y), Cloth(colour, 44, 1.0, 0.45, "knit"))
        for top, thick, shade in ((0, 96, accent), (130, 18, accent), (164, 18, "#f3ece0")):
            y0, y1 = y - tall + top, y - tall + top + thick
            band = [
                (x - 93 + top * 0.03, y0),
                (x + 93 - top * 0.03, y0),
                (x + 92 - top * 0.03, y1),
                (x - 92 + top * 0.03, y1),
            ]
            canvas.part(rotated(band, turn, x, y), Cloth(shade, 26, 0.8, 0.45, "rib"), cast=2)
        toe = closed(
            [(x + 150, y + 174, 1), (x + 168, y + 40, 1), (x + 250, y + 90), (x + 240, y + 166)]
        )
        canvas.part(rotated(toe, turn, x, y), Cloth(accent, 30, 0.9, 0.45, "knit"), cast=2)
