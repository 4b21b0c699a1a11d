"""Designs that can be read but would make bad posters."""

import pytest

from domain.kernel.refusals import Refusal
from domain.posters.checking import check_template
from domain.posters.parsing import parse_template
from storage.advertising_claims import read_claims
from storage.fonts import bundled
from tests.support.poster_builders import a_code, a_design, a_product_picture, a_shape, a_text


def check(*layers, assets=()):
    check_template(
        parse_template(a_design(*layers)), bundled(), assets=assets, claims=read_claims()
    )


def test_a_sound_design_passes():
    check(a_product_picture(), a_shape(), a_text(), a_code())


@pytest.mark.parametrize(
    ("layers", "path", "words"),
    [
        ([a_text()], "layers", "exactly one code; this design has 0"),
        ([a_code(), a_code()], "layers", "has 2"),
        ([a_code(box=[0, 0, 150, 150])], "layers.0.box", "at least 205 px"),
        ([a_code(box=[900, 0, 232, 232])], "layers.0.box", "past the poster's edge"),
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
    check(a_product_picture(source="asset:a1"), a_code(), assets={"a1"})
