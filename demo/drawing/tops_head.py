"""Hoods and collars."""

from __future__ import annotations

import math
from dataclasses import replace

from demo.drawing.canvas import Cloth, mix
from demo.drawing.geometry import (
    Point,
    along,
    closed,
    curve,
    ellipse,
    mirror,
    sagging,
    symmetric,
)
from demo.drawing.tops_cut import Bench, steps


class Head(Bench):
    """Draws what sits at the neck."""

    def _collar_back(self) -> None:
        shape = closed(
            self.at(
                [
                    (-74, 30),
                    (-72, -40),
                    (-50, -66),
                    (0, -72),
                    (50, -66),
                    (72, -40),
                    (74, 30),
                    (0, 60),
                ]
            )
        )
        self.canvas.part(shape, Cloth(mix(self.cut.colour, "#10131c", 0.45), 26, 0.5, 0.2), cast=0)
        self.canvas.shade(self.at(ellipse(0, 0, 56, 44)), "#0b0d16", 0.5, 18)

    def _neck_back(self) -> None:
        shape = closed(self.at([(-84, 0), (0, -14), (84, 0), (60, 50), (0, 76), (-60, 50)]))
        self.canvas.part(shape, Cloth(mix(self.cut.colour, "#10131c", 0.4), 20, 0.5, 0.2), cast=0)

    def _collar_front(self) -> None:
        cut = self.cut
        colour = cut.yoke or cut.colour
        for flip in (False, True):
            side: list[Point] = [
                (0, 34, 1),
                (0, -30, 1),
                (30, -52),
                (66, -62, 1),
                (80, -20),
                (78, 22, 1),
                (40, 34),
            ]
            shape = closed(self.at(mirror(side, 0) if flip else side))
            seams = [self.at([(-90, -12), (90, -12)])] if self.soft else []
            self.canvas.part(
                shape,
                Cloth(colour, 20, 0.9, cut.gloss, cut.texture),
                seams,
                self._puff() * 0.7,
                cast=9,
                crinkle=self._crinkle() * 0.5,
            )

    def _collar_shirt(self) -> None:
        for flip in (False, True):
            side: list[Point] = [
                (2, 40, 1),
                (40, -20),
                (62, -50, 1),
                (84, -10),
                (112, 46, 1),
                (66, 96, 1),
            ]
            shape = closed(self.at(mirror(side, 0) if flip else side))
            self.canvas.part(shape, replace(self.cloth, volume=18), cast=9)

    def _collar_crew(self) -> None:
        shape = [
            *curve(self.at([(-88, -4), (-60, 52), (0, 78), (60, 52), (88, -4)])),
            *curve(self.at([(70, -8), (46, 34), (0, 54), (-46, 34), (-70, -8)])),
        ]
        colour = mix(self.cut.colour, "#10131c", 0.14)
        self.canvas.part(shape, Cloth(colour, 8, 0.8, 0.4, "rib"), cast=5)

    def _hood(self) -> None:
        cut = self.cut
        outer = symmetric(
            self.at(
                [(0, -208), (70, -196), (118, -140), (130, -60), (112, 20), (70, 66, 1), (0, 80)]
            )
        )
        seams = []
        if self.soft:
            seams = [
                self.at(sagging((-140, y), (140, y), -26))
                for y in steps(-215, 70, max(cut.pitch, 50))
            ]
        self.canvas.part(
            outer,
            replace(self.cloth, volume=40),
            seams,
            self._puff(),
            crinkle=self._crinkle() * 0.7,
        )
        hole = symmetric(self.at([(0, -152), (54, -138), (84, -80), (84, -14), (56, 40), (0, 62)]))
        inside = mix(cut.colour, "#0d1018", 0.55)
        self.canvas.part(hole, Cloth(inside, 40, 0.4, 0.2), cast=0)
        self.canvas.shade(self.at(ellipse(0, -60, 56, 66)), "#07080d", 0.55, 26)
        if cut.hood == "fur":
            self._fur()
        else:
            ring = symmetric(self.at([(0, -150), (54, -136), (84, -78), (84, -12), (60, 36)]))
            self.canvas.line(ring[: len(ring) // 2], mix(cut.colour, "#10131c", 0.3), 3)
            self.canvas.line(ring[len(ring) // 2 :], mix(cut.colour, "#10131c", 0.3), 3)

    def _fur(self) -> None:
        rng, g = self.canvas.rng, self.cut.grow
        rim = curve(
            self.at(
                [
                    (-58, 44),
                    (-92, -20),
                    (-94, -92),
                    (-58, -150),
                    (0, -168),
                    (58, -150),
                    (94, -92),
                    (92, -20),
                    (58, 44),
                ]
            )
        )
        shades = ("#8a745e", "#9c846a", "#a58a6e", "#cdb698", "#e9dcc6")
        for tone, shade in enumerate(shades):
            for _ in range(620):
                x, y = along(rim, rng.random())
                angle = math.atan2(y - self.ny + 60 * g, x - 540) + rng.gauss(0, 0.55)
                reach = rng.uniform(14, 46 - tone * 4) * g
                sx, sy = x + rng.gauss(0, 9) * g, y + rng.gauss(0, 9) * g
                tip = (sx + math.cos(angle) * reach, sy + math.sin(angle) * reach + 4)
                self.canvas.line([(sx, sy), tip], shade, 2.0, solid=True)
