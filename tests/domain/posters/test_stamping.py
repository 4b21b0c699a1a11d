"""Posters stamped from a plate: the same as drawing and encoding the whole."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from domain.posters import codes, jpeg
from domain.posters.codes import CodePicture, QrCode
from domain.posters.drawing import draw_own, draw_shared, paint
from domain.posters.parsing import parse_template
from domain.posters.stamping import PosterFormat, UnreadableCode, make_plate
from domain.posters.templates import is_guides_own
from storage.fonts import bundled
from tests.support.poster_builders import (
    SHARE_URL,
    a_code,
    a_design,
    a_picture,
    a_product_picture,
    a_shape,
    a_stamp,
    a_subject,
    a_text,
)


def a_plate(*layers, width=1080, quality=88, **changes):
    template = parse_template(a_design(*layers, **changes)).scaled(width)
    return make_plate(template, a_subject(), bundled(), quality)


def drawn_layer_by_layer(plate, stamp):
    """What a program without plates would draw."""
    template = plate.template
    image = Image.new("RGB", (template.width, template.height), template.background[:3])
    for layer in template.layers:
        if is_guides_own(layer):
            marks = draw_own(layer, plate.subject, stamp, plate.fonts)
        else:
            marks = draw_shared(layer, plate.subject, plate.fonts)
        paint(image, marks)
    return image


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@st.composite
def designs(draw):
    """Designs with the guide's layers anywhere, shared ones above and below them."""
    height = draw(st.integers(600, 900))

    def box(least, most):
        width = draw(st.integers(least, most))
        tall = draw(st.integers(least, min(most, height)))
        x = draw(st.integers(0, 1080 - width))
        return [x, draw(st.integers(0, height - tall)), width, tall]

    layers = [a_product_picture(box=box(200, 800))]
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["text", "own text", "shape", "clear shape", "avatar"]))
        if kind == "text":
            layers.append(a_text(text="{title}新品", box=box(50, 400)))
        elif kind == "own text":
            align = draw(st.sampled_from(["left", "center", "right"]))
            layers.append(a_text(text="{guide}·{store}", lines=2, align=align, box=box(50, 600)))
        elif kind == "avatar":
            layers.append({"kind": "avatar", "box": box(40, 120)})
        else:
            fill = "#CC3344" if kind == "shape" else "#2255AA66"
            layers.append(a_shape(box=box(30, 500), fill=fill, radius=draw(st.integers(0, 40))))
    x, y, *_ = box(240, 240)
    layers.append(a_code(box=[x, y, 240, 240]))
    return a_design(*layers, height=height)


@settings(max_examples=40, deadline=None)
@given(
    designs(),
    st.sampled_from([750, 1080]),
    st.integers(60, 95),
    st.text(max_size=12),
)
def test_stamping_rows_gives_what_drawing_and_encoding_the_whole_gives(
    design, width, quality, name
):
    template = parse_template(design).scaled(width)
    plate = make_plate(template, a_subject(), bundled(), quality)
    stamp = a_stamp(guide=name)
    whole = jpeg.encode(drawn_layer_by_layer(plate, stamp), quality)
    stamped = plate.stamped(stamp)
    assert stamped == whole
    assert ImageChops.difference(opened(stamped), opened(whole)).getbbox() is None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 90), st.integers(1, 300), st.integers(1, 95), st.data())
def test_rows_of_another_image_can_take_the_place_of_an_images_own(width, height, quality, data):
    first = opened(a_picture(width, height))
    second = first.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    rows = -(-height // jpeg.ROW_PX)
    start = data.draw(st.integers(0, rows - 1))
    end = data.draw(st.integers(start + 1, rows))
    area = (0, start * jpeg.ROW_PX, width, min(height, end * jpeg.ROW_PX))
    mixed = first.copy()
    mixed.paste(second.crop(area), area)

    head, own = jpeg.split(jpeg.encode(first, quality))
    _, other = jpeg.split(jpeg.encode(second.crop(area), quality))
    spliced = jpeg.assemble(head, [jpeg.join([*own[:start], *other, *own[end:]], 0)])
    assert spliced == jpeg.encode(mixed, quality)


def test_a_poster_is_a_plain_baseline_jpeg():
    poster = a_plate().stamped(a_stamp())
    assert b"\xff\xc0" in poster[:700]  # SOF0, not the SOF2 of a progressive one
    image = opened(poster)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1080, 1440))
    assert "progressive" not in image.info


@pytest.mark.parametrize("form", list(PosterFormat))
@pytest.mark.parametrize("width", [750, 1080])
def test_every_format_and_size_can_be_scanned(form, width):
    image = opened(a_plate(width=width).stamped(a_stamp(), form))
    assert image.format == form.upper()
    assert image.width == width
    assert codes.read(image.convert("L")) == SHARE_URL


def test_only_the_guides_rows_are_encoded_again(monkeypatch):
    plate = a_plate()
    encoded = []
    encode = jpeg.encode
    monkeypatch.setattr(
        jpeg, "encode", lambda image, quality: encoded.append(image.size) or encode(image, quality)
    )
    plate.stamped(a_stamp())
    assert encoded == [(1080, 256)]


def test_each_guide_gets_their_own_name_and_code():
    plate = a_plate()
    one = plate.stamped(a_stamp(guide="林小雨", code=QrCode(text="https://mall.example/s/1")))
    other = plate.stamped(a_stamp(guide="陈一诺", code=QrCode(text="https://mall.example/s/2")))
    assert codes.read(opened(one)) == "https://mall.example/s/1"
    assert codes.read(opened(other)) == "https://mall.example/s/2"
    name = (60, 1200, 660, 1260)
    difference = ImageChops.difference(opened(one).crop(name), opened(other).crop(name))
    assert difference.getbbox() is not None


def test_a_code_that_does_not_read_back_is_not_handed_out(monkeypatch):
    plate = a_plate()
    monkeypatch.setattr(codes, "read", lambda image: "https://elsewhere.example/")
    with pytest.raises(UnreadableCode, match="elsewhere"):
        plate.stamped(a_stamp())


def test_a_mini_program_code_is_drawn_as_it_came():
    plate = a_plate()
    stamp = a_stamp(code=CodePicture(data=a_picture(430, 430)))
    part = plate.drawn(stamp).crop((800, 1180, 1040, 1420))
    picture = opened(a_picture(430, 430)).resize((240, 240), Image.Resampling.LANCZOS)
    assert ImageChops.difference(part, picture).getbbox() is None
    assert opened(plate.stamped(stamp)).size == (1080, 1440)


def test_an_avatar_is_a_circle_of_the_picture_or_of_the_initial():
    avatar = {"kind": "avatar", "box": [60, 1180, 160, 160]}
    plate = a_plate(a_shape(), avatar, a_code())
    initial = plate.drawn(a_stamp()).crop((60, 1180, 220, 1340))
    picture = plate.drawn(a_stamp(avatar=a_picture())).crop((60, 1180, 220, 1340))
    corner = initial.getpixel((0, 0))
    assert corner == picture.getpixel((0, 0)) == (255, 255, 255)
    assert initial.getpixel((20, 80)) == (138, 109, 75)
    assert ImageChops.difference(initial, picture).getbbox() is not None
