"""What would make a readable design a bad poster: a code no phone scans, text with no room."""

import math
from collections.abc import Iterator, Mapping

from domain.kernel.refusals import Invalid, refuse_all
from domain.kernel.wording import Wording
from domain.posters.codes import side_needed
from domain.posters.contrast import Grounds, contrast, grounds, least_contrast
from domain.posters.drawing import PosterPicture
from domain.posters.fonts import FontSet
from domain.posters.templates import (
    ASSET,
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

MIN_TEXT_CONTRAST = 4.5
"""The least contrast of a text with what lies beneath: WCAG 2.2, success criterion 1.4.3."""

MIN_AVATAR_PX = 48


def check_template(
    template: Template,
    fonts: FontSet,
    *,
    pictures: Mapping[str, PosterPicture],
    claims: Wording,
) -> None:
    """Refuse a design that would make bad posters.

    `pictures` are those of the content bank that can be drawn, by source; it takes some 0.1 s.
    """
    beneath = dict(grounds(template, pictures, fonts))
    problems = list(_code_problems(template))
    for number, layer in enumerate(template.layers):
        place = ("layers", str(number))
        if isinstance(layer, TextLayer):
            problems.extend(_text_problems(layer, template, fonts, place))
            problems.extend(_contrast_problems(layer, beneath[number], place))
            written = "\n".join(literal_parts(layer.text))
            problems.extend(claims.refused(written, (*place, "text")))
        if isinstance(layer, AvatarLayer):
            problems.extend(_avatar_problems(layer, template, place))
        if isinstance(layer, PictureLayer):
            problems.extend(_picture_problems(layer, pictures, place))
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


def _contrast_problems(
    layer: TextLayer, beneath: Grounds, place: tuple[str, ...]
) -> Iterator[Invalid]:
    found = least_contrast(layer.colour, beneath)
    if found >= MIN_TEXT_CONTRAST:
        return
    needed = f"and must be at least {MIN_TEXT_CONTRAST:g} : 1 all over its box"
    least = f"{math.floor(found * 10) / 10:.1f} : 1"
    if any(dark != light for dark, light in beneath):
        cure = "It lies on a picture that may have any colour: put a shape beneath that hides it."
    elif least_contrast(Colour((0, 0, 0, 255)), beneath) >= MIN_TEXT_CONTRAST:
        cure = "Make the text darker, or what is beneath it lighter."
    elif least_contrast(Colour((255, 255, 255, 255)), beneath) >= MIN_TEXT_CONTRAST:
        cure = "Make the text lighter, or what is beneath it darker."
    else:
        cure = "No colour stands out from all that is beneath: put a shape of one colour there."
    yield Invalid(
        f"The text's contrast with what lies beneath is {least}, {needed}. {cure}",
        field=(*place, "colour"),
    )


def _picture_problems(
    layer: PictureLayer, pictures: Mapping[str, PosterPicture], place: tuple[str, ...]
) -> Iterator[Invalid]:
    if layer.source.startswith(ASSET) and layer.source not in pictures:
        asset = layer.source.removeprefix(ASSET)
        yield Invalid(
            f"There is no picture with the id {asset}; upload it or choose another.",
            field=(*place, "source"),
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
