"""Layers drawn: each becomes marks, a mark is a colour or picture laid on through a mask."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageOps

from domain.posters import codes
from domain.posters.codes import CodePicture, QrCode
from domain.posters.fonts import UNITS, FontSet, Weight
from domain.posters.templates import (
    AvatarLayer,
    Blank,
    Box,
    CodeLayer,
    Colour,
    Figure,
    Fit,
    Layer,
    PictureLayer,
    ShapeLayer,
    TextLayer,
    VerticalAlign,
    fill_in,
    reach,
)
from domain.posters.typesetting import Align, Setting, fit

_OVERSAMPLING = 4  # edges of figures are drawn this much larger and averaged
_ASCENT = 0.88  # of the em square of Noto Sans CJK that stands above the baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterPicture:
    """A picture file's bytes and the point that a crop keeps, as fractions of its sides."""

    data: bytes
    focal: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterSubject:
    """What a poster is about: texts for its blanks and pictures by source, for every guide."""

    texts: Mapping[Blank, str]
    pictures: Mapping[str, PosterPicture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One guide's parameter: what their own layers show."""

    texts: Mapping[Blank, str]
    code: QrCode | CodePicture
    avatar: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A source laid on at a point; the mask lets it through where it is light, None everywhere."""

    left: int
    top: int
    source: Image.Image | tuple[int, int, int]
    mask: Image.Image | None = None


def paint(target: Image.Image, marks: Iterable[Overlay], *, top: int = 0) -> None:
    """Lay marks on an image that shows the canvas from row `top` on."""
    for mark in marks:
        shape = mark.mask or mark.source
        assert isinstance(shape, Image.Image)
        x, y = mark.left, mark.top - top
        if y < target.height and y + shape.height > 0:
            target.paste(mark.source, (x, y, x + shape.width, y + shape.height), mark.mask)


def draw_shared(layer: Layer, subject: PosterSubject, fonts: FontSet) -> list[Overlay]:
    """The marks of a layer that is the same for everybody."""
    if isinstance(layer, PictureLayer):
        picture = subject.pictures.get(layer.source)
        return [_picture(layer, picture)] if picture else []
    if isinstance(layer, ShapeLayer):
        return _shape(layer)
    assert isinstance(layer, TextLayer)
    return _text(layer, subject.texts, fonts)


def draw_own(layer: Layer, subject: PosterSubject, stamp: Stamp, fonts: FontSet) -> list[Overlay]:
    """The marks of a layer that is each guide's own."""
    if isinstance(layer, CodeLayer):
        return [_code(layer, stamp.code)]
    if isinstance(layer, AvatarLayer):
        return _avatar(layer, stamp, fonts)
    assert isinstance(layer, TextLayer)
    return _text(layer, {**subject.texts, **stamp.texts}, fonts)


def open_picture(data: bytes) -> Image.Image:
    """A picture upright and in RGB, over white where it lets light through."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, (255, 255, 255))
        image.paste(layer, mask=layer.getchannel("A"))
    return image.convert("RGB")


def _picture(layer: PictureLayer, picture: PosterPicture) -> Overlay:
    image = open_picture(picture.data)
    box = layer.box
    if layer.fit is Fit.CONTAIN:
        image = _contained(image, box.width, box.height)
    else:
        image = ImageOps.fit(
            image,
            (box.width, box.height),
            Image.Resampling.LANCZOS,
            centering=_centering(image.size, box, layer.focal or picture.focal),
        )
    return Overlay(
        left=box.x + (box.width - image.width) // 2,
        top=box.y + (box.height - image.height) // 2,
        source=image,
        mask=_rectangle(image.width, image.height, layer.radius) if layer.radius else None,
    )


def _contained(image: Image.Image, width: int, height: int) -> Image.Image:
    """The whole picture as large as it fits, at least a pixel each way."""
    scale = min(width / image.width, height / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _centering(size: tuple[int, int], box: Box, focal: tuple[float, float]) -> tuple[float, float]:
    """Where the crop has to start, as `ImageOps.fit` wants it, for the focal point to be central.

    Pillow takes the share of what is cut off that goes on the left and the top.
    """
    scale = max(box.width / size[0], box.height / size[1])
    kept = (box.width / (size[0] * scale), box.height / (size[1] * scale))
    return (_share(focal[0], kept[0]), _share(focal[1], kept[1]))


def _share(focal: float, kept: float) -> float:
    return min(1.0, max(0.0, (focal - kept / 2) / (1 - kept))) if kept < 1 else 0.5


def _shape(layer: ShapeLayer) -> list[Overlay]:
    box = layer.box
    outline = _outline(layer, box.width, box.height, layer.radius)
    marks = []
    if layer.fill[3] or layer.fill_to[3]:
        marks.append(_filled(layer, outline))
    if layer.stroke_width and layer.stroke[3]:
        inner = Image.new("L", outline.size)
        width = box.width - 2 * layer.stroke_width
        height = box.height - 2 * layer.stroke_width
        if width > 0 and height > 0:
            hole = _outline(layer, width, height, max(0, layer.radius - layer.stroke_width))
            inner.paste(hole, (layer.stroke_width, layer.stroke_width))
        ring = ImageChops.subtract(outline, inner)
        marks.append(_mark(box.x, box.y, layer.stroke, ring))
    return marks


def _filled(layer: ShapeLayer, outline: Image.Image) -> Overlay:
    box = layer.box
    if layer.fill == layer.fill_to:
        return _mark(box.x, box.y, layer.fill, outline)
    ramp = Image.linear_gradient("L").resize(outline.size, Image.Resampling.BICUBIC)
    first, last = (
        Image.new("RGBA", outline.size, colour) for colour in (layer.fill, layer.fill_to)
    )
    blend = Image.composite(last, first, ramp)
    mask = ImageChops.multiply(outline, blend.getchannel("A"))
    return Overlay(left=box.x, top=box.y, source=blend.convert("RGB"), mask=mask)


def _outline(layer: ShapeLayer, width: int, height: int, radius: int) -> Image.Image:
    if layer.figure is Figure.ELLIPSE:
        return _ellipse(width, height)
    return _rectangle(width, height, radius)


def _rectangle(width: int, height: int, radius: int) -> Image.Image:
    if not radius:
        return Image.new("L", (width, height), 255)
    large = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), radius * _OVERSAMPLING, fill=255
    )
    return large.reduce(_OVERSAMPLING)


@lru_cache(maxsize=16)
def _ellipse(width: int, height: int) -> Image.Image:
    large = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    ImageDraw.Draw(large).ellipse((0, 0, large.width - 1, large.height - 1), fill=255)
    return large.reduce(_OVERSAMPLING)


def _mark(left: int, top: int, colour: Colour, mask: Image.Image) -> Overlay:
    red, green, blue, opacity = colour
    if opacity < 255:
        mask = mask.point([value * opacity // 255 for value in range(256)])
    return Overlay(left=left, top=top, source=(red, green, blue), mask=mask)


def _text(layer: TextLayer, texts: Mapping[Blank, str], fonts: FontSet) -> list[Overlay]:
    return _set(layer, fonts.visible(fill_in(layer.text, texts)), fonts)


@lru_cache(maxsize=64)  # the guides of one store, stamped one after another, share its name
def _set(layer: TextLayer, text: str, fonts: FontSet) -> list[Overlay]:
    weight, style = layer.weight, layer.style

    def advance(character: str) -> float:
        return fonts.advance(character, weight) + layer.spacing

    setting = fit(
        text, width=layer.box.width, height=layer.box.height, style=style, advance=advance
    )
    top = layer.box.y + _above(layer, setting)
    line_px = setting.size * style.line_height
    marks: list[Overlay] = []
    for number, line in enumerate(setting.lines):
        widths = [advance(c) * setting.size / UNITS for c in line]
        left = layer.box.x + _indent(layer, sum(widths) - layer.spacing * setting.size / UNITS)
        baseline = round(top + number * line_px + setting.size * _ASCENT)
        for character, width in zip(line, widths, strict=True):
            glyph = fonts.glyph(character, weight, setting.size)
            if glyph:
                x, y = round(left) + glyph.left, baseline + glyph.top
                marks.append(_mark(x, y, layer.colour, glyph.mask))
            left += width
    return _within(marks, reach(layer))


def _above(layer: TextLayer, setting: Setting) -> float:
    """The px left free above the first line's letters."""
    lines = len(setting.lines)
    used = setting.size * (1 + (lines - 1) * layer.style.line_height)
    free = layer.box.height - used
    shares = {VerticalAlign.TOP: 0.0, VerticalAlign.MIDDLE: 0.5, VerticalAlign.BOTTOM: 1.0}
    return max(0.0, free * shares[layer.vertical])


def _indent(layer: TextLayer, width: float) -> float:
    shares = {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}
    return (layer.box.width - width) * shares[layer.style.align]


def _within(marks: list[Overlay], limit: Box) -> list[Overlay]:
    """The marks cut off at the limit, which few ever touch."""
    kept = []
    for mark in marks:
        assert mark.mask is not None
        left, top = max(mark.left, limit.x), max(mark.top, limit.y)
        right = min(mark.left + mark.mask.width, limit.right)
        bottom = min(mark.top + mark.mask.height, limit.bottom)
        if left >= right or top >= bottom:
            continue
        if (right - left, bottom - top) == mark.mask.size:
            kept.append(mark)
            continue
        part = (left - mark.left, top - mark.top, right - mark.left, bottom - mark.top)
        mask = mark.mask.crop(part)
        kept.append(Overlay(left=left, top=top, source=mark.source, mask=mask))
    return kept


def _avatar(layer: AvatarLayer, stamp: Stamp, fonts: FontSet) -> list[Overlay]:
    box = layer.box
    circle = _ellipse(box.width, box.height)
    if stamp.avatar is not None:
        image = ImageOps.fit(open_picture(stamp.avatar), (box.width, box.height))
        return [Overlay(left=box.x, top=box.y, source=image, mask=circle)]
    marks = [_mark(box.x, box.y, layer.colour, circle)]
    initial = fonts.visible(stamp.texts.get(Blank.GUIDE, "").strip())[:1]
    size = min(box.width, box.height) // 2
    glyph = fonts.glyph(initial, Weight.BOLD, size) if initial else None
    if glyph:
        x = box.x + (box.width - glyph.mask.width) // 2
        y = box.y + (box.height - glyph.mask.height) // 2
        marks.append(Overlay(left=x, top=y, source=(255, 255, 255), mask=glyph.mask))
    return marks


def _code(layer: CodeLayer, code: QrCode | CodePicture) -> Overlay:
    box = layer.box
    if isinstance(code, QrCode):
        side = min(box.width, box.height)
        image = codes.draw(code.text, side, layer.dark[:3], layer.light[:3])
    else:
        image = Image.new("RGB", (box.width, box.height), layer.light[:3])
        picture = _contained(open_picture(code.data), box.width, box.height)
        at = ((box.width - picture.width) // 2, (box.height - picture.height) // 2)
        image.paste(picture, at)
    left = box.x + (box.width - image.width) // 2
    return Overlay(left=left, top=box.y + (box.height - image.height) // 2, source=image)
