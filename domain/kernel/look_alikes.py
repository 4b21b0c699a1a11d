"""Codes of a file that are new, and look like ones that are there."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from domain.kernel.import_reports import RowError
from domain.kernel.tables import Row

K = TypeVar("K", bound=str)

# No code of digits is longer with the zeros before it.
LONGEST_PADDED = 8
# Letters that are typed and read for digits.
_ALIKE = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1"})


def padded(code: str) -> list[str]:
    """What a code of digits alone may have been before a spreadsheet ate the zeros before it."""
    if not (code.isascii() and code.isdecimal()):
        return []
    return [code.zfill(length) for length in range(len(code) + 1, LONGEST_PADDED + 1)]


def look_alikes(
    rows: Mapping[K, Row], existing: Iterable[K], *, column: str, what: str
) -> list[RowError]:
    """Remarks on new codes that look like a known one: 12 beside 0012, 1OOO1 beside 10001."""
    there = set(existing)
    alike = {_looks(code): code for code in there}
    return [
        row.remark(column, f"new {what} {code}; there is a {known}{_why(code, known)}")
        for code, row in rows.items()
        if code not in there and (known := alike.get(_looks(code))) is not None
    ]


def _looks(code: str) -> str:
    return code.translate(_ALIKE).casefold().lstrip("0")


def _why(code: str, known: str) -> str:
    if code.lstrip("0") == known.lstrip("0"):
        return ": has a spreadsheet eaten the zeros? (Excel 可能去掉了前面的 0)"
    return ", which looks the same: is it meant? (请核对易混的 O/0、I/l/1 和大小写)"
