"""Pockets, zips, belts and the brand mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from demo.drawing.canvas import Cloth, mix
from demo.drawing.geometry import Outline, Path, Point, closed, ellipse, moved, sagging
from demo.drawing.tops_cut import Bench, steps


class Trim(Bench):
    """Draws the small parts laid over the body."""

    def _pockets(self) -> None:
        cut, w = self.cut, self.cut.width
        low = min(cut.length - 110, 440)
        for sign in (-1, 1):
            if cut.pockets in ("slant", "both"):
                slit = self.at([(sign * (w - 105), low - 96), (sign * (w - 62), low + 34)])
                self._slit(slit)
            if cut.pockets in ("patch", "cargo"):
                x0, x1 = sign * (w - 165), sign * (w - 40)
                self._patch(min(x0, x1), max(x0, x1), low - 20, low + 120)
        if cut.pockets in ("chest", "both"):
            self._slit(self.at([(70, 190), (132, 182)]))

    def _slit(self, path: Sequence[Point]) -> None:
        shadow = moved(path, 3, 5)
        line = [(p[0], p[1]) for p in path]
        self.canvas.line(shadow, mix(self.cut.colour, "#ffffff", 0.22), 9)
        self.canvas.line(line, mix(self.cut.colour, "#05070d", 0.62), 8)
        self.canvas.line(
            line, self.cut.accent if not self.soft else mix(self.cut.colour, "#05070d", 0.8), 2.4
        )
        end = line[0]
        self.canvas.line([end, (end[0] + 2, end[1] + 24)], self.cut.accent, 6)

    def _patch(self, x0: float, x1: float, y0: float, y1: float) -> None:
        shape = closed(
            self.at(
                [
                    (x0, y0, 1),
                    (x1, y0, 1),
                    (x1 + 2, y1 - 10),
                    (x1 - 10, y1, 1),
                    (x0 + 10, y1, 1),
                    (x0 - 2, y1 - 10),
                ]
            )
        )
        self.canvas.part(shape, replace(self.cloth, volume=16), cast=9)
        flap = closed(
            self.at(
                [
                    (x0 - 5, y0 - 8, 1),
                    (x1 + 5, y0 - 8, 1),
                    (x1 + 4, y0 + 34, 1),
                    ((x0 + x1) / 2, y0 + 44),
                    (x0 - 4, y0 + 34, 1),
                ]
            )
        )
        self.canvas.part(flap, replace(self.cloth, volume=10), cast=8)
        mid = self.at([((x0 + x1) / 2, y0 + 26)])[0]
        self.canvas.part(ellipse(mid[0], mid[1], 7, 7, 20), Cloth(self.cut.accent, 5), cast=3)

    def _front(self) -> None:
        cut = self.cut
        top = -50.0 if cut.collar == "stand" else 52.0
        end = cut.length + 6
        if cut.front == "flap":
            shape = closed(
                self.at(
                    [
                        (-24, top, 1),
                        (24, top + 4, 1),
                        (26, cut.length / 2),
                        (28, end + 2, 1),
                        (-26, end + 4, 1),
                        (-25, cut.length / 2),
                    ]
                )
            )
            seams = self._flap_seams(top, end) if self.soft else []
            self.canvas.part(
                shape, replace(self.cloth, volume=14), seams, self._puff() * 0.6, cast=12
            )
            for y in steps(top + 70, end - 40, 150):
                x, yy = self.at([(6, y)])[0][:2]
                self.canvas.part(ellipse(x, yy, 9, 9, 24), Cloth(cut.accent, 6, gloss=0.9), cast=4)
        elif cut.front in ("zip", "half"):
            self._zip(top, end if cut.front == "zip" else 190)
        elif cut.front == "buttons":
            self._stitch(self.at([(-16, 60), (-16, min(end, 210))]))
            for y in steps(84, min(end, 215), 58):
                x, yy = self.at([(0, y)])[0][:2]
                self.canvas.part(ellipse(x, yy, 8, 8, 24), Cloth(cut.accent, 6, gloss=0.9), cast=3)
        if cut.belt:
            self._belt()

    def _flap_seams(self, top: float, end: float) -> list[Outline]:
        return [self.at([(-40, y), (40, y)]) for y in steps(top + 40, end, self.cut.pitch)]

    def _zip(self, top: float, end: float) -> None:
        colour = self.cut.colour
        self.canvas.shade(
            self.at([(-16, top), (16, top), (16, end), (-16, end)]),
            mix(colour, "#05070d", 0.7),
            0.5,
            8,
        )
        tape = self.at([(0, top), (0, end)])
        self.canvas.line(tape, mix(colour, "#0a0c14", 0.45), 19 * self.cut.grow)
        self.canvas.line(tape, mix(colour, "#05070d", 0.75), 9 * self.cut.grow)
        for y in steps(top, end, 7):
            tooth = self.at([(-3.5, y), (3.5, y + 1)])
            self.canvas.line(tooth, self.cut.accent, 2.6)
        pull = top + 26
        shape = closed(
            self.at([(-5, pull, 1), (5, pull, 1), (7, pull + 40), (0, pull + 50), (-7, pull + 40)])
        )
        self.canvas.part(shape, Cloth(self.cut.accent, 6, gloss=0.9), cast=5)

    def _belt(self) -> None:
        y = min(390.0, self.cut.length * 0.42)
        x = self.cut.width - 20
        shape = self.at([*sagging((-x, y), (x, y), 10), *sagging((x, y + 36), (-x, y + 36), 10)])
        self.canvas.part([(p[0], p[1]) for p in shape], replace(self.cloth, volume=12), cast=10)
        buckle = closed(
            self.at([(-34, y + 2, 1), (34, y + 2, 1), (34, y + 54, 1), (-34, y + 54, 1)])
        )
        self.canvas.part(buckle, Cloth(self.cut.accent, 7, gloss=0.9), cast=8)

    def _logo(self) -> None:
        peak: Path = [(0, 0), (11, -17), (17, -9), (23, -22), (38, 0)]
        spot = self.at([(72 if self.cut.collar != "shirt" else 96, 152)])[0]
        self.canvas.flat(moved(peak, spot[0], spot[1], self.cut.grow), self.cut.accent)
