"""Text made searchable: any substring of it can be found, however it was typed.

Chinese has no spaces to find words by, so a term is looked for as it is, in all that was written.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.kernel.text import findable, initials

# How much a word counts by the place where it is found.
IN_TITLE, IN_TAGS, ELSEWHERE = 4, 2, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWords:
    """What a revision is found by, folded: its title, its tags, and everything together."""

    title: str
    tags: str
    text: str

    def have(self, terms: Iterable[str]) -> bool:
        """Whether every term is among them."""
        return all(term in self.text for term in terms)

    def score(self, terms: Iterable[str]) -> int:
        """How much the terms that are among them count."""
        return sum(
            IN_TITLE if term in self.title else IN_TAGS if term in self.tags else ELSEWHERE
            for term in terms
        )


def words_of(title: str, tags: Iterable[str], texts: Iterable[str]) -> PostWords:
    """The words of what is written: all of it, and the pinyin initials of title and tags."""
    titled = f"{findable(title)} {initials(title)}"
    tagged = " ".join(f"{findable(tag)} {initials(tag)}" for tag in tags)
    text = " ".join((titled, tagged, *map(findable, texts)))
    return PostWords(title=titled, tags=tagged, text=text)
