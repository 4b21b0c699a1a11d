"""Designs read from JSON."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusals import Invalid, Refusal
from domain.posters.parsing import MAX_LAYERS, parse_template
from domain.posters.templates import Blank, Box, CodeLayer, TextLayer, is_guides_own
from tests.support.poster_builders import a_code, a_design, a_shape, a_text


def refused(design):
    """The refusals of a design, as path and message."""
    with pytest.raises(Refusal) as caught:
        parse_template(design)
    return {".".join(part.field): part.message for part in caught.value.parts()}


def test_a_design_becomes_layers_in_order():
    template = parse_template(a_design())
    assert (template.width, template.height) == (1080, 1440)
    assert [type(layer).__name__ for layer in template.layers] == [
        "PictureLayer",
        "ShapeLayer",
        "TextLayer",
        "CodeLayer",
    ]
    assert template.layers[3].box == Box(x=800, y=1180, width=240, height=240)


def test_a_text_belongs_to_the_guide_where_it_names_the_guide_or_the_store():
    texts = ["{title} {price}", "专属导购 {guide}", "{store}", "{address}", "新品"]
    template = parse_template(a_design(*(a_text(text=text) for text in texts)))
    own = [is_guides_own(layer) for layer in template.layers]
    assert own == [False, True, True, True, False]
    assert isinstance(template.layers[0], TextLayer)
    assert template.layers[0].blanks == {Blank.TITLE, Blank.PRICE}


def test_every_mistake_is_named_at_its_place():
    problems = refused(
        a_design(
            a_text(text="{nickname}", size=4, align="middle"),
            a_code(box=[0, 0, 10], dark="black"),
            {"kind": "video"},
            a_shape(colour="#FFF"),
            height="tall",
        )
    )
    assert set(problems) == {
        "height",
        "layers.0.size",
        "layers.0.text",
        "layers.0.align",
        "layers.1.box",
        "layers.1.dark",
        "layers.2.kind",
        "layers.3.colour",
    }
    assert "{guide}" in problems["layers.0.text"]
    assert "from 12 to 400" in problems["layers.0.size"]
    assert "picture, shape, text, avatar, code" in problems["layers.2.kind"]
    assert "use kind, fill, box" in problems["layers.3.colour"]


@pytest.mark.parametrize("nonsense", [None, 3, "poster", [], True, {}, {"layers": {}}])
def test_what_is_no_design_is_refused(nonsense):
    assert refused(nonsense)


def test_a_design_has_a_bounded_number_of_layers():
    assert "layers" in refused(a_design(*[a_shape()] * (MAX_LAYERS + 1)))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"box": [0, 0, 0, 10]}, "box"),
        ({"box": [0.5, 0, 10, 10]}, "box"),
        ({"box": [0, 0, 10**400, 10]}, "box"),
        ({"box": [float("nan"), 0, 10, 10]}, "box"),
        ({"lineHeight": float("inf")}, "lineHeight"),
        ({"lineHeight": 10**400}, "lineHeight"),
        ({"size": True}, "size"),
        ({"minSize": 45}, "minSize"),
        ({"colour": "#12345"}, "colour"),
        ({"colour": "#１２３４５６"}, "colour"),
        ({"weight": ["bold"]}, "weight"),
        ({"text": ""}, "text"),
        ({"text": "x" * 501}, "text"),
    ],
)
def test_a_bad_value_is_refused_by_its_path(change, path):
    assert list(refused(a_design(a_text(**change)))) == [f"layers.0.{path}"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@st.composite
def broken_designs(draw):
    """A good design with one value anywhere in it replaced."""
    design = copy.deepcopy(a_design())
    place = design
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        place[key] = draw(JSON)
        return design


@given(JSON | broken_designs())
def test_no_json_crashes_the_reader(data):
    problems = ()
    try:
        parse_template(data)
    except Refusal as refusal:
        problems = refusal.parts()
    assert all(isinstance(problem, Invalid) and problem.message for problem in problems)


def test_a_scaled_design_keeps_its_proportions():
    template = parse_template(a_design())
    small = template.scaled(750)
    assert (small.width, small.height) == (750, 1000)
    assert small.layers[1].box == Box(x=0, y=764, width=750, height=236)
    assert isinstance(small.layers[3], CodeLayer)
    assert template.scaled(1080) is template
