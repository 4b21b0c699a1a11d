"""Text as people type it, made comparable."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from opencc import OpenCC

_TO_SIMPLIFIED = OpenCC("t2s")


def normalise(text: str) -> str:
    """Fold width, case and white space: ＡＢＣ　ｄ becomes "abc d"."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def fold(text: str) -> str:
    """Fold width, case, accents and traditional forms; marks and blanks become one space.

    The percent sign alone stays, since it is looked for. Every character is folded by itself, never
    by its neighbours, so that a part of a text folds to a part of the folded text.
    """
    return " ".join("".join(map(_folded, normalise(text))).split())


def findable(text: str) -> str:
    """A text folded, with each word that marks part, such as GORE-TEX, as one word after it.

    What `terms` gives of any part of the text stands in it. A mark or blank is a border between
    Chinese characters and between digits; nothing is found across it.
    """
    return " ".join((fold(text), *_joined(normalise(text))))


def terms(query: str) -> tuple[str, ...]:
    """The folded words of a query, each to be found somewhere; the longest first.

    None for what has neither letter nor digit, which finds nothing. Nothing in it is an operator.
    """
    return tuple(sorted(set(fold(query).split()), key=lambda term: (-len(term), term)))


# A brand's names and categories are looked through again with each letter that somebody types.
@lru_cache(maxsize=20_000)
def initials(text: str) -> str:
    """The first letters of a text's pinyin, such as `yrf` of 羽绒服; other letters as they are."""
    # Its dictionaries take a third of a second, which a process that finds nothing need not spend.
    from pypinyin import Style, lazy_pinyin

    return "".join(fold("".join(lazy_pinyin(text, style=Style.FIRST_LETTER))).split())


# Marks that hold a word together: GORE-TEX, Levi's, A.P.C., H&M. That of a number does not: 1.5.
_JOINTS = "-\N{HYPHEN}\N{EN DASH}'\N{RIGHT SINGLE QUOTATION MARK}./&·_+"
_JOINT = re.compile(f"[{re.escape(_JOINTS)}]")
_RUN = re.compile(f"[a-z0-9{re.escape(_JOINTS)}]+")
_IN_A_NUMBER = re.compile(f"(?<=[0-9])[{re.escape(_JOINTS)}](?=[0-9])")


def _joined(normal: str) -> Iterator[str]:
    """Words of Latin letters and digits that have marks in them, without the marks."""
    for run in _RUN.findall("".join(map(_plain, normal))):
        for word in _IN_A_NUMBER.split(run):
            if _JOINT.search(word.strip(_JOINTS)):
                yield _JOINT.sub("", word)


@lru_cache(maxsize=50_000)
def _folded(character: str) -> str:
    plain = _plain(character)
    simplified: str = _TO_SIMPLIFIED.convert(plain)
    return simplified if plain in ("", "%") or simplified.isalnum() else " "


@lru_cache(maxsize=50_000)
def _plain(character: str) -> str:
    """A character without its accents; nothing for an accent alone and for what can't be seen.

    Accents are those of Latin, Greek and Cyrillic, U+0300 to U+036F: what other scripts write above
    a letter makes it another one.
    """
    parts = unicodedata.normalize("NFD", character)
    kept = "".join(one for one in parts if not "\u0300" <= one <= "\u036f")
    return "" if unicodedata.category(character) == "Cf" else unicodedata.normalize("NFC", kept)
