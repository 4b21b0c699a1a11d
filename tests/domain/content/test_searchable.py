"""Any substring of a text can be found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content.revisions import PostId, RevisionId, TextBlock, make_revision
from domain.content.searchable import PostWords
from domain.kernel.text import fold, terms
from tests.support.builders import NOON
from tests.support.content import EDITOR, some_content

LETTERS = st.sampled_from("羽绒服羽絨衣寒风800蓬GoreTex，。 ｇ最暖é-.'%\u0301\u200b")


def words(title="把寒风挡在身后", body="", tags=(), products=()):
    content = some_content(title=title, body=(TextBlock(text=body or "好"),), tags=tags)
    revision = make_revision(
        RevisionId("r"), PostId("p"), 1, content, author_id=EDITOR.id, now=NOON
    )
    return revision.words(products)


def matches(query, found):
    """Whether a query finds words."""
    return found.have(terms(query))


@given(
    st.text(LETTERS, min_size=1, max_size=40).filter(lambda text: text.strip(" \u200b")), st.data()
)
def test_every_part_of_a_text_finds_it(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    if fold(part):
        assert matches(part, words(body=text))


@given(
    st.text(LETTERS, min_size=1, max_size=40).filter(lambda text: text.strip(" \u200b")),
    st.text(LETTERS, min_size=1, max_size=4),
)
def test_what_is_found_has_every_word_of_the_query(text, query):
    if fold(query):
        found = words(body=text)
        has_all = all(term in found.text for term in fold(query).split())
        assert matches(query, found) == has_all


@pytest.mark.parametrize(
    "query",
    ["寒风", "寒風", "擋在", "ＧＯＲＥ", "gore-tex", "800蓬", "tex 寒", "bhf", "xp", "长款"],
)
def test_simplified_traditional_latin_digits_and_initials_all_find(query):
    found = words(body="Gore-Tex 面料，800蓬。", tags=("新品",), products=("长款羽绒服",))
    assert matches(query, found)


@pytest.mark.parametrize("query", ["暖风", "风寒", "gorex", "yrf2"])
def test_what_is_not_there_is_not_found(query):
    assert not matches(query, words(body="Gore-Tex 面料，800蓬。"))


def test_words_do_not_reach_over_the_end_of_a_field():
    assert not matches("后好", words(body="好"))


@pytest.mark.parametrize("query", ["，。!?", "——", "🧥", "　", "\u200b", "\u0301"])
def test_signs_alone_are_no_words(query):
    assert terms(query) == ()


def test_a_word_counts_most_in_the_title_and_more_in_the_tags_than_elsewhere():
    found = PostWords(title="寒风", tags="寒风 羽绒", text="寒风 羽绒 清晨")
    assert [found.score([one]) for one in ("寒风", "羽绒", "清晨")] == [4, 2, 1]
    assert found.score(["寒风", "清晨"]) == 5
