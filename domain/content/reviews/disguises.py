"""Text as it is meant to be read, whatever stands between its characters or in their place."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from domain.kernel.text import fold

SENTENCE_ENDS = "。！？；!?;…\n\r"
CLAUSE_ENDS = "，、：,:"
# Marks that mean something to a reader: a hundred per cent, and the title of a song.
KEPT = "%《》"
# No clause ends with these characters, so a mark after one of them hides something.
NO_CLAUSE_ENDS = "最第"
# More readings of letters than this are not tried.
MAX_READINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a text, and where in it each character of the reading comes from.

    A clause ends with a comma; other marks, blanks and emoji are left out, width, case, accents and
    traditional forms are folded.
    """

    characters: str
    starts: Sequence[int]
    ends: Sequence[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the reading stands in the text."""
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguises:
    """What else people write for a character: look-alikes, sound-alikes, syllables of pinyin."""

    look_alikes: Mapping[str, str] = field(default_factory=dict)
    sound_alikes: Mapping[str, str] = field(default_factory=dict)
    syllables: Mapping[str, Sequence[str]] = field(default_factory=dict)


def readings(text: str, disguises: Disguises) -> Iterator[Reading]:
    """Each sentence as it stands, then as it may be meant, every reading of it once.

    The work grows with the length of the text alone: every syllable has its first meaning in one
    reading, its next one in another; one leaves single letters out, one goes by the sound of
    characters.
    """
    for plain in _sentences(_plain(text, disguises.look_alikes)):
        told = set()
        for read in _meant(plain, disguises):
            if read.characters not in told:
                told.add(read.characters)
                yield read


def _meant(plain: Reading, disguises: Disguises) -> Iterator[Reading]:
    yield plain
    runs = list(_letter_runs(plain.characters))
    if runs:
        for nth in range(MAX_READINGS):
            yield _with_syllables(plain, runs, disguises.syllables, nth)
        yield _without(plain, [run for run in runs if run[1] - run[0] == 1])
    heard = [disguises.sound_alikes.get(one, one) for one in plain.characters]
    yield replace(plain, characters="".join(heard))


def _sentences(plain: Reading) -> Iterator[Reading]:
    at = 0
    for sentence in plain.characters.split("\n"):
        end = at + len(sentence)
        if sentence:
            yield Reading(characters=sentence, starts=plain.starts[at:end], ends=plain.ends[at:end])
        at = end + 1


def as_written(text: str) -> Reading:
    """The first reading alone, without look-alikes."""
    return _plain(text, {})


def _plain(text: str, look_alikes: Mapping[str, str]) -> Reading:
    characters: list[str] = []
    places: list[int] = []
    for i, character in enumerate(text):
        read = look_alikes.get(character) or _plain_character(character)
        if read in (",", "\n") and characters and characters[-1] in NO_CLAUSE_ENDS:
            continue
        for one in read:
            characters.append(look_alikes.get(one, one))
            places.append(i)
    return Reading(characters="".join(characters), starts=places, ends=[i + 1 for i in places])


@lru_cache(maxsize=50_000)
def _plain_character(character: str) -> str:
    if character in SENTENCE_ENDS:
        return "\n"
    if character in CLAUSE_ENDS:
        return ","
    if character in KEPT:
        return character
    plain = unicodedata.normalize("NFKC", character)
    if plain in KEPT:
        return plain
    bare = "".join(one for one in unicodedata.normalize("NFD", plain) if not _is_mark(one))
    return fold(bare).replace(" ", "")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _letter_runs(characters: str) -> Iterator[tuple[int, int]]:
    start = None
    for i, character in enumerate(characters + "\n"):
        if "a" <= character <= "z":
            start = i if start is None else start
        elif start is not None:
            yield start, i
            start = None


def _with_syllables(
    plain: Reading,
    runs: Sequence[tuple[int, int]],
    syllables: Mapping[str, Sequence[str]],
    nth: int,
) -> Reading:
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end in runs:
        parted = _syllables(plain.characters[start:end], syllables)
        if not parted:
            continue
        characters.extend(plain.characters[at:start])
        starts.extend(plain.starts[at:start])
        ends.extend(plain.ends[at:start])
        place = start
        for syllable in parted:
            meant = syllables[syllable]
            characters.append(meant[min(nth, len(meant) - 1)])
            starts.append(plain.starts[place])
            place += len(syllable)
            ends.append(plain.ends[place - 1])
        at = end
    characters.extend(plain.characters[at:])
    starts.extend(plain.starts[at:])
    ends.extend(plain.ends[at:])
    return Reading(characters="".join(characters), starts=starts, ends=ends)


def _syllables(run: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """A run of letters parted into known syllables, the longest first; empty if some are left."""
    parted: list[str] = []
    at = 0
    while at < len(run):
        lengths = range(min(6, len(run) - at), 0, -1)
        found = next((run[at : at + n] for n in lengths if run[at : at + n] in known), None)
        if found is None:
            return []
        parted.append(found)
        at += len(found)
    return parted


def _without(plain: Reading, runs: Sequence[tuple[int, int]]) -> Reading:
    left_out = {start for start, _ in runs}
    kept = [i for i in range(len(plain.characters)) if i not in left_out]
    return Reading(
        characters="".join(plain.characters[i] for i in kept),
        starts=[plain.starts[i] for i in kept],
        ends=[plain.ends[i] for i in kept],
    )
