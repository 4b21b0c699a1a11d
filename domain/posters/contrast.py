"""How well a text stands out from what lies beneath it, by WCAG's measure.

The contrast ratio and the relative luminance are those of WCAG 2.2 (W3C, 2023): from 1 to 21, and
4.5 at least for text (success criterion 1.4.3).
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from PIL import Image

from domain.posters.drawing import PosterPicture, PosterSubject, draw_shared, paint
from domain.posters.fonts import FontSet
from domain.posters.templates import (
    AvatarLayer,
    Box,
    CodeLayer,
    Colour,
    Figure,
    Layer,
    PictureLayer,
    ShapeLayer,
    Template,
    TextLayer,
)

LOOKED_AT_PX = 360
"""The width at which designs are looked at: a third of what they are drawn at."""

Rgb = tuple[int, int, int]
Grounds = frozenset[tuple[Rgb, Rgb]]
"""The darkest and the lightest that each pixel beneath a text can be."""

_BLACK, _WHITE = Colour((0, 0, 0, 255)), Colour((255, 255, 255, 255))


def grounds(
    template: Template, pictures: Mapping[str, PosterPicture], fonts: FontSet
) -> Iterator[tuple[int, Grounds]]:
    """What lies beneath each text's box, by the number of its layer.

    A picture by a source that is not among these, as the products' and the guides' are, may have
    any colour. Texts beneath a text are not looked at.
    """
    small = template.scaled(LOOKED_AT_PX)
    subject = PosterSubject(texts={}, pictures=pictures)
    dark = Image.new("RGB", (small.width, small.height), small.background[:3])
    light = dark.copy()
    for number, layer in enumerate(small.layers):
        if isinstance(layer, TextLayer):
            yield number, _pairs(dark, light, layer.box)
            continue
        for image, shown in zip((dark, light), _extremes(layer, pictures), strict=True):
            paint(image, draw_shared(shown, subject, fonts))


def least_contrast(colour: Colour, found: Grounds) -> float:
    """The contrast of a text where it is weakest; 1 where it may vanish."""
    return min((_between(colour, *pair) for pair in found), default=21.0)


def contrast(dark: Colour, light: Colour) -> float:
    """The ratio of two colours, below 1 where `dark` is the lighter one or either lets light by."""
    if dark[3] != 255 or light[3] != 255:
        return 0.0
    return _ratio(luminance(dark[:3]), luminance(light[:3]))


@lru_cache(maxsize=4096)
def luminance(colour: Rgb) -> float:
    """The relative luminance of a colour of sRGB, from 0 to 1."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _ratio(dark: float, light: float) -> float:
    return (light + 0.05) / (dark + 0.05)


def _between(colour: Colour, dark: Rgb, light: Rgb) -> float:
    """A text's contrast with ground of any colour from a dark to a light one."""
    grounds = [luminance(dark), luminance(light)]
    texts = [luminance(_over(colour, dark)), luminance(_over(colour, light))]
    as_dark = min(map(_ratio, texts, grounds))
    as_light = min(map(_ratio, grounds, texts))
    return max(as_dark, as_light, 1.0)


def _over(colour: Colour, ground: Rgb) -> Rgb:
    """What a colour that lets light through looks like."""
    red, green, blue = (
        (over * colour[3] + under * (255 - colour[3]) + 127) // 255
        for over, under in zip(colour[:3], ground, strict=True)
    )
    return red, green, blue


def _extremes(
    layer: Layer, pictures: Mapping[str, PosterPicture]
) -> tuple[PictureLayer | ShapeLayer, PictureLayer | ShapeLayer]:
    """What stands for a layer at its darkest and at its lightest."""
    if isinstance(layer, ShapeLayer) or (
        isinstance(layer, PictureLayer) and layer.source in pictures
    ):
        return layer, layer
    radius = layer.radius if isinstance(layer, PictureLayer) else 0
    figure = Figure.ELLIPSE if isinstance(layer, AvatarLayer) else Figure.RECTANGLE
    dark, light = (layer.dark, layer.light) if isinstance(layer, CodeLayer) else (_BLACK, _WHITE)
    plain = [
        ShapeLayer(
            box=layer.box,
            figure=figure,
            fill=fill,
            fill_to=fill,
            radius=radius,
            stroke=fill,
            stroke_width=0,
        )
        for fill in (dark, light)
    ]
    return plain[0], plain[1]


def _pairs(dark: Image.Image, light: Image.Image, box: Box) -> Grounds:
    part = (max(0, box.x), max(0, box.y), min(dark.width, box.right), min(dark.height, box.bottom))
    if part[0] >= part[2] or part[1] >= part[3]:
        return frozenset()
    colours = (iter(image.crop(part).tobytes()) for image in (dark, light))
    seen = [zip(one, one, one, strict=True) for one in colours]
    return frozenset(zip(*seen, strict=True))
