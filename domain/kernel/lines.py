"""Texts that people write, as they may be kept: of how many characters, and of which."""

import re
import unicodedata
from collections.abc import Sequence

from domain.kernel.refusals import Invalid

# What has a meaning to machines and none to readers (C0, C1), the halves of a character, and the
# marks that turn the direction of what stands after them (Unicode's UAX 9).
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_REFUSED = f"\x00-\x1f\x7f-\x9f\ud800-\udfff{_DIRECTION}"
_IN_A_LINE = re.compile(f"[{_REFUSED}]")
_IN_PARAGRAPHS = re.compile(f"(?![\t\n\r])[{_REFUSED}]")
LONGEST_SHOWN = 60
_EDGES = " \t\r\n\u00a0\u3000"


def read_line(text: str, *, most: int, least: int = 0, field: Sequence[str] = ()) -> str:
    """A text of one line without blanks round it, such as a title or a name.

    Invalid, by the field, where it is too short or too long, where nothing of it can be seen
    though something must, or where it has a control character or a direction mark.
    """
    return _read(text, _IN_A_LINE, most=most, least=least, field=field)


def read_paragraphs(text: str, *, most: int, least: int = 0, field: Sequence[str] = ()) -> str:
    """A text of any number of lines, held to what a line is held to but for tabs and line ends."""
    return _read(text, _IN_PARAGRAPHS, most=most, least=least, field=field)


def shown(value: object) -> str:
    """A value as a message repeats it: what is long or strange is cut and escaped."""
    text = ascii(value) if isinstance(value, str) and _IN_A_LINE.search(value) else f"{value!r}"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _read(
    text: str, refused: re.Pattern[str], *, most: int, least: int, field: Sequence[str]
) -> str:
    text = text.strip(_EDGES)
    if len(text) > most:
        raise Invalid(f"shorten it to {most} characters.", field=field)
    if found := refused.search(text):
        raise Invalid(
            f"take out U+{ord(found.group()):04X}, character {found.start() + 1}: it is a control "
            "character or a mark that turns the direction of the text.",
            field=field,
        )
    if len(text) < least or (least and not any(map(_seen, text))):
        raise Invalid(f"write {least} to {most} characters.", field=field)
    return text


def _seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ"
