"""Gloves, scarves and neck tubes."""

from __future__ import annotations

from collections.abc import Callable

from demo.drawing.canvas import Canvas, Cloth, mix
from demo.drawing.geometry import Path, Point, closed, curve, ellipse, mirror, rotated
from demo.drawing.marks import DARK

Place = Callable[[list[Point]], Path]


def draw_gloves(canvas: Canvas, colour: str, accent: str, mitten: bool = False) -> None:
    """Draw a pair of gloves or mittens."""
    for flip, turn in ((False, 9), (True, -9)):

        def place(points: list[Point], flip: bool = flip, turn: int = turn) -> Path:
            side = [(330 + p[0], 760 + p[1], *p[2:]) for p in points]
            return rotated(closed(mirror(side) if flip else side), turn, 750 if flip else 330, 760)

        _glove(canvas, colour, accent, mitten, place)


def _glove(canvas: Canvas, colour: str, accent: str, mitten: bool, place: Place) -> None:
    cloth = Cloth(colour, 34, 1.2, 0.5)
    thumb: list[Point] = [
        (80, 120),
        (150, 20),
        (206, -66),
        (256, -60),
        (250, 20),
        (190, 140),
        (110, 220),
    ]
    canvas.part(place(thumb), cloth)
    if not mitten:
        for x, top, lean in ((-122, -210, -30), (-50, -290, -10), (24, -300, 8), (92, -230, 30)):
            finger: list[Point] = [
                (x - 34, 20),
                (x - 34 + lean, top + 60),
                (x + lean, top),
                (x + 36 + lean, top + 60),
                (x + 38, 20),
            ]
            canvas.part(place(finger), cloth, cast=7)
    hand: list[Point] = [
        (-152, 40),
        (-150, -40),
        (-20, -60),
        (120, -40),
        (140, 60),
        (110, 250, 1),
        (-110, 250, 1),
    ]
    if mitten:
        hand = [
            (-150, 40),
            (-140, -170),
            (-20, -290),
            (110, -200),
            (138, 40),
            (110, 250, 1),
            (-110, 250, 1),
        ]
    seams = [place([(-400, y), (0, y + 20), (400, y), (0, y + 20)]) for y in range(-250, 240, 78)]
    canvas.part(
        place(hand),
        Cloth(colour, 50, 1.2, 0.5),
        seams if mitten else [],
        13,
        cast=7,
        crinkle=18 if mitten else 0,
    )
    cuff: list[Point] = [(-118, 200, 1), (118, 200, 1), (146, 400, 1), (0, 416), (-146, 400, 1)]
    canvas.part(place(cuff), Cloth(mix(colour, DARK, 0.3), 26, 1.0, 0.45, "ripstop"), cast=10)
    strap: list[Point] = [(-124, 236, 1), (128, 236, 1), (132, 284, 1), (-128, 284, 1)]
    canvas.part(place(strap), Cloth(accent, 10, 0.9), cast=8)
    patch: list[Point] = [(-100, 30), (-90, -20), (80, -20), (96, 60), (70, 150), (-74, 150)]
    if not mitten:
        canvas.part(
            place(patch), Cloth(mix(colour, "#ffffff", 0.1), 20, 0.9, 0.5, "ripstop"), cast=4
        )


def draw_scarf(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a folded knitted scarf."""
    for x, turn, low in ((452, 5, 1130), (610, -6, 1060)):
        strip = [(x - 112, 470), (x + 112, 470), (x + 122, low), (x - 122, low)]
        tail = rotated(strip, turn, x, 480)
        canvas.part(tail, Cloth(colour, 40, 1.1, 0.5, "knit"))
        for y in (low - 190, low - 130, low - 70):
            band = [(x - 121, y), (x + 121, y), (x + 121, y + 28), (x - 121, y + 28)]
            canvas.part(rotated(band, turn, x, 480), Cloth(accent, 14, 0.8, 0.5, "knit"), cast=1)
        for i in range(26):
            fx = x - 118 + i * 9.4
            fringe = rotated([(fx, low - 4), (fx + canvas.rng.gauss(0, 4), low + 66)], turn, x, 480)
            canvas.line(fringe, mix(colour, DARK, 0.1 + 0.1 * (i % 3)), 5, solid=True)
    loop = closed(
        [
            (330, 420),
            (420, 330),
            (540, 306),
            (660, 330),
            (750, 420),
            (730, 540),
            (640, 610),
            (540, 626),
            (440, 610),
            (350, 540),
        ]
    )
    folds = [curve([(350, 470 + d), (540, 560 + d), (730, 470 + d)]) for d in (-50, 0, 46)]
    canvas.part(loop, Cloth(colour, 56, 1.3, 0.5, "knit"), folds, 14, cast=20)
    hole = closed([(420, 410), (540, 356), (660, 410), (620, 450), (540, 466), (460, 450)])
    canvas.part(hole, Cloth(mix(colour, DARK, 0.55), 24, 0.6, 0.2), cast=0)


def draw_gaiter(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a stretch neck tube."""
    body = closed(
        [
            (330, 480, 1),
            (540, 440),
            (750, 480, 1),
            (736, 640),
            (742, 800),
            (790, 1020, 1),
            (540, 1066),
            (290, 1020, 1),
            (338, 800),
            (344, 640),
        ]
    )
    folds = [curve([(310, y), (460, y + 60), (560, y + 40)]) for y in (640, 760, 880)]
    canvas.part(body, Cloth(colour, 60, 1.2, 0.5, "ripstop"), folds=folds)
    hole = ellipse(540, 478, 206, 40)
    canvas.part(hole, Cloth(mix(colour, DARK, 0.6), 20, 0.5, 0.2), cast=0)
    for i, share in enumerate((0.0, 0.3, 0.6)):
        ridge = [
            (344 - i * 8, 930 + i * 30),
            (440, 850 + i * 40),
            (520, 910 + i * 34),
            (620, 830 + i * 44),
            (745 + i * 10, 930 + i * 30),
            (760, 1020),
            (540, 1060),
            (320, 1020),
        ]
        canvas.shade(ridge, mix(accent, DARK, share), 0.55, 2)
