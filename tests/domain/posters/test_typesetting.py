"""Text set into boxes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.posters.typesetting import Align, TextStyle, break_lines, fit, measure

CLOSING = set("，。！？；：、）》」』】”’…")
OPENING = set("（《「『【“‘¥")


def advance(character):
    return 500.0 if character.isascii() else 1000.0


def a_style(**changes):
    fields = {"size": 40, "min_size": 20, "max_lines": 2, "line_height": 1.25, "align": Align.LEFT}
    return TextStyle(**{**fields, **changes})


def set_in(text, width, height=100, **changes):
    return fit(text, width=width, height=height, style=a_style(**changes), advance=advance)


def test_a_short_text_keeps_its_size():
    assert set_in("新品", 400).size == 40


def test_a_long_line_shrinks_just_as_far_as_it_must():
    setting = set_in("一二三四五六七八九十", 300, max_lines=1)
    assert (setting.size, setting.lines) == (30, ("一二三四五六七八九十",))


def test_below_the_least_size_the_rest_gives_way_to_an_ellipsis():
    setting = set_in("一二三四五六七八九十", 100, max_lines=1)
    assert (setting.size, setting.lines, setting.cut) == (20, ("一二三四…",), True)


def test_an_ellipsis_never_follows_a_comma():
    assert set_in("一二三，四五六七八九", 100, max_lines=1).lines == ("一二三…",)


def test_closing_punctuation_takes_the_character_before_it_to_the_next_line():
    assert break_lines("一二三四五，六", 5000, advance) == ["一二三四", "五，六"]


def test_opening_punctuation_never_ends_a_line():
    assert break_lines("一二三四《五六》", 5000, advance) == ["一二三四", "《五六》"]


def test_words_numbers_and_dashes_stay_whole():
    text = "售价¥1,299起 Gore-Tex 面料——防水"
    lines = break_lines(text, 6000, advance)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for whole in ("¥1,299", "Gore-Tex", "——"):
        assert sum(whole in line for line in lines) == 1


def test_a_word_wider_than_the_box_shrinks_before_it_is_broken():
    setting = set_in("Featherstonehaugh", 200, max_lines=2)
    assert setting.lines == ("Featherstonehaugh",)
    assert setting.size < 40


def test_the_last_line_is_not_left_with_one_character():
    setting = set_in("一二三四五六七八九十一", 400)
    assert [len(line) for line in setting.lines] == [6, 5]


def test_line_feeds_break_lines():
    assert set_in("上\n下", 400).lines == ("上", "下")


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_sets_as_an_empty_line(text):
    assert "".join(set_in(text, 400).lines) == ""


PHRASES = st.lists(
    st.tuples(
        st.sampled_from(["一件", "新品上市", "Gore-Tex", "¥1,299", "《雪线》", "（限量）", "8折"]),
        st.sampled_from(["", "，", "。", "！", "：", " ", "……", "——"]),
    ),
    min_size=1,
    max_size=12,
).map(lambda pairs: "".join(a + b for a, b in pairs))


@given(PHRASES, st.integers(6, 20))
@example("Gore-TexGore-Tex……", 9)
def test_lines_keep_the_rules_of_chinese_line_breaking(text, columns):
    lines = break_lines(text, columns * 1000, advance)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert measure(line, advance) <= columns * 1000
        assert line[:1] not in CLOSING
        assert line[-1:] not in OPENING


@given(st.text(max_size=60), st.integers(20, 600), st.integers(20, 200), st.integers(1, 4))
def test_whatever_is_set_stays_in_its_box(text, width, height, max_lines):
    setting = set_in(text, width, height, max_lines=max_lines)
    assert 20 <= setting.size <= 40
    assert len(setting.lines) <= max_lines
    for line in setting.lines:
        one = len(line) <= 1
        assert one or measure(line, advance) * setting.size / 1000 <= width
    used = setting.size * (1 + (len(setting.lines) - 1) * 1.25)
    assert used <= height + 1e-6
