"""QR codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from domain.kernel.refusals import Invalid
from domain.posters import codes

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
URL_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:"


@given(
    st.text(URL_CHARACTERS, min_size=1, max_size=codes.LONGEST_TEXT_BYTES),
    st.integers(codes.side_needed(750), 400),
)
def test_a_code_of_any_share_url_fits_its_box_and_reads_back(text, side):
    image = codes.draw(text, side, BLACK, WHITE)
    assert image.size == (side, side)
    assert codes.read(image) == text


def test_four_light_modules_stand_on_every_side():
    image = codes.draw("https://mall.example/s/aB3dE5fG7h", 232, BLACK, WHITE).convert("L")
    ink = image.point(lambda v: 255 - v).getbbox()
    module = (ink[2] - ink[0]) / 29
    assert module == int(module) >= codes.MIN_MODULE_PX
    assert min(ink[0], ink[1], 232 - ink[2], 232 - ink[3]) >= 4 * module


def test_a_box_too_small_for_the_text_is_refused_with_the_size_that_it_needs():
    with pytest.raises(Invalid, match="needs 111 px and its box has 110"):
        codes.draw("https://mall.example/s/aB3dE5fG7h", 110, BLACK, WHITE)


def test_an_image_without_a_code_reads_as_nothing():
    assert codes.read(Image.new("L", (200, 200), 255)) is None
