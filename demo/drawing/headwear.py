"""Hats and caps."""

from __future__ import annotations

from demo.drawing.canvas import Canvas, Cloth, mix
from demo.drawing.geometry import closed, curve, ellipse, moved, rotated, rounded, symmetric
from demo.drawing.marks import DARK, PEAK


def draw_beanie(canvas: Canvas, colour: str, accent: str, pompom: bool = True) -> None:
    """Draw a knitted hat."""
    if pompom:
        _pompom(canvas, accent)
    dome = symmetric([(540, 420), (700, 450), (800, 570), (828, 760), (824, 850, 1), (540, 880)])
    waves = [
        curve([(200, y), (400, y + 20), (540, y + 26), (680, y + 20), (880, y)]) for y in (560, 640)
    ]
    canvas.part(dome, Cloth(colour, 80, 1.2, 0.5, "knit"))
    for wave in waves:
        canvas.shade([*wave, *reversed(moved(wave, 0, 22))], accent, 0.75, 1.5)
    cuff = closed(
        [
            (238, 800),
            (250, 784, 1),
            (540, 816),
            (830, 784, 1),
            (842, 800),
            (842, 950),
            (828, 972, 1),
            (540, 1004),
            (252, 972, 1),
            (238, 950),
        ]
    )
    canvas.part(cuff, Cloth(mix(colour, DARK, 0.12), 34, 1.1, 0.5, "rib"), cast=18)
    patch = rounded(490, 850, 590, 940, 10)
    canvas.part(patch, Cloth("#7a4f31", 8, 0.8), cast=5)
    canvas.flat(moved(PEAK, 510, 908, 1.6), "#ead9bd")


def _pompom(canvas: Canvas, colour: str) -> None:
    rng = canvas.rng
    for share in (0.35, 0.15, 0.0, 0.0, 0.3):
        shade = mix(colour, DARK if share > 0.1 else "#ffffff", share if share > 0.1 else 0.25)
        for _ in range(420):
            angle, reach = rng.uniform(0, 360), rng.uniform(30, 106)
            ((x, y),) = rotated([(540 + reach, 366)], angle, 540, 366)
            ((tx, ty),) = rotated([(540 + reach - 40, 366)], angle, 540, 366)
            canvas.line([(tx, ty), (x, y)], shade, 3, solid=True)
    canvas.shade(ellipse(580, 410, 60, 50), DARK, 0.3, 28)


def draw_cap(canvas: Canvas, colour: str, accent: str, brim: str = "") -> None:
    """Draw a cap turned slightly to one side."""
    crown = closed(
        [
            (262, 800, 1),
            (276, 640),
            (360, 500),
            (520, 440),
            (680, 490),
            (780, 620),
            (800, 790, 1),
            (540, 836),
        ]
    )
    canvas.part(crown, Cloth(colour, 80, 1.2, 0.5, "ripstop"))
    for x, bend in ((400, -70), (540, -6), (680, 70)):
        panel = curve([(524, 446), (x + bend * 0.2, 600), (x + bend, 820)])
        canvas.line(panel, mix(colour, DARK, 0.35), 3)
        canvas.line(moved(panel, 7, 0), mix(colour, "#ffffff", 0.16), 2)
    canvas.part(ellipse(524, 444, 20, 12, 30), Cloth(accent, 8), cast=5)
    visor = closed(
        [
            (262, 796, 1),
            (200, 850),
            (180, 920),
            (300, 968),
            (520, 968),
            (700, 910),
            (800, 788, 1),
            (540, 838),
        ]
    )
    stitches = [
        curve(
            [
                (232, 860 + i * 26),
                (380, 890 + i * 26),
                (560, 886 + i * 26),
                (770 - i * 30, 826 + i * 26),
            ]
        )
        for i in range(3)
    ]
    canvas.part(visor, Cloth(brim or mix(colour, DARK, 0.15), 34, 1.1, 0.5), stitches, 4, cast=16)
    canvas.part(rounded(470, 650, 600, 756, 14), Cloth(mix(colour, DARK, 0.3), 8), cast=5)
    canvas.flat(moved(PEAK, 494, 726, 2.1), accent)


def draw_hat(canvas: Canvas, colour: str, accent: str) -> None:
    """Draw a wide-brimmed sun hat."""
    brim = closed(
        [
            (150, 850),
            (260, 760),
            (540, 730),
            (820, 760),
            (930, 850),
            (840, 960),
            (540, 1000),
            (240, 960),
        ]
    )
    rings = [ellipse(540, 862, 300 + i * 36, 90 + i * 14) for i in range(3)]
    canvas.part(brim, Cloth(colour, 50, 1.1, 0.5, "ripstop"), rings, 4)
    crown = symmetric([(540, 480), (680, 496), (750, 600), (780, 840, 1), (540, 890)])
    canvas.part(crown, Cloth(colour, 70, 1.2, 0.5, "ripstop"), cast=24)
    band = closed(
        [(306, 790, 1), (540, 834), (774, 790, 1), (781, 842, 1), (540, 892), (299, 842, 1)]
    )
    canvas.part(band, Cloth(accent, 18, 0.9), cast=5)
    canvas.flat(moved(PEAK, 506, 700, 2.0), accent)
