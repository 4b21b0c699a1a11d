"""Whatever design passes the checks makes posters."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.refusals import Refusal
from domain.posters.checking import check_template
from domain.posters.drawing import PosterPicture
from domain.posters.parsing import parse_template
from domain.posters.stamping import make_plate
from domain.posters.templates import Blank
from storage.advertising_claims import read_claims
from storage.fonts import bundled
from tests.support.poster_builders import a_code, a_design, a_picture, a_stamp, a_subject

EDGES = st.sampled_from([-3240, -500, -1, 0, 1, 60, 400])
SIDES = st.sampled_from([1, 2, 13, 60, 300, 1080, 2000])
BOXES = st.tuples(EDGES, EDGES, SIDES, SIDES).map(list)
COLOURS = st.sampled_from(["#000000", "#FFFFFF80", "#12345600"])
FOCI = st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)).map(list)
TEXTS = st.sampled_from(["{guide}", "{title}{price}", "，。！", "Gore-Tex 面料", "🌸", "a\nb"])

PICTURES = st.fixed_dictionaries(
    {
        "kind": st.just("picture"),
        "source": st.sampled_from(["product", "cover"]),
        "box": BOXES,
        "fit": st.sampled_from(["cover", "contain"]),
        "focal": FOCI,
        "radius": st.sampled_from([0, 1, 1000]),
    }
)
SHAPES = st.fixed_dictionaries(
    {
        "kind": st.just("shape"),
        "figure": st.sampled_from(["rectangle", "ellipse"]),
        "box": BOXES,
        "fill": COLOURS,
        "fillTo": COLOURS,
        "stroke": COLOURS,
        "strokeWidth": st.sampled_from([0, 1, 100]),
        "radius": st.sampled_from([0, 7, 1000]),
    }
)
WORDS = st.fixed_dictionaries(
    {
        "kind": st.just("text"),
        "text": TEXTS,
        "box": BOXES,
        "size": st.sampled_from([12, 40, 400]),
        "minSize": st.just(12),
        "lines": st.sampled_from([1, 20]),
        "lineHeight": st.sampled_from([1, 3]),
        "spacing": st.sampled_from([0, 1000]),
        "align": st.sampled_from(["left", "center", "right"]),
        "vertical": st.sampled_from(["top", "middle", "bottom"]),
        "colour": COLOURS,
    }
)
AVATARS = st.fixed_dictionaries({"kind": st.just("avatar"), "box": BOXES})
LAYERS = st.lists(PICTURES | SHAPES | WORDS | AVATARS, max_size=5)
PICTURE = st.sampled_from([(300, 400), (1, 1), (2000, 1), (1, 2000)])


@settings(max_examples=60, deadline=None)
@given(LAYERS, PICTURE, st.text(max_size=8), st.sampled_from([750, 1080]), st.booleans())
def test_a_design_is_refused_or_it_can_be_stamped(layers, size, name, width, with_avatar):
    code = a_code(box=[800, 380, 240, 240])
    try:
        template = parse_template(a_design(*layers, code, height=620))
        check_template(template, bundled(), pictures={}, claims=read_claims())
    except Refusal as refusal:
        # A text that is hard to read can be stamped all the same.
        if any(part.field[-1] != "colour" for part in refusal.parts()):
            return
    picture = PosterPicture(data=a_picture(*size))
    subject = a_subject(texts={Blank.TITLE: name}, pictures={"product": picture, "cover": picture})
    stamp = a_stamp(guide=name, avatar=a_picture(*size) if with_avatar else None)
    assert make_plate(template.scaled(width), subject, bundled()).stamped(stamp)
