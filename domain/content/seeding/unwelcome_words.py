"""Words that a text is not to have, where they stand as words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.content.reviews.disguises import as_written
from domain.content.seeding.content_check import ContentVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class UnwelcomeWord:
    """A word with what to make of a text that has it.

    It is none where a harmless word takes some of its characters: 现在 and 外套 leave no 套现 in
    羽绒外套现在穿.
    """

    word: str
    verdict: ContentVerdict
    harmless: tuple[str, ...] = ()


def verdict_on(text: str, words: Sequence[UnwelcomeWord]) -> ContentVerdict:
    """What the worst of its words makes of a text, however it is spaced or written."""
    read = as_written(text).characters
    found = {one.verdict for one in words if any(_standing(read, one))}
    for verdict in (ContentVerdict.RISKY, ContentVerdict.REVIEW):
        if verdict in found:
            return verdict
    return ContentVerdict.PASS


def _standing(read: str, unwelcome: UnwelcomeWord) -> Iterator[bool]:
    hits = [(at, at + len(unwelcome.word)) for at in _places(read, unwelcome.word)]
    if hits:
        others = [(at, at + len(one)) for one in unwelcome.harmless for at in _places(read, one)]
        for start, end in hits:
            yield not any(
                first < end and start < last and (first < start or end < last)
                for first, last in others
            )


def _places(read: str, word: str) -> Iterator[int]:
    at = read.find(word)
    while at >= 0:
        yield at
        at = read.find(word, at + 1)
