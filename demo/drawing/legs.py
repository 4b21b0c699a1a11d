"""Trousers and shorts, seen from the front."""

from __future__ import annotations

from dataclasses import dataclass

from demo.drawing.canvas import Canvas, Cloth, mix
from demo.drawing.geometry import (
    Path,
    Point,
    along,
    closed,
    curve,
    ellipse,
    mirror,
    moved,
    sagging,
    tube,
)
from demo.drawing.marks import DARK, PEAK


@dataclass(frozen=True)
class Legs:
    """The cut of trousers or shorts."""

    colour: str
    accent: str = "#d9c7a4"
    panel: str = ""
    length: float = 1000
    hem: float = 68
    cells: int = 0
    cargo: bool = False
    cuffed: bool = False
    texture: str = ""


def draw_legs(canvas: Canvas, cut: Legs) -> None:
    """Draw trousers or shorts hanging flat."""
    top = (1440 - cut.length * 1.08) / 2 + 30
    for flip in (False, True):
        _leg(canvas, cut, top, flip)
    _waist(canvas, cut, top)


def _leg(canvas: Canvas, cut: Legs, top: float, flip: bool) -> None:
    turn = mirror if flip else (lambda p: p)
    low = top + cut.length
    outer: list[Point] = [
        (540 + 158, top),
        (540 + 190, top + 130),
        (540 + 196, top + 330),
        (540 + 100 + cut.hem + 14, low),
    ]
    inner: list[Point] = [
        (540, top),
        (538, top + 200),
        (546, top + 300),
        (540 + 100 - cut.hem + 14, low),
    ]
    a, b = curve(turn(inner)), curve(turn(outer))
    shape, seams = tube(a, b, cut.cells, 7 if cut.cells else 0, 12)
    folds = [] if cut.cells else _leg_folds(canvas, a, b, cut.length)
    cloth = Cloth(cut.colour, 40, 0.9, 0.5, cut.texture)
    canvas.part(shape, cloth, seams, 12, folds, crinkle=22 if cut.cells else 0)
    if cut.panel:
        _knee(canvas, cut, a, b)
    _leg_details(canvas, cut, a, b)


def _leg_folds(canvas: Canvas, a: Path, b: Path, length: float) -> list[Path]:
    folds = []
    for t in (0.22, 0.27, 0.48, 0.53, 0.58, 0.88, 0.94):
        if length < 700 and t > 0.3:
            continue
        right = b[0][0] > 540
        p, q = along(a, t), along(b, t + (-0.04 if right else 0.03))
        reach = canvas.rng.uniform(0.35, 0.7)
        end = (p[0] + (q[0] - p[0]) * reach, p[1] + (q[1] - p[1]) * reach)
        folds.append(sagging(p, end, 5))
    return folds


def _knee(canvas: Canvas, cut: Legs, a: Path, b: Path) -> None:
    left = [along(a, t) for t in (0.45, 0.52, 0.6, 0.66)]
    right = [along(b, t) for t in (0.42, 0.5, 0.58, 0.64)]
    shape = closed(
        [(*left[0], 1), *left[1:3], (*left[3], 1), (*right[3], 1), *right[2:0:-1], (*right[0], 1)]
    )
    canvas.part(shape, Cloth(cut.panel, 22, 0.8, 0.4, "ripstop"), cast=3)


def _leg_details(canvas: Canvas, cut: Legs, a: Path, b: Path) -> None:
    seam = [tuple(along(b, t / 20)) for t in range(3, 21)]
    inset = [(x + (540 - x) * 0.09, y) for x, y in seam]
    canvas.line(inset, mix(cut.colour, DARK, 0.32), 2)
    if cut.cargo:
        p, q = along(b, 0.36), along(b, 0.56)
        inward = 0.36
        shape = [p, q, (q[0] + (540 - q[0]) * inward, q[1]), (p[0] + (540 - p[0]) * inward, p[1])]
        canvas.part(shape, Cloth(cut.colour, 16, 0.9, 0.5, cut.texture), cast=9)
        flap = [(x, y - 6 if i in (0, 3) else p[1] + 40) for i, (x, y) in enumerate(shape)]
        canvas.part(flap, Cloth(cut.colour, 10), cast=7)
    if cut.cuffed:
        c, d, e, f = along(a, 0.965), along(b, 0.965), along(b, 1), along(a, 1)
        shape = [c, d, (e[0], e[1] + 26), (f[0], f[1] + 26)]
        canvas.part(shape, Cloth(mix(cut.colour, DARK, 0.2), 14, 0.9, 0.4, "rib"), cast=6)
    else:
        c, d = along(a, 0.975), along(b, 0.975)
        canvas.line(sagging(c, d, 4), mix(cut.colour, DARK, 0.35), 2)


def _waist(canvas: Canvas, cut: Legs, top: float) -> None:
    shape = closed(
        [
            (382, top - 42, 1),
            (540, top - 34),
            (698, top - 42, 1),
            (704, top + 18, 1),
            (540, top + 28),
            (376, top + 18, 1),
        ]
    )
    canvas.part(shape, Cloth(mix(cut.colour, DARK, 0.12), 16, 0.9, 0.45, cut.texture), cast=8)
    canvas.line([(540, top + 28), (541, top + 176)], mix(cut.colour, DARK, 0.5), 3)
    canvas.line(
        curve([(574, top + 30), (572, top + 130), (541, top + 178)]), mix(cut.colour, DARK, 0.35), 2
    )
    for sign in (-1, 1):
        pocket = curve(
            [
                (540 + sign * 104, top + 26),
                (540 + sign * 138, top + 96),
                (540 + sign * 178, top + 150),
            ]
        )
        canvas.line(moved(pocket, 2, 4), mix(cut.colour, "#ffffff", 0.2), 5)
        canvas.line(pocket, mix(cut.colour, DARK, 0.6), 4)
        x = 540 + sign * 92
        canvas.part(
            [(x - 8, top - 46), (x + 8, top - 46), (x + 8, top + 28), (x - 8, top + 28)],
            Cloth(cut.colour, 6),
            cast=5,
        )
    canvas.part(ellipse(540, top - 6, 11, 11, 24), Cloth(cut.accent, 7, gloss=0.9), cast=4)
    canvas.flat(moved(PEAK, 610, top + 240), cut.accent)
