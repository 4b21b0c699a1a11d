"""The columns of a file: what they are called, in the code's words and in those of shops."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from domain.kernel.cells import is_invisible
from domain.kernel.refusals import Invalid

_SEPARATORS = re.compile(r"[\s_\-]+")
# How alike two names are for one to be taken for the other, misspelt; `price` and `price_fen` are.
ALIKE = 0.6
# So many characters of a name mean it where nothing is like it.
LEAST_BEGUN = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """What the columns of one kind of file are called.

    `names` has each with its Chinese names; `ids` are those that say of what a row tells, which
    every file has, and `parts` those that say of which part of it; `codes` hold codes, in which
    nothing invisible may stand.
    """

    names: Mapping[str, Sequence[str]]
    ids: tuple[str, ...]
    codes: frozenset[str]
    parts: frozenset[str] = frozenset()

    def find(self, header: str) -> str | None:
        """The column that a header means; case, width, spaces and dashes do not matter."""
        return _by_name(self).get(_folded(header))

    def meant(self, header: str) -> str | None:
        """The column that is called much like an unknown header, or more exactly, as 价格（分）."""
        names = _by_name(self)
        folded = _folded(header)[:100]
        close = get_close_matches(folded, names, n=1, cutoff=ALIKE)
        if not close and len(folded) >= LEAST_BEGUN:
            close = [name for name in names if name.startswith(folded)]
        return names[close[0]] if close else None

    def called(self, column: str) -> str:
        """A column for somebody to read: store_id (门店编号)."""
        others = self.names[column]
        return f"{column} ({others[0]})" if others else column


@cache
def _by_name(columns: Columns) -> dict[str, str]:
    return {
        _folded(name): column
        for column, others in columns.names.items()
        for name in (column, *others)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The columns that a file's header names, by their places, and what is odd about it."""

    columns: Mapping[int, str]
    width: int
    remarks: tuple[tuple[str, str], ...]


def known_in(header: Sequence[str], columns: Columns) -> int:
    """How many of a line's cells name known columns."""
    return sum(columns.find(cell) is not None for cell in header)


def read_header(file: str, line: int, cells: Sequence[str], columns: Columns) -> Header:
    """Find the columns of a header line.

    Refused is one that names no known column, names one twice, lacks one that says of what a row
    tells, or has nothing but those. Unknown columns are remarked upon.
    """
    found: dict[int, str] = {}
    remarks: list[tuple[str, str]] = []
    for place, cell in enumerate(cells):
        column = columns.find(cell)
        if column is None:
            if cell.strip():
                remarks.append((_short(cell), _unknown(cell, columns)))
        elif column in found.values():
            raise _refused(
                file,
                line,
                f"列「{column}」出现了两次，请删去一列。 {column} is named twice; keep one.",
            )
        else:
            found[place] = column
    if not found:
        raise _refused(
            file,
            line,
            "第一行没有可识别的列名（上面不能有标题行）。 line "
            f"{line} names no known column; the first line names columns such as "
            f"{', '.join(list(columns.names)[:4])}.",
        )
    missing = [columns.called(column) for column in columns.ids if column not in found.values()]
    told = " ".join(text for _, text in remarks)
    if missing:
        raise _refused(
            file,
            line,
            f"缺少列：{'、'.join(missing)}。 The file has no column {', '.join(missing)}. {told}",
        )
    naming = columns.parts.union(columns.ids)
    if naming.issuperset(found.values()) and not naming.issuperset(columns.names):
        raise _refused(
            file,
            line,
            "除了编号之外没有可识别的列，没有可导入的内容。 Nothing but codes is named: no column "
            f"is left that could change anything. {told}",
        )
    return Header(columns=found, width=len(cells), remarks=tuple(remarks))


def _unknown(cell: str, columns: Columns) -> str:
    meant = columns.meant(cell)
    if meant is None:
        return f"{_short(cell)} is not a column and was not read (未识别的列，已忽略)."
    return (
        f"{_short(cell)} is not a column; did you mean {columns.called(meant)}? It was not read "
        "(未识别的列，已忽略)."
    )


def _short(text: str) -> str:
    text = "".join(character for character in text.strip() if character.isprintable())
    return text if len(text) <= 40 else f"{text[:40]}…"


def _folded(name: str) -> str:
    visible = "".join(character for character in name[:200] if not is_invisible(character))
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", visible).casefold())


def _refused(file: str, line: int, message: str) -> Invalid:
    return Invalid(f"{file}:{line}: {message.strip()}", field=["file"])
