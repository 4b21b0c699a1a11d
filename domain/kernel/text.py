"""Text as people type it, made comparable."""

import unicodedata
from functools import lru_cache

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

_TO_SIMPLIFIED = OpenCC("t2s")


def normalise(text: str) -> str:
    """Fold width, case and white space: ＡＢＣ　ｄ becomes "abc d"."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def fold(text: str) -> str:
    """Fold width, case and traditional forms; what is no letter or digit becomes one space.

    Every character is folded by itself, never by its neighbours, so that a part of a text folds to
    a part of the folded text.
    """
    return " ".join("".join(map(_folded, normalise(text))).split())


def initials(text: str) -> str:
    """The first letters of a text's pinyin, such as `yrf` of 羽绒服; other letters as they are."""
    return "".join(fold("".join(lazy_pinyin(text, style=Style.FIRST_LETTER))).split())


@lru_cache(maxsize=50_000)
def _folded(character: str) -> str:
    simplified: str = _TO_SIMPLIFIED.convert(character)
    return simplified if simplified.isalnum() else " "
