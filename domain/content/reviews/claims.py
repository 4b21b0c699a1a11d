"""Claims that advertising may not make, found in a text however they are written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.content.reviews.disguises import Disguises, Reading, readings
from domain.kernel.refusals import Invalid

# No further from a hit than this many characters is looked for what its sentence speaks of.
NEAR = 80
# A sentence with no more than this beside a hit is a caption of what it stands on.
ALONE = 3


class ClaimClass(StrEnum):
    """What kind of claim it is."""

    SUPERLATIVE = "superlative"
    RANK = "rank"
    ABSOLUTE = "absolute"
    NATIONAL = "national"
    MEDICAL = "medical"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPattern:
    """A way to make a claim, with the rule that says so.

    One that is blocking bars an approval; about others people decide. Its sentence must speak of
    `said_of`, if that is given. Where one of the `unless` covers its end it claims nothing.
    """

    kind: ClaimClass
    pattern: re.Pattern[str]
    said_of: re.Pattern[str] | None
    blocking: bool
    unless: tuple[re.Pattern[str], ...]
    advice: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """The patterns of claims, by class what is innocent, and what people write to hide them."""

    patterns: Sequence[ClaimPattern]
    innocent: Mapping[ClaimClass, Sequence[re.Pattern[str]]]
    disguises: Disguises

    def refused(self, text: str, field: Sequence[str]) -> Iterator[Invalid]:
        """The blocking claims in a text that nobody reviews before it is shown."""
        for one in find_claims(text, self):
            if one.claim.blocking:
                yield Invalid(f"{one.told(text)} {one.claim.advice}", field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFound:
    """A claim in a text, from one character of it up to another."""

    claim: ClaimPattern
    start: int
    end: int

    def told(self, text: str) -> str:
        """What is wrong, in a sentence."""
        how = "not make" if self.claim.blocking else "make with proof alone"
        return f"“{text[self.start : self.end]}” is a claim that advertising may {how}."


def compiled(pattern: str, words: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern with `{name}` standing for one of the words of that name.

    Raises Invalid for a repetition without a bound, so that no text makes the search slow.
    """

    def words_of(name: re.Match[str]) -> str:
        if name.group(1) not in words:
            raise Invalid(f"No words are called {name.group(1)}.")
        return f"(?:{words[name.group(1)]})"

    whole = re.sub(r"\{([a-z_]+)\}", words_of, pattern)
    if re.search(r"[*+]|\{\d*,\}", whole):
        raise Invalid(
            f"The pattern {pattern} repeats without a bound; write how often, as {{0,4}}."
        )
    return re.compile(whole)


def find_claims(text: str, rules: ClaimRules) -> list[ClaimFound]:
    """Every claim in a text, in order; of those that overlap the blocking one, then the longest.

    Width, case, traditional forms, look-alikes, pinyin, blanks, emoji and marks between the
    characters make no difference. Takes time in proportion to the length of the text.
    """
    found: list[ClaimFound] = []
    for reading in readings(text, rules.disguises):
        found.extend(_claims_read(reading, rules))
    told: list[ClaimFound] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda x: (not x.claim.blocking, x.start - x.end, x.start)):
        places = range(one.start, one.end)
        if taken.isdisjoint(places):
            taken.update(places)
            told.append(one)
    return sorted(told, key=lambda one: one.start)


def _claims_read(reading: Reading, rules: ClaimRules) -> Iterator[ClaimFound]:
    sentence = reading.characters
    innocent: dict[ClaimClass, set[int]] = {}
    for claim in rules.patterns:
        hits = [hit.span() for hit in claim.pattern.finditer(sentence)]
        if not hits:
            continue
        if claim.kind not in innocent:
            innocent[claim.kind] = _covered(rules.innocent.get(claim.kind, ()), sentence)
        harmless = innocent[claim.kind] | _covered(claim.unless, sentence)
        for start, end in hits:
            if end not in harmless and _speaks_of(claim.said_of, sentence, start, end):
                first, last = reading.place(start, end)
                yield ClaimFound(claim=claim, start=first, end=last)


def _covered(patterns: Sequence[re.Pattern[str]], sentence: str) -> set[int]:
    """Where a hit may end without being a claim: within a match of one of the patterns."""
    spans = (hit.span() for one in patterns for hit in one.finditer(sentence))
    return {end for first, last in spans for end in range(first + 1, last + 1)}


def _speaks_of(goods: re.Pattern[str] | None, sentence: str, start: int, end: int) -> bool:
    """Whether the sentence round a hit speaks of the goods; what stands alone is said of them."""
    alone = len(sentence) - (end - start) <= ALONE
    return goods is None or alone or bool(goods.search(sentence, max(0, start - NEAR), end + NEAR))
