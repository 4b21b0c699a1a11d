"""Claims that advertising may not make, found in a text however it is spaced or written."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.kernel.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenClaim:
    """A term that advertising may not use, with the rule that says so.

    One that is not certain depends on what it is said of. Within one of the exceptions, such as
    第一 in 第一时间, it claims nothing.
    """

    term: str
    source: str
    certain: bool
    exceptions: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFound:
    """A claim in a text, from one character of it up to another."""

    claim: ForbiddenClaim
    start: int
    end: int


def find_claims(text: str, claims: Sequence[ForbiddenClaim]) -> list[ClaimFound]:
    """Every claim in a text, in order; one that lies within a longer one is not told twice.

    Width, case, traditional forms, spaces and invisible characters make no difference.
    """
    folded, places = _folded(text)
    found = [
        ClaimFound(claim=claim, start=places[start], end=places[start + len(term) - 1] + 1)
        for claim in claims
        if (term := fold(claim.term))
        for start in _occurrences(folded, term)
        if not any(_covered(folded, fold(one), start, len(term)) for one in claim.exceptions)
    ]
    outer = [one for one in found if not any(_within(one, other) for other in found)]
    return sorted(outer, key=lambda one: one.start)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text folded character by character without spaces, and where each one came from.

    Punctuation stays as a break: terms do not reach over the end of a sentence.
    """
    characters: list[str] = []
    places: list[int] = []
    for i, character in enumerate(text):
        if character.isspace() or unicodedata.category(character) == "Cf":
            continue
        for one in fold(character) or "\n":
            characters.append(one)
            places.append(i)
    return "".join(characters), places


def _occurrences(text: str, term: str) -> Iterator[int]:
    start = text.find(term)
    while start >= 0:
        yield start
        start = text.find(term, start + 1)


def _covered(text: str, exception: str, start: int, length: int) -> bool:
    """Whether an exception stands in the text over the whole of a term."""
    first = max(0, start + length - len(exception))
    return any(text.startswith(exception, i) for i in range(first, start + 1))


def _within(one: ClaimFound, other: ClaimFound) -> bool:
    longer = other.end - other.start > one.end - one.start
    return longer and other.start <= one.start and one.end <= other.end
