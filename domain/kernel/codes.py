"""The codes by which a brand names its stores, guides, products, SKUs, posts and the like.

All of them have one alphabet: 1 to 40 Latin letters, digits, dots, hyphens and underlines, the
first of them a letter or a digit. Upper and lower case are two things. What a keyboard for Chinese
makes wide is taken as it is meant (`Ｓ１` is `S1`), and what can't be seen is dropped at the edges;
inside a code it is refused by its name, so that no two codes look alike and differ.
"""

import re
import unicodedata
from collections.abc import Sequence

from domain.kernel.refusals import Invalid

LONGEST_CODE = 40
_CODE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_CODE - 1}}}")
# Full-width ASCII, from ！ to ～, as the same at its usual width.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def read_code(text: str, field: Sequence[str] = ()) -> str:
    """A code as it is kept; Invalid, by the field, where it is none."""
    code = plain_id(text)
    if not code:
        raise Invalid("fill this in.", field=field)
    if hidden := hidden_in(code):
        raise Invalid(f"{hidden}; type the code anew.", field=field)
    if not _CODE.fullmatch(code):
        shown = code[:LONGEST_CODE]
        raise Invalid(
            f"{shown!r} can't be a code; write 1 to {LONGEST_CODE} of A-Z, a-z, 0-9, dot, hyphen "
            "and underline, the first a letter or a digit.",
            field=field,
        )
    return code


def plain_id(text: str) -> str:
    """A text that names something, at its usual width, without what can't be seen at its edges."""
    first, last = 0, len(text)
    while first < last and _unseen(text[first]):
        first += 1
    while last > first and _unseen(text[last - 1]):
        last -= 1
    return text[first:last].translate(_NARROW)


def hidden_in(text: str) -> str | None:
    """What can't be seen in a text that names something, in words; None where nothing is."""
    for place, character in enumerate(text):
        if character != " " and _unseen(character):
            return f"it has the invisible character U+{ord(character):04X} at {place}"
    return None


def _unseen(character: str) -> bool:
    return unicodedata.category(character)[0] in "CZ"
