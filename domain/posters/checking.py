"""What would make a readable design a bad poster: a code no phone scans, text with no room."""

from collections.abc import Collection, Iterator

from domain.kernel.refusals import Invalid, refuse_all
from domain.kernel.wording import Wording
from domain.posters.codes import side_needed
from domain.posters.fonts import FontSet
from domain.posters.templates import (
    AvatarLayer,
    CodeLayer,
    Colour,
    PictureLayer,
    Template,
    TextLayer,
    literal_parts,
)

MIN_CONTRAST = 4.0
"""The least contrast between a code's dark and light, by WCAG's measure of 1 to 21."""

MIN_AVATAR_PX = 48


def check_template(
    template: Template, fonts: FontSet, *, assets: Collection[str], claims: Wording
) -> None:
    """Refuse a design that would make bad posters; `assets` are the ids that can be drawn."""
    problems = list(_code_problems(template))
    for number, layer in enumerate(template.layers):
        place = ("layers", str(number))
        if isinstance(layer, TextLayer):
            problems.extend(_text_problems(layer, template, fonts, place))
            written = "\n".join(literal_parts(layer.text))
            problems.extend(claims.refused(written, (*place, "text")))
        if isinstance(layer, AvatarLayer):
            problems.extend(_avatar_problems(layer, template, place))
        if isinstance(layer, PictureLayer) and layer.source.startswith("asset:"):
            asset = layer.source.removeprefix("asset:")
            if asset not in assets:
                problems.append(
                    Invalid(
                        f"There is no picture with the id {asset}; upload it or choose another.",
                        field=(*place, "source"),
                    )
                )
    refuse_all(problems)


def _code_problems(template: Template) -> Iterator[Invalid]:
    codes = [(n, la) for n, la in enumerate(template.layers) if isinstance(la, CodeLayer)]
    if len(codes) != 1:
        yield Invalid(
            f"A poster carries exactly one code; this design has {len(codes)}.", field=["layers"]
        )
        return
    number, code = codes[0]
    place = ("layers", str(number))
    least = side_needed(template.width)
    side = min(code.box.width, code.box.height)
    if side < least:
        yield Invalid(
            f"The code is {side} px wide; phones need at least {least} px with its margin.",
            field=(*place, "box"),
        )
    if not code.box.inside(template.canvas):
        yield _outside(place)
    if contrast(code.dark, code.light) < MIN_CONTRAST:
        yield Invalid(
            "The code's dark and light are too much alike to scan; "
            f"their contrast must be at least {MIN_CONTRAST:g} : 1, dark on light.",
            field=(*place, "dark"),
        )
    for above in range(number + 1, len(template.layers)):
        if template.layers[above].box.overlaps(code.box):
            yield Invalid(
                f"Layer {above} covers the code; move it away or below layer {number}.",
                field=("layers", str(above), "box"),
            )


def _text_problems(
    layer: TextLayer, template: Template, fonts: FontSet, place: tuple[str, ...]
) -> Iterator[Invalid]:
    least = layer.style.min_size
    if layer.box.height < least or layer.box.width < least:
        yield Invalid(
            f"A text of at least {least} px has no room in "
            f"{layer.box.width} × {layer.box.height} px; enlarge the box or lower minSize.",
            field=(*place, "box"),
        )
    if not layer.box.inside(template.canvas):
        yield _outside(place)
    missing = fonts.missing("".join(literal_parts(layer.text)))
    if missing:
        yield Invalid(
            f"The font has no {'、'.join(sorted(missing))}; write it in another way.",
            field=(*place, "text"),
        )


def _avatar_problems(
    layer: AvatarLayer, template: Template, place: tuple[str, ...]
) -> Iterator[Invalid]:
    if not layer.box.inside(template.canvas):
        yield _outside(place)
    if min(layer.box.width, layer.box.height) < MIN_AVATAR_PX:
        yield Invalid(f"A face needs at least {MIN_AVATAR_PX} px each way.", field=(*place, "box"))


def _outside(place: tuple[str, ...]) -> Invalid:
    return Invalid("This layer reaches past the poster's edge.", field=(*place, "box"))


def contrast(dark: Colour, light: Colour) -> float:
    """WCAG 2's contrast ratio, below 1 where `dark` is the lighter one or lets light through."""
    if dark[3] != 255 or light[3] != 255:
        return 0.0
    return (_luminance(light) + 0.05) / (_luminance(dark) + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (value / 255 for value in colour[:3])
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
