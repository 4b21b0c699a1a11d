"""What a product picture is made of, and short ways to say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from demo.drawing.canvas import Canvas
from demo.drawing.footwear import Shoe, draw_pair
from demo.drawing.legs import Legs, draw_legs
from demo.drawing.packs import Pack, draw_pack
from demo.drawing.tops import draw_top
from demo.drawing.tops_cut import Top

Painter = Callable[[Canvas, str], None]


@dataclass(frozen=True)
class Entry:
    """The pictures of one product: one for each colour code."""

    paint: Painter
    colours: tuple[str, ...]
    mood: str = "linen"
    style: str = "plain"
    zoom: float = 1.0


def top(**cut: Any) -> Painter:
    """Return a painter for one cut of upper garment."""
    return lambda canvas, colour: draw_top(canvas, replace(Top(colour), **cut))


def legs(**cut: Any) -> Painter:
    """Return a painter for one cut of trousers."""
    return lambda canvas, colour: draw_legs(canvas, replace(Legs(colour), **cut))


def shoe(**look: Any) -> Painter:
    """Return a painter for one kind of shoe."""
    return lambda canvas, colour: draw_pair(canvas, replace(Shoe(colour), **look))


def pack(**look: Any) -> Painter:
    """Return a painter for one kind of backpack."""
    return lambda canvas, colour: draw_pack(canvas, replace(Pack(colour), **look))


def thing(draw: Callable[..., None], accent: str, **more: Any) -> Painter:
    """Return a painter for a thing drawn by its own function."""
    return lambda canvas, colour: draw(canvas, colour, accent, **more)
