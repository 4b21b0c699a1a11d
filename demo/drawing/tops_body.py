"""The body and sleeves of an upper garment."""

from __future__ import annotations

import math
from dataclasses import replace

from demo.drawing.canvas import Cloth, mix
from demo.drawing.geometry import (
    Outline,
    Path,
    Point,
    along,
    closed,
    curve,
    mirror,
    sagging,
    symmetric,
    tube,
)
from demo.drawing.tops_cut import Bench


class Body(Bench):
    """Draws the big pieces of cloth."""

    def _sleeves(self) -> None:
        cut = self.cut
        short = cut.sleeves == "short"
        reach = 235 if short else min(585, cut.length + 10)
        w = cut.width
        outer: list[Point] = [
            (w - 75, 42),
            (w - 8, 66),
            (w + 44, 150),
            (w + 78, 330),
            (w + 112, reach),
        ]
        inner: list[Point] = [(w - 90, 120), (w - 35, 215), (w - 12, 330), (w + 28, reach + 10)]
        if short:
            outer = [(w - 75, 42), (w - 8, 66), (w + 55, 150), (w + 92, reach)]
            inner = [(w - 90, 120), (w - 40, 190), (w - 8, reach + 26)]
        for flip in (False, True):
            self._sleeve(outer, inner, flip, short)

    def _sleeve(self, outer: list[Point], inner: list[Point], flip: bool, short: bool) -> None:
        cut, g = self.cut, self.cut.grow
        turn = (lambda p: mirror(p, 0)) if flip else (lambda p: p)
        edge_o = curve(self.at(turn(outer)))
        edge_i = curve(self.at(turn(inner)))
        cells = 0
        if self.soft and cut.quilt != "column":
            cells = max(3, round(560 / cut.pitch))
        shape, rows = tube(edge_i, edge_o, cells, 7 * g if cells else 0, 10 * g)
        seams: list[Outline] = [*rows]
        if cut.quilt == "diamond" and self.soft:
            seams = self._diamonds(self.ny)
        folds = [] if self.soft else self._sleeve_folds(edge_i, edge_o, short)
        cloth = self.cloth
        self.canvas.part(shape, cloth, seams, self._puff(), folds, crinkle=self._crinkle())
        if not short:
            self._cuff(edge_i, edge_o)

    def _sleeve_folds(self, inner: Path, outer: Path, short: bool) -> list[Outline]:
        shares = (0.3,) if short else (0.28, 0.5, 0.58, 0.84, 0.91)
        folds: list[Outline] = []
        for t in shares:
            tilt = -0.08 if outer[0][0] > inner[0][0] else 0.06
            a, b = along(inner, t), along(outer, t + tilt)
            reach = self.canvas.rng.uniform(0.4, 0.75)
            end = (a[0] + (b[0] - a[0]) * reach, a[1] + (b[1] - a[1]) * reach)
            folds.append(sagging(a, end, 5))
        return folds

    def _cuff(self, inner: Path, outer: Path) -> None:
        g = self.cut.grow
        a, b = along(inner, 0.94), along(outer, 0.945)
        c, d = along(inner, 1.0), along(outer, 1.0)
        drop = 26 * g if self.cut.hem == "rib" else 6 * g
        texture = "rib" if self.cut.hem == "rib" else self.cut.texture
        shape = [
            a,
            b,
            (d[0] - (d[0] - c[0]) * 0.06, d[1] + drop),
            (c[0] + (d[0] - c[0]) * 0.06, c[1] + drop),
        ]
        self.canvas.part(
            shape, Cloth(mix(self.cut.colour, "#10131c", 0.16), 14, 0.9, 0.4, texture), cast=6
        )

    def _half_edge(self) -> list[Point]:
        cut = self.cut
        w, long = cut.width, cut.length
        arm: list[Point] = [(66, 0, 1), (w - 42, 50, 1), (w - 50, 130), (w - 26, 226, 1)]
        side: list[Point] = []
        start, end = 226.0, long - (34 if cut.hem == "rib" else 0)
        steps = max(8, int((end - start) / 6))
        for i in range(1, steps + 1):
            y = start + (end - start) * i / steps
            t = i / steps
            x = w - 26 + (14 + cut.flare) * t - 10 * math.sin(math.pi * t)
            if self.soft and cut.quilt == "row":
                x += 8 * abs(math.sin(math.pi * (y - 120) / cut.pitch)) ** 0.7 - 3
            side.append((x, y, 1))
        return [(0, 26, 1), *arm, *side, (0, end + 12, 1)]

    def _body(self) -> None:
        cut = self.cut
        half = self._half_edge()
        if cut.hem == "rib":
            self._hem_rib(half[-2][0])
        canvas_half = self.at(half)
        shape = symmetric(canvas_half)
        folds = [] if self.soft else self._body_folds()
        self.canvas.part(
            shape, self.cloth, self._seams(), self._puff(), folds, crinkle=self._crinkle()
        )
        if not self.soft and cut.hem == "plain":
            edge = self.at(
                sagging((-half[-2][0] + 6, cut.length - 22), (half[-2][0] - 6, cut.length - 22), 12)
            )
            self._stitch(edge)

    def _body_folds(self) -> list[Outline]:
        w, rng = self.cut.width, self.canvas.rng
        folds: list[Outline] = []
        for sign in (-1, 1):
            for y in (250, 330, 450):
                if y + 60 > self.cut.length:
                    continue
                x = sign * (w - 28)
                end = (x - sign * rng.uniform(70, 125), y + sign * rng.uniform(10, 60))
                folds.append(curve(self.at([(x, y - sign * 20), ((x + end[0]) / 2, y + 4), end])))
        return folds

    def _hem_rib(self, x: float) -> None:
        y = self.cut.length
        shape = closed(
            self.at(
                [
                    (-x + 4, y - 60, 1),
                    (x - 4, y - 60, 1),
                    (x - 16, y + 8, 1),
                    (0, y + 18),
                    (-x + 16, y + 8, 1),
                ]
            )
        )
        self.canvas.part(shape, Cloth(mix(self.cut.colour, "#10131c", 0.16), 16, 0.9, 0.4, "rib"))

    def _yoke(self) -> None:
        cut, w = self.cut, self.cut.width
        shape = symmetric(
            self.at(
                [
                    (0, 26, 1),
                    (66, 0, 1),
                    (w - 42, 50, 1),
                    (w - 49, 128),
                    (w - 45, 165, 1),
                    (90, 176),
                    (0, 200),
                ]
            )
        )
        cloth = replace(self.cloth, colour=cut.yoke)
        seams = self._seams()
        self.canvas.part(shape, cloth, seams, self._puff(), cast=5, crinkle=self._crinkle())
