"""Designs that can be read but would make bad posters."""

import io
from types import MappingProxyType

import pytest
from PIL import Image

from domain.kernel.refusals import Refusal
from domain.posters.checking import check_template
from domain.posters.contrast import grounds, least_contrast, luminance
from domain.posters.drawing import PosterPicture
from domain.posters.parsing import parse_template
from domain.posters.templates import Colour
from storage.advertising_claims import read_claims
from storage.fonts import bundled
from tests.support.poster_builders import (
    a_code,
    a_design,
    a_picture,
    a_product_picture,
    a_shape,
    a_text,
)

NOTHING = MappingProxyType({})


def check(*layers, pictures=NOTHING):
    check_template(
        parse_template(a_design(*layers)), bundled(), pictures=pictures, claims=read_claims()
    )


def test_a_sound_design_passes():
    check(a_product_picture(), a_shape(), a_text(), a_code())


@pytest.mark.parametrize(
    ("layers", "path", "words"),
    [
        ([a_text()], "layers", "exactly one code; this design has 0"),
        ([a_code(), a_code()], "layers", "has 2"),
        ([a_code(box=[0, 0, 150, 150])], "layers.0.box", "at least 237 px"),
        ([a_code(box=[900, 0, 240, 240])], "layers.0.box", "past the poster's edge"),
        ([a_code(dark="#888888")], "layers.0.dark", "too much alike"),
        ([a_code(dark="#FFFFFF", light="#000000")], "layers.0.dark", "dark on light"),
        ([a_code(light="#FFFFFF80")], "layers.0.dark", "too much alike"),
        ([a_code(), a_shape()], "layers.1.box", "covers the code"),
        ([a_code(), a_text(box=[60, 60, 600, 20])], "layers.1.box", "no room"),
        ([a_code(), a_text(box=[60, 1420, 600, 60])], "layers.1.box", "past the poster's edge"),
        ([a_code(), {"kind": "avatar", "box": [0, 0, 48, 47]}], "layers.1.box", "at least 48 px"),
        ([a_code(), {"kind": "avatar", "box": [-1, 0, 48, 48]}], "layers.1.box", "past the poster"),
        ([a_code(), a_text(text="龘 {guide}")], "layers.1.text", "no 龘"),
        ([a_code(), a_text(text="{guide}推荐：顶级羽绒服")], "layers.1.text", "“顶级” is a claim"),
        (
            [a_code(), a_product_picture(source="asset:a1", box=[0, 0, 9, 9])],
            "layers.1.source",
            "a1",
        ),
    ],
)
def test_a_flaw_is_named_at_its_layer(layers, path, words):
    with pytest.raises(Refusal) as caught:
        check(*layers)
    assert [".".join(part.field) for part in caught.value.parts()] == [path]
    assert words in caught.value.message


def test_an_asset_that_is_there_passes():
    check(
        a_product_picture(source="asset:a1"),
        a_code(),
        pictures={"asset:a1": PosterPicture(data=a_picture())},
    )


def a_plain_picture(colour: str) -> PosterPicture:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(buffer, "PNG")
    return PosterPicture(data=buffer.getvalue())


ON_A_PICTURE = {"box": [60, 200, 600, 60]}
DARK_PICTURE = {"asset:a1": a_plain_picture("#202020")}


@pytest.mark.parametrize(
    ("layers", "pictures", "words"),
    [
        pytest.param([a_text(colour="#777777")], {}, "4.0 : 1", id="grey on the background"),
        pytest.param([a_text(colour="#777777")], {}, "Make the text darker", id="the cure"),
        pytest.param(
            [a_shape(fill="#333333"), a_text(colour="#777777")],
            {},
            "Make the text lighter",
            id="dark",
        ),
        pytest.param(
            [a_shape(fill="#FFFFFF", fillTo="#000000"), a_text()],
            {},
            "",
            id="light where it stands",
        ),
        pytest.param(
            [a_shape(box=[0, 1180, 1080, 100], fill="#FFFFFF", fillTo="#000000"), a_text()],
            {},
            "No colour stands out",
            id="from light to dark beneath one text",
        ),
        pytest.param(
            [a_product_picture(), a_text(**ON_A_PICTURE)], {}, "any colour", id="on a product"
        ),
        pytest.param(
            [a_product_picture(), a_shape(box=[0, 180, 1080, 100]), a_text(**ON_A_PICTURE)],
            {},
            "",
            id="on a plate",
        ),
        pytest.param(
            [
                a_product_picture(),
                a_shape(box=[0, 180, 1080, 100], fill="#FFFFFF80"),
                a_text(**ON_A_PICTURE),
            ],
            {},
            "any colour",
            id="on a plate that lets a picture through",
        ),
        pytest.param(
            [
                a_product_picture(),
                a_shape(box=[0, 180, 500, 100]),
                a_text(**ON_A_PICTURE),
            ],
            {},
            "any colour",
            id="on a plate that is too short",
        ),
        pytest.param(
            [a_product_picture(source="asset:a1"), a_text(**ON_A_PICTURE)],
            DARK_PICTURE,
            "Make the text lighter",
            id="on a picture that is known",
        ),
        pytest.param(
            [a_product_picture(source="asset:a1"), a_text(colour="#DDDDDD", **ON_A_PICTURE)],
            DARK_PICTURE,
            "",
            id="light on a picture that is known to be dark",
        ),
        pytest.param(
            [a_text(colour="#22222280")], {}, "contrast", id="a text that lets light through"
        ),
        pytest.param(
            [{"kind": "avatar", "box": [60, 1200, 600, 60]}, a_text()],
            {},
            "any colour",
            id="a face",
        ),
        pytest.param([a_text(), a_shape(fill="#222222")], {}, "", id="what lies above"),
    ],
)
def test_a_text_stands_out_from_what_lies_beneath(layers, pictures, words):
    code = a_code(box=[800, 300, 240, 240])
    if not words:
        check(*layers, code, pictures=pictures)
        return
    with pytest.raises(Refusal, match=words) as caught:
        check(*layers, code, pictures=pictures)
    (part,) = caught.value.parts()
    assert part.field[-1] == "colour"


def test_contrast_is_that_of_wcag():
    assert luminance((255, 255, 255)) == pytest.approx(1)
    # W3C's own example of the least grey that passes on white, and of one that does not.
    for grey, passes in ((0x76, True), (0x77, False)):
        template = parse_template(
            a_design(a_text(colour=f"#{grey:02X}{grey:02X}{grey:02X}"), background="#FFFFFF")
        )
        ((_, found),) = grounds(template, {}, bundled())
        assert (least_contrast(Colour((grey, grey, grey, 255)), found) >= 4.5) == passes
