"""A poster's design: layers on a canvas, some the same for everybody, some each guide's own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from domain.posters.fonts import Weight
from domain.posters.typesetting import TextStyle

DESIGN_WIDTH = 1080
"""Templates are designed this wide, in px, and scaled for other widths."""

Colour = NewType("Colour", tuple[int, int, int, int])
"""Red, green, blue and opacity, each 0 to 255."""

PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
ASSET = "asset:"
"""What leads an asset's id as the source of a picture."""


class Blank(StrEnum):
    """What a text may leave open, written in braces: `专属导购 {guide}`."""

    TITLE = "title"
    SUMMARY = "summary"
    PRICE = "price"
    AMOUNT = "amount"
    GUIDE = "guide"
    STORE = "store"
    ADDRESS = "address"


GUIDES_OWN = frozenset({Blank.GUIDE, Blank.STORE, Blank.ADDRESS})


class Fit(StrEnum):
    """How a picture fills its box: cut to cover it all, or whole within it."""

    COVER = "cover"
    CONTAIN = "contain"


class Figure(StrEnum):
    """What a shape is."""

    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"


class VerticalAlign(StrEnum):
    """Where lines stand between the top and the bottom of their box."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in px from the canvas's top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column to the right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share a pixel."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def inside(self, other: "Box") -> bool:
        """Whether the other holds all of this one."""
        return (
            self.x >= other.x
            and self.y >= other.y
            and self.right <= other.right
            and self.bottom <= other.bottom
        )

    def grown(self, margin: int) -> "Box":
        """The box with a margin on every side."""
        return Box(
            x=self.x - margin,
            y=self.y - margin,
            width=self.width + 2 * margin,
            height=self.height + 2 * margin,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLayer:
    """A picture: `source` is "product", "cover" or "asset:" and an id.

    `focal` is the point that a crop keeps, as fractions of the picture's width and height; None
    leaves it to the picture. `radius` rounds the corners.
    """

    box: Box
    source: str
    fit: Fit
    focal: tuple[float, float] | None
    radius: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeLayer:
    """A figure filled with one colour, or from `fill` at its top to `fill_to` at its foot."""

    box: Box
    figure: Figure
    fill: Colour
    fill_to: Colour
    radius: int
    stroke: Colour
    stroke_width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLayer:
    """A text with blanks; `spacing` is added after each letter, in thousandths of the size."""

    box: Box
    text: str
    weight: Weight
    colour: Colour
    style: TextStyle
    vertical: VerticalAlign
    spacing: int

    @property
    def blanks(self) -> frozenset[Blank]:
        """What the text leaves open."""
        return frozenset(Blank(name) for name in PLACEHOLDER.findall(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class AvatarLayer:
    """The guide's picture in a circle, or their name's first letter on `colour`."""

    box: Box
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLayer:
    """The guide's code, dark on light; the box holds the quiet zone too."""

    box: Box
    dark: Colour
    light: Colour


Layer = PictureLayer | ShapeLayer | TextLayer | AvatarLayer | CodeLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Layers from the bottom to the top; sizes in px."""

    width: int
    height: int
    background: Colour
    layers: tuple[Layer, ...]

    @property
    def canvas(self) -> Box:
        """All of the poster."""
        return Box(x=0, y=0, width=self.width, height=self.height)

    def scaled(self, width: int) -> "Template":
        """The same design at another width; edges that met still meet."""
        if width == self.width:
            return self
        return Template(
            width=width,
            height=_scale(self.height, width, self.width),
            background=self.background,
            layers=tuple(_scaled(layer, width, self.width) for layer in self.layers),
        )

    def restamped(self) -> tuple[int, ...]:
        """The numbers of the layers that are drawn anew for each guide, in order.

        These are the guide's own and every shared layer that lies over one of those: all others
        can be drawn beneath them without a pixel's difference.
        """
        chosen: list[int] = []
        for number, layer in enumerate(self.layers):
            if is_guides_own(layer) or any(
                reach(layer).overlaps(reach(self.layers[lower])) for lower in chosen
            ):
                chosen.append(number)
        return tuple(chosen)

    def blanks(self) -> frozenset[Blank]:
        """All that its texts leave open."""
        texts = [layer.blanks for layer in self.layers if isinstance(layer, TextLayer)]
        return frozenset().union(*texts)

    def asset_ids(self) -> tuple[str, ...]:
        """The assets whose pictures the design needs."""
        sources = (layer.source for layer in self.layers if isinstance(layer, PictureLayer))
        return tuple(source.removeprefix(ASSET) for source in sources if source.startswith(ASSET))


def is_guides_own(layer: Layer) -> bool:
    """Whether the layer differs from guide to guide."""
    if isinstance(layer, TextLayer):
        return not GUIDES_OWN.isdisjoint(layer.blanks)
    return isinstance(layer, AvatarLayer | CodeLayer)


def reach(layer: Layer) -> Box:
    """The pixels that a layer may touch: letters may stand out of their box a little."""
    if isinstance(layer, TextLayer):
        return layer.box.grown(layer.style.size // 3)
    return layer.box


def fill_in(text: str, values: Mapping[Blank, str]) -> str:
    """The text with its blanks filled; one without a value stays empty."""
    return PLACEHOLDER.sub(lambda match: values.get(Blank(match[1]), ""), text)


def literal_parts(text: str) -> Iterator[str]:
    """What a text says whatever fills its blanks."""
    return iter(PLACEHOLDER.sub("\n", text).split("\n"))


def _scale(value: int, width: int, design: int) -> int:
    return (value * width + design // 2) // design


def _scaled(layer: Layer, width: int, design: int) -> Layer:
    x, y = _scale(layer.box.x, width, design), _scale(layer.box.y, width, design)
    right, bottom = (
        _scale(layer.box.right, width, design),
        _scale(layer.box.bottom, width, design),
    )
    box = Box(x=x, y=y, width=max(1, right - x), height=max(1, bottom - y))
    if isinstance(layer, PictureLayer):
        return replace(layer, box=box, radius=_scale(layer.radius, width, design))
    if isinstance(layer, ShapeLayer):
        stroke_width = _scale(layer.stroke_width, width, design)
        radius = _scale(layer.radius, width, design)
        return replace(layer, box=box, radius=radius, stroke_width=stroke_width)
    if isinstance(layer, TextLayer):
        style = replace(
            layer.style,
            size=_scale(layer.style.size, width, design),
            min_size=_scale(layer.style.min_size, width, design),
        )
        return replace(layer, box=box, style=style)
    return replace(layer, box=box)
