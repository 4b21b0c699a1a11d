"""Text made searchable: any substring of it can be found, however it was typed.

Chinese has no spaces to find words by. So each run of characters is kept as its single characters
and its pairs of neighbours; a term is looked for by one pair, and then whole in what that finds.
Every character is folded by itself, never by its neighbours, so that a part of a text folds to a
part of the folded text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

from domain.content.revisions import Revision
from domain.refusals import Invalid
from domain.text import normalise

MAX_TERMS = 8
MAX_QUERY = 100
_TO_SIMPLIFIED = OpenCC("t2s")


def fold(text: str) -> str:
    """Fold width, case and traditional forms; what is no letter or digit becomes one space."""
    return " ".join("".join(map(_folded, normalise(text))).split())


def grams(text: str) -> frozenset[str]:
    """The single characters and the pairs of neighbours in a folded text."""
    found: set[str] = set()
    for run in text.split():
        found.update(run)
        found.update(first + second for first, second in pairwise(run))
    return frozenset(found)


def initials(text: str) -> str:
    """The first letters of a text's pinyin, such as `yrf` of 羽绒服; other letters as they are."""
    return "".join(fold("".join(lazy_pinyin(text, style=Style.FIRST_LETTER))).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a revision is found by, folded: its title, its tags, and everything together."""

    title: str
    tags: str
    text: str


def words_of(revision: Revision, product_names: Iterable[str]) -> Words:
    """The words of a revision: all that is written in it, its products' names, pinyin initials."""
    content = revision.content
    title = f"{fold(content.title)} {initials(content.title)}"
    tags = " ".join(f"{fold(tag)} {initials(tag)}" for tag in content.tags)
    written = (fold(text) for text in (*content.texts().values(), *product_names))
    return Words(title=title, tags=tags, text=" ".join((title, tags, *written)))


def terms(query: str) -> tuple[str, ...]:
    """The folded words of a query, each to be found somewhere; the longest first."""
    found = sorted(set(fold(query[:MAX_QUERY]).split()), key=lambda term: (-len(term), term))
    if not found:
        raise Invalid("Search for letters, digits or characters.", field=["filter", "text"])
    return tuple(found[:MAX_TERMS])


def seed(terms: tuple[str, ...]) -> str:
    """The gram to look candidates up by: of the longest term."""
    return terms[0][:2]


def containing(terms: Iterable[str]) -> str:
    """A regular expression that a folded text matches if it has every term."""
    return "^" + "".join(f"(?=.*{re.escape(term)})" for term in terms)


@lru_cache(maxsize=50_000)
def _folded(character: str) -> str:
    simplified: str = _TO_SIMPLIFIED.convert(character)
    return simplified if simplified.isalnum() else " "
