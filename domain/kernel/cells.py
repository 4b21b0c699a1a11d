"""Cells of a file as people and spreadsheets write them, and what is meant by them."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

# Written into a cell, it empties what is there; a blank cell leaves it as it is.
CLEARED = "清空"
# Longer than any number that is meant.
MOST_DIGITS = 40

# These have no look of their own, though Unicode counts them as letters or symbols.
_BLANK_LETTERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"
# Inside a text they join what stands beside them: parts of an emoji, letters of some scripts.
_JOINERS = "\u200c\u200d"
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?")
_POWER_OF_TEN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?[Ee][+-]?[0-9]+")
# What spreadsheets make of a code such as 10001-05: 10001-May, 5-May, 5月1日, 1900/5/1.
_AS_DATE = re.compile(
    r"[0-9]+-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|[0-9]+月[0-9]+日|[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}(?:[T ][0-9:]+)?",
    re.IGNORECASE,
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# A cell that begins so is a formula to one spreadsheet or another.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_KEPT_AS_TEXT = re.compile(r"'(?='*[=+\-@\t\r\n＝＋－＠]|'*[0-9]+\Z)")
_QUOTED = re.compile(r'="([^"]*)"')


def is_invisible(character: str) -> bool:
    """Whether a character can't be seen and is no space, line break or tab."""
    if character in _BLANK_LETTERS:
        return True
    return unicodedata.category(character) in ("Cc", "Cf") and character not in "\t\n\r"


def named(character: str) -> str:
    """A character as its number in Unicode, U+200B."""
    return f"U+{ord(character):04X}"


def unquoted(text: str) -> str:
    """A cell without what spreadsheets keep a text a text by: `="0012"`, `'0012`."""
    bare = text.strip()
    if not bare.startswith(("'", "=")):
        return text
    quoted = _QUOTED.fullmatch(bare)
    if quoted:
        return quoted[1]
    kept = next((one for one in (text, bare) if _KEPT_AS_TEXT.match(one)), None)
    return kept[1:] if kept else text


def cleaned(text: str, *, code: bool) -> tuple[str, list[str]]:
    """A cell's text as it is meant, and the invisible characters that were dropped for it.

    Spaces and invisible characters are dropped at the edges; inside a text invisible ones too,
    except those that join an emoji; inside a code they are kept, for whoever reads it to refuse.
    """
    if text.isprintable():
        return text.strip(), []
    return _visible(text, code=code)


def _visible(text: str, *, code: bool) -> tuple[str, list[str]]:
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or is_invisible(text[start])):
        start += 1
    while end > start and (text[end - 1].isspace() or is_invisible(text[end - 1])):
        end -= 1
    inside = text[start:end]
    gone = [one for one in text[:start] + text[end:] if is_invisible(one)]
    if not code:
        gone += [one for one in inside if is_invisible(one) and not _joins(one)]
        inside = "".join(one for one in inside if not is_invisible(one) or _joins(one))
    return inside, list(dict.fromkeys(map(named, gone)))


def _joins(character: str) -> bool:
    return character in _JOINERS or 0xE0020 <= ord(character) <= 0xE007F


def folded_width(text: str) -> str:
    """Full-width digits, letters and signs as plain ones."""
    return text.translate(_FULL_WIDTH)


def plain_number(text: str) -> str | None:
    """A number without its thousands' commas, as `int` or `float` reads it; None for another text.

    Digits are those of ASCII and their full-width forms; commas stand before each three digits, or
    nowhere.
    """
    text = folded_width(text)
    if len(text) > MOST_DIGITS or not _NUMBER.fullmatch(text):
        return None
    return text.replace(",", "")


def spoilt(text: str) -> str | None:
    """What a spreadsheet did to a code or a number, or None."""
    text = folded_width(text)
    if _POWER_OF_TEN.fullmatch(text):
        return (
            f"a spreadsheet wrote this as a power of ten, {text}, and its digits are lost; format "
            "the column as text and write all of them (请把该列设为文本后重新填写)."
        )
    if _AS_DATE.fullmatch(text):
        return (
            f"a spreadsheet made a date of this, {text}; format the column as text and write the "
            "code again (请把该列设为文本后重新填写)."
        )
    return None


def as_written(value: Any) -> Any:
    """A cell of an export, such that no spreadsheet takes a text for a formula.

    `unquoted` takes off again what is put before it.
    """
    if isinstance(value, str) and (_FORMULA.match(value) or re.fullmatch(r"'+[0-9]+", value)):
        return f"'{value}"
    return value


def as_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table for a spreadsheet, comma-separated under the names of its columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(as_written, row) for row in rows)
    return text.getvalue()
