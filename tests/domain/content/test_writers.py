"""Whose words a text has."""

import pytest

from domain.content.reviews.writers import Written, writers
from domain.kernel.ids import PersonId

LONG = "天刚亮，地铁口起了薄雾，一件就够暖。"


def written(*turns):
    return [Written(person_id=PersonId(person), texts=texts) for person, *texts in turns]


@pytest.mark.parametrize(
    ("texts", "history", "whose"),
    [
        ([LONG], [("a", LONG)], "a"),
        ([LONG], [("a", LONG), ("b", LONG)], "a"),
        ([LONG + "配羊毛围巾更好看"], [("a", LONG), ("b", LONG + "配羊毛围巾更好看")], "ab"),
        (["另写一段，与从前的都不同"], [("a", LONG), ("b", "另写一段，与从前的都不同")], "b"),
        ([LONG], [("a", LONG), ("b", "别的"), ("c", LONG)], "a"),
        ([LONG.replace("薄雾", "大雾")], [("a", LONG)], "a"),
        ([LONG.replace("，", "!")], [("a", LONG)], "a"),
        (["天剛亮 地鐵口起了薄霧"], [("a", LONG)], "a"),
        (["新品", LONG], [("a", LONG), ("b", "新品", LONG)], "ab"),
        ([LONG], [("a", LONG), ("b", "新品", LONG)], "a"),
        (["——"], [("a", "——")], ""),
        ([], [("a", LONG)], ""),
    ],
)
def test_words_are_theirs_who_wrote_them_first(texts, history, whose):
    assert writers(texts, written(*history)) == set(whose)
