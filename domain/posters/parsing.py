"""A template read from JSON, with every mistake named at once and at its place."""

import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, TypeVar

from domain.kernel.refusals import Invalid, refuse_all
from domain.posters.fonts import Weight
from domain.posters.templates import (
    ASSET,
    DESIGN_WIDTH,
    PLACEHOLDER,
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
    Template,
    TextLayer,
    VerticalAlign,
)
from domain.posters.typesetting import Align, TextStyle

MAX_LAYERS: Final = 60
MAX_TEXT: Final = 500
HEIGHTS: Final = (600, 3240)

_COLOUR = re.compile(r"#([0-9A-Fa-f]{6})([0-9A-Fa-f]{2})?", re.ASCII)
_CLEAR = Colour((0, 0, 0, 0))

Choice = TypeVar("Choice", bound=StrEnum)


def parse_template(data: object) -> Template:
    """Read a design; what can't be read is refused with the path of each mistake."""
    problems: list[Invalid] = []
    form = _Form(data, (), problems)
    template = Template(
        width=DESIGN_WIDTH,
        height=form.whole("height", *HEIGHTS),
        background=form.colour("background", Colour((255, 255, 255, 255))),
        layers=tuple(_layers(form)),
    )
    form.nothing_else()
    refuse_all(problems)
    return template


def _layers(form: "_Form") -> list[Layer]:
    items = form.take("layers")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_LAYERS:
        form.refuse("layers", f"must be a list of 1 to {MAX_LAYERS} layers")
        return []
    layers = []
    for number, item in enumerate(items):
        layer = _Form(item, ("layers", str(number)), form.problems)
        kind = layer.take("kind")
        read = _KINDS.get(kind) if isinstance(kind, str) else None
        if read is None:
            layer.refuse("kind", f"must be one of {', '.join(_KINDS)}")
            continue
        layers.append(read(layer))
        layer.nothing_else()
    return layers


class _Form:
    """One JSON object being read; mistakes are collected and a stand-in is returned."""

    def __init__(self, data: object, path: tuple[str, ...], problems: list[Invalid]) -> None:
        self.path = path
        self.problems = problems
        self.known: list[str] = []
        self.data: dict[Any, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.refuse("", "must be an object")

    def take(self, name: str) -> Any:
        self.known.append(name)
        return self.data.get(name)

    def refuse(self, name: str, what: str) -> None:
        path = (*self.path, name) if name else self.path
        self.problems.append(Invalid(f"{'.'.join(path) or 'The design'} {what}.", field=path))

    def nothing_else(self) -> None:
        for name in self.data:
            if name not in self.known:
                known = ", ".join(self.known)
                self.refuse(str(name)[:40], f"is not known here; use {known}")

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self.take(name)
        if value is None and default is not None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.refuse(name, f"must be a whole number from {low} to {high}")
        return high

    def number(self, name: str, low: float, high: float, default: float) -> float:
        value = self.take(name)
        if value is None:
            return default
        if _is_number(value) and low <= value <= high:
            return float(value)
        self.refuse(name, f"must be a number from {low} to {high}")
        return default

    def choice(self, name: str, kind: type[Choice], default: Choice) -> Choice:
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, str) and value in {str(member) for member in kind}:
            return kind(value)
        self.refuse(name, f"must be one of {', '.join(kind)}")
        return default

    def colour(self, name: str, default: Colour | None = None) -> Colour:
        value = self.take(name)
        if value is None and default is not None:
            return default
        match = _COLOUR.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.refuse(name, "must be a colour like #C8102E, or #C8102E80 to let half through")
            return _CLEAR
        red, green, blue = bytes.fromhex(match[1])
        return Colour((red, green, blue, int(match[2] or "FF", 16)))

    def box(self) -> Box:
        value = self.take("box")
        if (
            isinstance(value, list)
            and len(value) == 4
            and all(_is_number(v) and v == int(v) and -3240 <= v <= 3240 for v in value)
            and min(value[2:]) >= 1
        ):
            x, y, width, height = map(int, value)
            return Box(x=x, y=y, width=width, height=height)
        self.refuse("box", "must be [x, y, width, height] in whole px, at least 1 × 1")
        return Box(x=0, y=0, width=1, height=1)

    def focal(self) -> tuple[float, float] | None:
        value = self.take("focal")
        if value is None:
            return None
        if (
            isinstance(value, list)
            and len(value) == 2
            and all(_is_number(v) and 0 <= v <= 1 for v in value)
        ):
            return float(value[0]), float(value[1])
        self.refuse("focal", "must be [x, y] as fractions of the picture, each from 0 to 1")
        return None

    def source(self) -> str:
        value = self.take("source")
        if isinstance(value, str) and (
            value in {"product", "cover"}
            or (value.startswith(ASSET) and len(ASSET) < len(value) <= 80)
        ):
            return value
        self.refuse("source", 'must be "product", "cover" or "asset:" and an asset\'s id')
        return "product"

    def text(self) -> str:
        value = self.take("text")
        if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_TEXT:
            self.refuse("text", f"must be 1 to {MAX_TEXT} characters")
            return ""
        unknown = set(PLACEHOLDER.findall(value)) - {str(blank) for blank in Blank}
        if unknown:
            blanks = ", ".join(f"{{{blank}}}" for blank in Blank)
            self.refuse("text", f"has no blank {{{min(unknown)}}}; there are {blanks}")
            return ""
        return value


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _picture(form: _Form) -> PictureLayer:
    return PictureLayer(
        box=form.box(),
        source=form.source(),
        fit=form.choice("fit", Fit, Fit.COVER),
        focal=form.focal(),
        radius=form.whole("radius", 0, 1000, 0),
    )


def _shape(form: _Form) -> ShapeLayer:
    fill = form.colour("fill", _CLEAR)
    return ShapeLayer(
        box=form.box(),
        figure=form.choice("figure", Figure, Figure.RECTANGLE),
        fill=fill,
        fill_to=form.colour("fillTo", fill),
        radius=form.whole("radius", 0, 1000, 0),
        stroke=form.colour("stroke", _CLEAR),
        stroke_width=form.whole("strokeWidth", 0, 100, 0),
    )


def _text(form: _Form) -> TextLayer:
    size = form.whole("size", 12, 400)
    return TextLayer(
        box=form.box(),
        text=form.text(),
        weight=form.choice("weight", Weight, Weight.REGULAR),
        colour=form.colour("colour"),
        style=TextStyle(
            size=size,
            min_size=form.whole("minSize", 12, size, size),
            max_lines=form.whole("lines", 1, 20, 1),
            line_height=form.number("lineHeight", 1, 3, 1.4),
            align=form.choice("align", Align, Align.LEFT),
        ),
        vertical=form.choice("vertical", VerticalAlign, VerticalAlign.TOP),
        spacing=form.whole("spacing", 0, 1000, 0),
    )


def _avatar(form: _Form) -> AvatarLayer:
    return AvatarLayer(box=form.box(), colour=form.colour("colour", Colour((138, 109, 75, 255))))


def _code(form: _Form) -> CodeLayer:
    return CodeLayer(
        box=form.box(),
        dark=form.colour("dark", Colour((0, 0, 0, 255))),
        light=form.colour("light", Colour((255, 255, 255, 255))),
    )


_KINDS: Final[dict[str, Callable[[_Form], Layer]]] = {
    "picture": _picture,
    "shape": _shape,
    "text": _text,
    "avatar": _avatar,
    "code": _code,
}
