"""Jackets, coats, vests, fleeces and shirts, seen from the front."""

from __future__ import annotations

from demo.drawing.canvas import Canvas
from demo.drawing.tops_body import Body
from demo.drawing.tops_cut import Top
from demo.drawing.tops_head import Head
from demo.drawing.tops_trim import Trim


class Tailor(Body, Head, Trim):
    """Places one `Top` on a canvas, piece by piece from the back to the front."""

    def draw(self) -> None:
        """Draw the whole garment."""
        cut = self.cut
        if cut.hood:
            self._hood()
        elif cut.collar != "crew":
            self._collar_back()
        else:
            self._neck_back()
        if cut.sleeves != "none":
            self._sleeves()
        self._body()
        if cut.yoke:
            self._yoke()
        self._pockets()
        if cut.collar == "stand":
            self._collar_front()
        elif cut.collar == "shirt":
            self._collar_shirt()
        elif cut.collar == "crew":
            self._collar_crew()
        self._front()
        self._logo()


def draw_top(canvas: Canvas, cut: Top) -> None:
    """Draw one upper garment."""
    Tailor(canvas, cut).draw()
