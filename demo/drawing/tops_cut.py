"""The cut of an upper garment and where its points fall on the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demo.drawing.canvas import Canvas, Cloth, mix
from demo.drawing.geometry import Outline, Point, curve, sagging


@dataclass(frozen=True)
class Top:
    """The cut of an upper garment in its own units, the neck being the origin."""

    colour: str
    accent: str = "#d9c7a4"
    yoke: str = ""
    length: float = 580
    width: float = 205
    flare: float = 0
    pitch: float = 0
    quilt: str = "row"
    sleeves: str = "long"
    hood: str = ""
    collar: str = "stand"
    front: str = "zip"
    pockets: str = "slant"
    hem: str = "plain"
    texture: str = ""
    gloss: float = 0.55
    belt: bool = False
    grow: float = 1.0


class Bench:
    """Knows one cut, its cloth and its place on a canvas."""

    def __init__(self, canvas: Canvas, cut: Top) -> None:
        self.canvas = canvas
        self.cut = cut
        top = {"": 75, "plain": 215, "fur": 235}[cut.hood]
        if cut.collar == "crew":
            top = 10
        self.ny = (1440 - (top + cut.length) * cut.grow) / 2 + top * cut.grow
        self.soft = cut.pitch > 0
        self.cloth = Cloth(
            cut.colour, 42 if self.soft else 30, 1.0 if self.soft else 0.8, cut.gloss, cut.texture
        )

    def at(self, points: Sequence[Point]) -> list[Point]:
        """Return garment points as canvas points."""
        g = self.cut.grow
        return [(540 + p[0] * g, self.ny + p[1] * g, *p[2:]) for p in points]

    def _puff(self) -> float:
        return max(6.0, min(17.0, self.cut.pitch * 0.2)) * self.cut.grow

    def _crinkle(self) -> float:
        return self.cut.pitch * 0.34 * self.cut.grow if self.soft else 0

    def _seams(self) -> list[Outline]:
        cut = self.cut
        if not self.soft:
            return []
        w = cut.width + cut.flare + 60
        if cut.quilt == "diamond":
            return self._diamonds(self.ny)
        if cut.quilt == "column":
            return [
                curve(self.at([(x, -20), (x * 1.05, cut.length / 2), (x * 1.12, cut.length)]))
                for x in steps(-w, w, cut.pitch)
            ]
        rows = steps(120 - cut.pitch, cut.length - cut.pitch * 0.45, cut.pitch)
        if cut.quilt == "chevron":
            return [self.at([(-w, y - 70), (0, y + 28), (w, y - 70)]) for y in rows]
        if cut.quilt == "wave":
            return [
                curve(self.at([(-w, y), (-w / 2, y - 16), (0, y + 12), (w / 2, y - 16), (w, y)]))
                for y in rows
            ]
        return [self.at(sagging((-w, y), (w, y), 9)) for y in rows]

    def _diamonds(self, top: float) -> list[Outline]:
        lines: list[Outline] = []
        step = self.cut.pitch * 1.5 * self.cut.grow
        for k in range(-14, 30):
            x = 540 + k * step
            lines.append([(x - 900, top - 60), (x + 100, top + 1240)])
            lines.append([(x + 100, top - 60), (x - 900, top + 1240)])
        return lines

    def _stitch(self, path: Sequence[Point]) -> None:
        self.canvas.line([(p[0], p[1]) for p in path], mix(self.cut.colour, "#05070d", 0.35), 2)


def steps(start: float, end: float, step: float) -> list[float]:
    """Return evenly spaced values from `start` up to `end`."""
    return [start + i * step for i in range(max(0, int((end - start) / step) + 1))]
