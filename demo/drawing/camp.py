"""Poles, bottles, mugs, chairs and lanterns."""

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
    symmetric,
)
from demo.drawing.marks import DARK, PEAK


def draw_poles(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a crossed pair of trekking poles."""
    for turn in (15, -15):

        def place(points: Path, turn: int = turn) -> Path:
            return rotated(points, turn, 540, 760)

        for x, y0, y1, w, shade in (
            (540, 420, 700, 13, colour),
            (540, 690, 980, 11, accent),
            (540, 970, 1240, 8.5, "#c9ccd1"),
        ):
            canvas.part(
                place([(x - w, y0), (x + w, y0), (x + w, y1), (x - w, y1)]),
                Cloth(shade, 9, 1.1, 0.8),
                cast=7,
            )
        for y in (694, 974):
            canvas.part(place(rounded(518, y - 34, 562, y + 20, 8)), Cloth("#25282e", 10), cast=6)
        grip = closed(
            [
                (512, 230),
                (540, 206),
                (570, 226),
                (574, 290),
                (562, 330),
                (570, 380),
                (558, 470),
                (522, 470),
                (512, 380),
                (518, 320),
            ]
        )
        lines = [place([(490, y), (590, y)]) for y in range(300, 470, 24)]
        canvas.part(place(grip), Cloth("#b98a5a", 20, 1.1, 0.4), lines, 5, cast=9)
        strap = place(curve([(530, 236), (450, 300), (440, 400), (500, 420), (520, 330)]))
        canvas.line(strap, mix(colour, DARK, 0.4), 15, solid=True)
        canvas.line(strap, accent, 3)
        basket = ellipse(540, 1180, 46, 15, 40)
        canvas.part(place(basket), Cloth("#25282e", 10), cast=5)
        canvas.part(
            place([(534, 1236), (546, 1236), (542, 1284), (538, 1284)]), Cloth("#8b9097", 5), cast=3
        )


def draw_thermos(
    canvas: Canvas, colour: str, accent: str, wide: float = 118, mug: bool = False
) -> None:
    """Draw an insulated bottle, or a camp mug."""
    if mug:
        _mug(canvas, colour, accent)
        return
    w = wide
    body = symmetric(
        [
            (540, 480, 1),
            (540 + w * 0.8, 480, 1),
            (540 + w, 540),
            (540 + w, 640, 1),
            (540 + w, 1090, 1),
            (540 + w - 10, 1126),
            (540, 1134),
        ]
    )
    canvas.part(body, Cloth(colour, 90, 2.0, 0.55, "suede"))
    base = symmetric([(540, 1070, 1), (540 + w, 1070, 1), (540 + w - 8, 1128), (540, 1138)])
    canvas.part(base, Cloth("#b9bcc1", 50, 1.6, 0.8), cast=2)
    neck = rounded(540 - w * 0.74, 440, 540 + w * 0.74, 492, 10)
    canvas.part(neck, Cloth("#c9ccd1", 40, 1.5, 0.9), cast=5)
    cap = closed(
        [
            (540 - w * 0.78, 450, 1),
            (540 - w * 0.74, 330),
            (540 - w * 0.6, 308),
            (540 + w * 0.6, 308),
            (540 + w * 0.74, 330),
            (540 + w * 0.78, 450, 1),
        ]
    )
    ribs = [[(x, 340), (x, 440)] for x in range(int(540 - w), int(540 + w), 22)]
    canvas.part(cap, Cloth(accent, 60, 1.6, 0.5), ribs, 5, cast=8)
    loop = curve(
        [(540 - w * 0.5, 322), (540 - w * 0.46, 240), (540 + w * 0.46, 240), (540 + w * 0.5, 322)]
    )
    canvas.line(loop, mix(accent, DARK, 0.4), 22, solid=True)
    canvas.line(loop, mix(accent, "#ffffff", 0.2), 6)
    canvas.shade(rounded(540 - w * 0.66, 520, 540 - w * 0.5, 1060, 8), "#ffffff", 0.42, 9)
    canvas.shade(rounded(540 + w * 0.6, 520, 540 + w * 0.95, 1060, 8), DARK, 0.35, 20)
    canvas.flat(moved(PEAK, 490, 800, 2.6), mix(colour, "#ffffff", 0.75))


def _mug(canvas: Canvas, colour: str, accent: str) -> None:
    handle = curve([(740, 660), (900, 680), (910, 880), (740, 930)])
    canvas.line(handle, "#9fa4ab", 34, solid=True)
    canvas.line(moved(handle, -4, -5), "#e4e6e9", 9)
    body = closed(
        [
            (300, 560, 1),
            (312, 980),
            (350, 1020),
            (540, 1034),
            (730, 1020),
            (768, 980),
            (780, 560, 1),
            (540, 600),
        ]
    )
    canvas.part(body, Cloth(colour, 110, 2.0, 0.55, "suede"))
    canvas.part(ellipse(540, 560, 242, 44), Cloth("#d5d8dc", 16, 1.2, 0.9), cast=4)
    canvas.part(ellipse(540, 566, 224, 34), Cloth("#4a2d1c", 40, 0.6, 0.3), cast=0)
    canvas.shade(rounded(356, 640, 384, 960, 12), "#ffffff", 0.4, 10)
    canvas.flat(moved(PEAK, 470, 850, 3.6), accent)


def draw_chair(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a folding camp chair."""
    for x0, x1 in ((300, 720), (780, 360)):
        canvas.part(
            rotated(
                rounded((x0 + x1) / 2 - 13, 760, (x0 + x1) / 2 + 13, 1240, 12),
                40 if x0 < x1 else -40,
                540,
                1000,
            ),
            Cloth("#3a3d44", 12, 1.2, 0.8),
            cast=8,
        )
    for x, turn in ((290, -6), (790, 6)):
        canvas.part(
            rotated(rounded(x - 13, 340, x + 13, 1190, 12), turn, x, 800),
            Cloth("#3a3d44", 12, 1.2, 0.8),
            cast=8,
        )
    back = closed(
        [
            (270, 330, 1),
            (540, 366),
            (810, 330, 1),
            (790, 560),
            (800, 800, 1),
            (540, 850),
            (280, 800, 1),
            (290, 560),
        ]
    )
    canvas.part(back, Cloth(colour, 60, 1.3, 0.5, "ripstop"))
    panel = closed(
        [(330, 390, 1), (540, 420), (750, 390, 1), (740, 560, 1), (540, 600), (340, 560, 1)]
    )
    canvas.part(panel, Cloth(mix(colour, "#ffffff", 0.12), 24, 0.9, 0.5), cast=4)
    seat = closed(
        [(250, 800, 1), (540, 760), (830, 800, 1), (880, 950, 1), (540, 1010), (200, 950, 1)]
    )
    canvas.part(seat, Cloth(mix(colour, DARK, 0.12), 50, 1.3, 0.5, "ripstop"), cast=24)
    for x in (236, 844):
        canvas.part(rounded(x - 36, 660, x + 36, 716, 24), Cloth(accent, 20, 1.1), cast=10)
    canvas.flat(moved(PEAK, 486, 520, 2.8), accent)


def draw_lantern(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a glowing camp lantern."""
    canvas.line(
        curve([(400, 520), (400, 330), (540, 250), (680, 330), (680, 520)]),
        "#3a3d44",
        17,
        solid=True,
    )
    canvas.part(
        closed([(400, 540, 1), (430, 450), (540, 420), (650, 450), (680, 540, 1), (540, 566)]),
        Cloth(colour, 50, 1.5, 0.6),
    )
    glass = closed(
        [
            (412, 548, 1),
            (392, 720),
            (404, 900, 1),
            (540, 920),
            (676, 900, 1),
            (688, 720),
            (668, 548, 1),
            (540, 566),
        ]
    )
    canvas.part(glass, Cloth("#f6d489", 70, 1.0, 0.7), cast=6)
    canvas.shade(ellipse(540, 740, 74, 120), "#fffbe6", 0.95, 34)
    for x in (416, 664):
        canvas.line(
            curve([(x, 540), (x + (x - 540) * 0.17, 720), (x, 906)]), "#3a3d44", 11, solid=True
        )
    canvas.part(
        closed(
            [
                (380, 890, 1),
                (540, 914),
                (700, 890, 1),
                (716, 1070),
                (690, 1100),
                (540, 1116),
                (390, 1100),
                (364, 1070),
            ]
        ),
        Cloth(colour, 60, 1.6, 0.6),
        cast=10,
    )
    canvas.part(ellipse(540, 1010, 34, 34), Cloth(accent, 16, 1.3, 0.8), cast=6)
    canvas.shade(rounded(410, 930, 430, 1070, 8), "#ffffff", 0.4, 8)
