"""Text as people type it, found as they type it."""

import pytest

from domain.kernel.text import findable, fold, terms

FOUND = [
    ("薄雾", True),
    ("雾", True),
    ("口起", True),
    ("薄霧", True),
    ("薄雾 地铁", True),
    ("铁薄", False),
    ("亮地", False),
    ("薄雾 。", True),
    ("薄雾 -地铁", True),
]


@pytest.mark.parametrize(("query", "found"), FOUND)
def test_any_part_of_a_sentence_is_found_and_nothing_across_a_border(query, found):
    assert has(query, "天刚亮，地铁口起了薄雾。") is found


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("goretex", "采用GORE-TEX面料"),
        ("GORETEX", "gore‐tex"),
        ("gore-tex", "GORETEX 三层"),
        ("tex gore", "GORE-TEX"),
        ("levis", "Levi’s 501"),
        ("apc", "A.P.C. 联名"),
        ("hm", "Ｈ＆Ｍ"),
        ("cafe", "Café"),
        ("café", "CAFE"),
        ("cafe", "cafe\u0301"),
        ("creme", "Crème brûlée"),
        ("goretex", "GORE\u200bTEX"),
        ("goretex", "GÖRE-TEX"),
        ("%", "100%羊毛"),
        ("100%", "１００％ 羊毛"),
        ("𠮷", "𠮷野家"),
        ("1.5l", "1.5L 水壶"),
        ("u2", "U-2"),
    ],
)
def test_words_are_found_whatever_marks_and_accents_are_in_them(query, text):
    assert has(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("100%", "100 件羊毛"),
        ("%", "百分之百"),
        ("15l", "1.5L 水壶"),
        ("goretex", "gore tex"),
        ("ダウン", "タウン"),
        (".*", "什么都有"),
        ("a|b", "a"),
        ("(", "（）"),
    ],
)
def test_what_is_not_there_is_not_found(query, text):
    assert not has(query, text)


def test_accents_fold_alone_and_invisible_characters_are_nothing():
    assert fold("É\u00adT\u200bÉ") == "ete"


def has(query: str, text: str) -> bool:
    """Whether each word of a query stands in a text, as both searches look for it."""
    wanted = terms(query)
    return bool(wanted) and all(term in findable(text) for term in wanted)
