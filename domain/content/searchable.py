"""Text made searchable: any substring of it can be found, however it was typed.

Chinese has no spaces to find words by. So each run of characters is kept as its single characters
and its pairs of neighbours; a term is looked for by one pair, and then whole in what that finds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from domain.kernel.text import findable, initials


def grams(text: str) -> frozenset[str]:
    """The single characters and the pairs of neighbours in a folded text."""
    found: set[str] = set()
    for run in text.split():
        found.update(run)
        found.update(first + second for first, second in pairwise(run))
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWords:
    """What a revision is found by, folded: its title, its tags, and everything together."""

    title: str
    tags: str
    text: str


def words_of(title: str, tags: Iterable[str], texts: Iterable[str]) -> PostWords:
    """The words of what is written: all of it, and the pinyin initials of title and tags."""
    titled = f"{findable(title)} {initials(title)}"
    tagged = " ".join(f"{findable(tag)} {initials(tag)}" for tag in tags)
    text = " ".join((titled, tagged, *map(findable, texts)))
    return PostWords(title=titled, tags=tagged, text=text)


def seed(terms: tuple[str, ...]) -> str:
    """The gram to look candidates up by: of the longest term."""
    return terms[0][:2]


def containing(terms: Iterable[str]) -> str:
    """A regular expression that a folded text matches if it has every term."""
    return "^" + "".join(f"(?=.*{re.escape(term)})" for term in terms)
