"""Backpacks and small bags."""

from __future__ import annotations

from dataclasses import dataclass

from demo.drawing.canvas import Canvas, Cloth, mix
from demo.drawing.geometry import Path, closed, curve, moved, rounded, sagging, symmetric
from demo.drawing.marks import DARK, PEAK


@dataclass(frozen=True)
class Pack:
    """The look of a backpack."""

    colour: str
    accent: str = "#e5a33c"
    lid: str = ""
    height: float = 820
    width: float = 430
    roll: bool = False


def draw_pack(canvas: Canvas, pack: Pack) -> None:
    """Draw a backpack from its front."""
    w, h = pack.width / 2, pack.height
    top = 760 - h / 2
    _straps(canvas, pack, top)
    for sign in (-1, 1):
        side = closed(
            [
                (540 + sign * (w - 30), top + h * 0.52, 1),
                (540 + sign * (w + 34), top + h * 0.56),
                (540 + sign * (w + 40), top + h * 0.9),
                (540 + sign * (w - 30), top + h * 0.97, 1),
            ]
        )
        canvas.part(side, Cloth(mix(pack.colour, DARK, 0.35), 20, 0.9, 0.4, "ripstop"))
    body = symmetric(
        [
            (540, top),
            (540 + w * 0.7, top + 6),
            (540 + w * 0.94, top + 80),
            (540 + w, top + h * 0.5),
            (540 + w * 1.02, top + h * 0.92),
            (540 + w * 0.84, top + h),
            (540, top + h + 6),
        ]
    )
    canvas.part(body, Cloth(pack.colour, 60, 1.2, 0.5, "ripstop"))
    _pack_front(canvas, pack, top, w, h)
    _pack_lid(canvas, pack, top, w, h)


def _straps(canvas: Canvas, pack: Pack, top: float) -> None:
    grip = curve(
        [(486, top + 10), (490, top - 66), (540, top - 84), (590, top - 66), (594, top + 10)]
    )
    canvas.line(grip, mix(pack.colour, DARK, 0.5), 26, solid=True)
    canvas.line(grip, mix(pack.colour, DARK, 0.3), 10)
    for sign in (-1, 1):
        x = 540 + sign * pack.width * 0.5
        strap = closed(
            [
                (x - sign * 70, top + 70, 1),
                (x + sign * 10, top + 60),
                (x + sign * 72, top + 220),
                (x + sign * 62, top + 420),
                (x - sign * 20, top + 520, 1),
            ]
        )
        canvas.part(strap, Cloth(mix(pack.colour, DARK, 0.55), 20, 0.8, 0.35))


def _pack_front(canvas: Canvas, pack: Pack, top: float, w: float, h: float) -> None:
    x0, x1 = 540 - w * 0.78, 540 + w * 0.78
    y0, y1 = top + h * 0.5, top + h * 0.93
    pocket = closed(
        [
            (x0, y0 + 24),
            (x0 + 40, y0, 1),
            (x1 - 40, y0, 1),
            (x1, y0 + 24),
            (x1 + 8, y1 - 40),
            (x1 - 40, y1),
            (x0 + 40, y1),
            (x0 - 8, y1 - 40),
        ]
    )
    canvas.part(pocket, Cloth(mix(pack.colour, "#ffffff", 0.06), 36, 1.1, 0.5, "ripstop"), cast=14)
    zipper = curve([(x0 + 14, y0 + 64), (540, y0 + 44), (x1 - 14, y0 + 64)])
    canvas.line(zipper, mix(pack.colour, DARK, 0.7), 12)
    canvas.line(zipper, pack.accent, 3)
    canvas.part(rounded(x1 - 46, y0 + 56, x1 - 30, y0 + 112, 7), Cloth(pack.accent, 6), cast=5)
    for i in range(4):
        y = y0 + 120 + i * (y1 - y0 - 170) / 4
        canvas.part(
            rounded(540 - 20, y, 540 + 20, y + 16, 4), Cloth(mix(pack.colour, DARK, 0.5), 6), cast=4
        )
    cord: Path = []
    for i in range(5):
        y = top + h * 0.27 + i * h * 0.045
        cord.append((540 - w * 0.5 if i % 2 else 540 + w * 0.5, y))
    canvas.line(moved(cord, 3, 6), mix(pack.colour, DARK, 0.5), 7)
    canvas.line(cord, pack.accent, 6)
    for sign in (-1, 1):
        x = 540 + sign * w * 0.9
        for y in (top + h * 0.4, top + h * 0.78):
            canvas.part(
                rounded(x - 46, y, x + 46, y + 20, 5),
                Cloth(mix(pack.colour, DARK, 0.55), 8),
                cast=6,
            )


def _pack_lid(canvas: Canvas, pack: Pack, top: float, w: float, h: float) -> None:
    colour = pack.lid or mix(pack.colour, DARK, 0.18)
    if pack.roll:
        roll = closed(
            [
                (540 - w * 0.96, top - 20, 1),
                (540, top - 34),
                (540 + w * 0.96, top - 20, 1),
                (540 + w, top + 80, 1),
                (540, top + 92),
                (540 - w, top + 80, 1),
            ]
        )
        seam = [sagging((300, top + 24), (780, top + 24), 6)]
        canvas.part(roll, Cloth(colour, 30, 1.1, 0.5, "ripstop"), seam, 10, cast=16)
    else:
        lid = symmetric(
            [
                (540, top - 36),
                (540 + w * 0.8, top - 20),
                (540 + w * 1.02, top + 60),
                (540 + w * 1.0, top + h * 0.19, 1),
                (540, top + h * 0.22),
            ]
        )
        canvas.part(lid, Cloth(colour, 44, 1.2, 0.5, "ripstop"), cast=18)
        zipper = curve([(540 - w * 0.8, top + 52), (540, top + 30), (540 + w * 0.8, top + 52)])
        canvas.line(zipper, mix(colour, DARK, 0.7), 10)
    for sign in (-1, 1):
        x = 540 + sign * w * 0.46
        canvas.part(
            rounded(x - 12, top + 40, x + 12, top + h * 0.36, 4),
            Cloth(mix(pack.colour, DARK, 0.6), 8),
            cast=8,
        )
        canvas.part(
            rounded(x - 22, top + h * 0.25, x + 22, top + h * 0.25 + 54, 10),
            Cloth(pack.accent, 10, gloss=0.8),
            cast=8,
        )
    canvas.flat(moved(PEAK, 540 - 30, top + h * 0.15, 1.6), pack.accent)


def draw_sling(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a small cross-body bag."""
    strap = curve([(250, 820), (190, 430), (520, 230), (870, 420), (840, 800)])
    canvas.line(strap, mix(colour, DARK, 0.5), 34, solid=True)
    canvas.line(strap, mix(colour, DARK, 0.25), 3)
    body = closed(
        [
            (210, 730),
            (300, 640),
            (780, 640),
            (870, 730),
            (850, 970),
            (760, 1050),
            (320, 1050),
            (230, 970),
        ]
    )
    canvas.part(body, Cloth(colour, 60, 1.2, 0.5, "ripstop"))
    pocket = closed(
        [(270, 850, 1), (540, 826), (810, 850, 1), (800, 970), (720, 1020), (360, 1020), (280, 970)]
    )
    canvas.part(pocket, Cloth(mix(colour, DARK, 0.18), 36, 1.1, 0.5, "ripstop"), cast=12)
    for y, sag in ((730, -24), (872, -22)):
        canvas.line(sagging((262, y), (818, y), sag), mix(colour, DARK, 0.75), 13)
        canvas.line(sagging((262, y), (818, y), sag), accent, 3)
        canvas.part(rounded(760, y - 6, 778, y + 56, 8), Cloth(accent, 7), cast=6)
    canvas.flat(moved(PEAK, 500, 960, 2.0), accent)
