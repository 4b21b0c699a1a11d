"""The bundled fonts and what stands in for what they lack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.posters.fonts import STAND_IN, Weight
from storage.fonts import FOLDER, bundled


def test_both_weights_hold_every_character_of_the_national_table():
    standard = (FOLDER / "standard_characters.txt").read_text("utf-8").strip()
    assert len(set(standard)) == len(standard) == 8105
    assert set(standard) - bundled().characters == set()


def test_the_fonts_hold_latin_digits_punctuation_and_common_symbols():
    wanted = "AZaz09éü¥￥€，。、；：？！“”‘’（）《》【】…—·％①★☆♥→√×℃"
    assert bundled().missing(wanted) == frozenset()


def test_the_licence_comes_with_the_fonts():
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / "OFL.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("nickname", "drawn"),
    [
        ("林小雨", "林小雨"),
        ("小雨🌸", "小雨🌸"),
        ("一家👨‍👩‍👧", "一家👨👩👧"),
        ("赞👍🏽", "赞👍"),
        ("爱❤️", "爱❤"),
        ("𝓐𝓵𝓮𝔁", "Alex"),
        ("Nguyễn", "Nguyen"),
        ("龘姐", f"{STAND_IN}姐"),
        ("\ue412店长", f"{STAND_IN}店长"),
        ("a\u200b\u202eb\x00", "ab"),
    ],
)
def test_what_a_font_lacks_is_replaced_by_something_to_see(nickname, drawn):
    assert bundled().visible(nickname) == drawn


def test_characters_that_only_a_dot_can_stand_for_are_told_and_no_others():
    assert bundled().lacking("林小雨🌸 𝓐 Nguyễn👍🏽 阿不都·热合曼") == ""
    assert bundled().lacking("龘姐\ue412龘") == "龘\ue412"


@given(st.text(max_size=20))
def test_no_text_is_drawn_with_an_empty_box(text):
    fonts = bundled()
    drawn = fonts.visible(text)
    assert all(c in fonts.characters or c in fonts.emoji or c == "\n" for c in drawn)
    assert fonts.missing(drawn) == frozenset()


@pytest.mark.parametrize("character", ["林", "g", "🌸", STAND_IN])
def test_a_glyph_has_ink(character):
    glyph = bundled().glyph(character, Weight.BOLD, 40)
    assert glyph is not None
    assert glyph.mask.getextrema()[1] == 255


def test_white_space_has_no_glyph_but_moves_the_pen():
    assert bundled().glyph(" ", Weight.REGULAR, 40) is None
    assert bundled().advance(" ", Weight.REGULAR) > 0
