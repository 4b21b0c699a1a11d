"""Rows of a file that a person or another system hands in: read, checked and reported on."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from domain.kernel.cells import (
    CLEARED,
    cleaned,
    plain_number,
    spoilt,
    unquoted,
)
from domain.kernel.choices import C, read_choice
from domain.kernel.codes import LONGEST_CODE, hidden_in, plain_id, read_code
from domain.kernel.columns import Columns, read_header
from domain.kernel.decoding import decoded
from domain.kernel.grids import is_json_lines, read_grid, require_bearable
from domain.kernel.import_reports import RowError
from domain.kernel.moments import read_moment
from domain.kernel.refusals import Invalid, Refusal, refuse_all

T = TypeVar("T")
K = TypeVar("K", bound=str)

MAX_ROWS = 50_000
# Of JSON Lines, in characters: nothing else runs while one is read.
LONGEST_LINE = 2**20
# A row that begins so sums up those above it.
_SUMS = frozenset({"合计", "总计", "小计", "汇总", "total", "subtotal", "grand total", "sum"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a file, with getters that refuse what they can't read by the column's name."""

    file: str
    line: int
    cells: Mapping[str, Any] = field(repr=False)

    def says(self, column: str) -> bool:
        """Whether something stands in the cell; a blank one leaves what is there as it is."""
        return self.cells.get(column) not in (None, "", [], {})

    def optional(self, column: str) -> str | None:
        """The cell's text, or None where it is blank or says that it is to be emptied."""
        found = self.cells.get(column)
        if isinstance(found, dict | list | bool):
            raise Invalid("write a text or a number.", field=[column])
        text = "" if found is None else str(found)
        return None if text in ("", CLEARED) else text

    def text(self, column: str, *, most: int = 200) -> str:
        """The cell's text; an empty one, or one of more than `most` characters, is refused."""
        found = self.optional(column)
        if found is None:
            raise Invalid("fill in this cell.", field=[column])
        if len(found) > most:
            raise Invalid(f"shorten it to {most} characters.", field=[column])
        return found

    def id(self, column: str, *, most: int = LONGEST_CODE) -> str:
        """The cell as a text that names something; full-width characters become plain ones.

        Refused is what a spreadsheet has made of it, and what can't be seen inside of it.
        """
        if not self.optional(column):
            raise Invalid(
                "fill in this cell; where cells were merged, write it in every row "
                "(合并的单元格请在每一行都填写).",
                field=[column],
            )
        found = plain_id(self.text(column, most=most))
        if fault := hidden_in(found):
            raise Invalid(f"{fault}; type it anew (有不可见字符，请重新输入).", field=[column])
        if fault := spoilt(found):
            raise Invalid(fault, field=[column])
        return found

    def code(self, column: str) -> str:
        """The cell as a code of the brand's own."""
        return read_code(self.id(column), [column])

    def integer(self, column: str, *, low: int = 0, high: int = 2**31) -> int:
        """The cell as a whole number within bounds; 12.0 and 1,000 are whole numbers."""
        found = self.text(column)
        plain = plain_number(found)
        whole, _, part = (plain or "").partition(".")
        if plain is None or part.strip("0"):
            fault = spoilt(found) if plain is None else None
            raise Invalid(fault or f"{found!r} is not a whole number.", field=[column])
        number = int(whole)
        if not low <= number <= high:
            raise Invalid(f"{number} is not between {low} and {high}.", field=[column])
        return number

    def units(self, column: str, *, high: int) -> int:
        """The cell as a number of units; fewer than none are none, as tills may owe some."""
        return max(0, self.integer(column, low=-high, high=high))

    def number(self, column: str) -> float:
        """The cell as a decimal number."""
        found = self.text(column)
        plain = plain_number(found)
        if plain is None:
            raise Invalid(spoilt(found) or f"{found!r} is not a number.", field=[column])
        return float(plain)

    def one_of(self, column: str, choices: type[C]) -> C:
        """The cell as a member of a closed set, by its value or one of its Chinese names."""
        return read_choice(self.text(column), choices, [column])

    def some_of(self, column: str, choices: type[C], separator: str = ";") -> frozenset[C]:
        """The cell as members of a closed set."""
        return frozenset(
            read_choice(name, choices, [column]) for name in self.items(column, separator)
        )

    def moment(self, column: str) -> datetime | None:
        """The cell as a moment in ISO 8601 with its offset, or None where it is empty."""
        found = self.optional(column)
        if found is None:
            return None
        return read_moment(found, [column])

    def items(self, column: str, separator: str = ";") -> tuple[str, ...]:
        """The cell as a list of texts, given as one or separated; empty ones are left out."""
        found = self.cells.get(column)
        if isinstance(found, list):
            parts = [str(part) for part in found]
            if any(separator in part for part in parts):
                raise Invalid(f"write the texts without {separator!r}.", field=[column])
        else:
            parts = (self.optional(column) or "").split(separator)
        return tuple(part.strip() for part in parts if part.strip())

    def pairs(self, column: str) -> dict[str, str]:
        """The cell as names with values: an object, or `name=value;name=value`."""
        found = self.cells.get(column)
        if isinstance(found, dict):
            if any(isinstance(value, dict | list | bool | None) for value in found.values()):
                raise Invalid("give each name one text or number.", field=[column])
            found = [f"{name}={value}" for name, value in found.items()]
        parts = [part.partition("=") for part in replace(self, cells={column: found}).items(column)]
        if not all(name.strip() and value.strip() for name, _, value in parts):
            raise Invalid("write name=value;name=value.", field=[column])
        return {name.strip(): value.strip() for name, _, value in parts}

    def remark(self, column: str | None, message: str) -> RowError:
        """Something to be said of this row, which may be taken all the same."""
        return RowError(file=self.file, line=self.line, column=column, message=message)

    def error(self, refusal: Refusal) -> list[RowError]:
        """What a refusal says of this row."""
        return [
            RowError(
                file=self.file,
                line=self.line,
                column=".".join(part.field) or None,
                message=part.message,
            )
            for part in refusal.parts()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file's rows, the lines of it that are none, and what was put right in reading it."""

    rows: Sequence[Row]
    errors: Sequence[RowError]
    warnings: Sequence[RowError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed(Generic[K, T]):
    """What a file's rows say, by key, with the row of each, and the rows that can't be taken."""

    values: Mapping[K, T]
    rows: Mapping[K, Row]
    errors: Sequence[RowError]


def read_table(file: str, data: bytes, columns: Columns) -> Table:
    """Read a workbook, a file of CSV with a header, or JSON Lines where its name ends in .jsonl.

    A file that can't be read for sure, names no known column or has too many rows is refused as a
    whole; a line that can't be read becomes an error of its own.
    """
    if is_json_lines(file):
        require_bearable(file, data, MAX_ROWS)
        return _json_lines(file, decoded(file, data), columns)
    return _grid(file, data, columns)


def _grid(file: str, data: bytes, columns: Columns) -> Table:
    grid = read_grid(file, data, columns, most=MAX_ROWS)
    header = read_header(file, grid.line, grid.header, columns)

    def remark(line: int, column: str | None, message: str) -> RowError:
        return RowError(file=file, line=line, column=column, message=message)

    rows: list[Row] = []
    errors: list[RowError] = []
    warnings = [remark(grid.line, column, text) for column, text in header.remarks]
    for line, cells in grid.records:
        if [cells[0].lstrip("\ufeff"), *cells[1:]] == grid.header:
            warnings.append(remark(line, None, "the header stands here once more; it is no row."))
        elif len(cells) < header.width or any(cells[header.width :]):
            errors.append(
                remark(line, None, f"this row has not the header's {header.width} cells.")
            )
        elif (first := next(filter(None, map(str.strip, cells)))).casefold() in _SUMS:
            message = f"this row begins with {first} and sums up others; delete it (请删去合计行)."
            errors.append(remark(line, None, message))
        else:
            found = {column: unquoted(cells[place]) for place, column in header.columns.items()}
            row, told = _clean_row(Row(file=file, line=line, cells=found), columns)
            rows.append(row)
            warnings += told
    return Table(rows=rows, errors=errors, warnings=warnings)


def _clean_row(row: Row, columns: Columns) -> tuple[Row, list[RowError]]:
    """A row without what can't be seen, and what that was."""
    cells: dict[str, Any] = {}
    warnings: list[RowError] = []
    for column, cell in row.cells.items():
        cells[column], dropped = _clean_cell(cell, code=column in columns.codes)
        if dropped:
            names = ", ".join(dropped)
            message = f"invisible characters were dropped: {names} (已去除不可见字符)."
            warnings.append(row.remark(column, message))
    return replace(row, cells=cells), warnings


def _clean_cell(cell: Any, *, code: bool) -> tuple[Any, list[str]]:
    if isinstance(cell, str):
        return cleaned(cell, code=code)
    if isinstance(cell, float) and cell.is_integer():
        return format(cell, ".15g"), []
    if isinstance(cell, list):
        parts = [_clean_cell(part, code=code) for part in cell]
        return [part for part, _ in parts], [name for _, names in parts for name in names]
    if isinstance(cell, dict):
        named_parts = {name: _clean_cell(part, code=code) for name, part in cell.items()}
        told = [name for _, names in named_parts.values() for name in names]
        return {name: part for name, (part, _) in named_parts.items()}, told
    return cell, []


def _json_lines(file: str, text: str, columns: Columns) -> Table:
    rows: list[Row] = []
    errors: list[RowError] = []
    warnings: list[RowError] = []
    unknown: set[str] = set()
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        if len(rows) + len(errors) >= MAX_ROWS:
            raise Invalid(
                f"{file} 超过 {MAX_ROWS} 行，请拆分后上传。 "
                f"{file} has more than {MAX_ROWS} rows; split it.",
                field=["file"],
            )
        try:
            cells = _object(content)
            named_cells = {columns.find(name) or name: cell for name, cell in cells.items()}
            if len(named_cells) < len(cells):
                raise _NotARow("names one column twice")
        except _NotARow as fault:
            message = f"this line {fault}."
            errors.append(RowError(file=file, line=line, column=None, message=message))
            continue
        row, told = _clean_row(Row(file=file, line=line, cells=named_cells), columns)
        rows.append(row)
        warnings += told
        for name in named_cells.keys() - columns.names.keys() - unknown:
            unknown.add(name)
            meant = columns.meant(name)
            instead = f"; did you mean {meant}?" if meant else "."
            warnings.append(row.remark(name[:40], f"{name[:40]} is not a column{instead}"))
    return Table(rows=rows, errors=errors, warnings=warnings)


class _NotARow(Exception):
    """What a line is, or has, that a row is not and has not."""


def _object(content: str) -> dict[str, Any]:
    """The object of a line."""
    if len(content) > LONGEST_LINE:
        raise _NotARow(f"is longer than {LONGEST_LINE} characters; shorten it")
    try:
        cells = json.loads(content, object_pairs_hook=_once)
        if "\\u" in content:
            json.dumps(cells, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _NotARow("has half of a character; write it anew") from None
    except (ValueError, RecursionError):
        raise _NotARow("is not a JSON object, or has a number without end") from None
    if not isinstance(cells, dict):
        raise _NotARow("is not a JSON object")
    return cells


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotARow("names one thing twice")
    return found


def parse_rows(
    rows: Iterable[Row], parse: Callable[[Row], T], *, key: Callable[[T], K]
) -> Parsed[K, T]:
    """Turn rows into values, gathering what is wrong; the second row of one key is an error."""
    values: dict[K, T] = {}
    errors: list[RowError] = []
    read: dict[K, Row] = {}
    for row in rows:
        try:
            value = parse(row)
            first = read.setdefault(key(value), row)
            if first is not row:
                raise Invalid(f"{key(value)} is on line {first.line} already; keep one of them.")
            values[key(value)] = value
        except Refusal as refusal:
            errors.extend(row.error(refusal))
    return Parsed(values=values, rows=read, errors=errors)


def read_all(readers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Read every field of a row, so that all that is wrong with it is told at once."""
    fields: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for name, read in readers.items():
        try:
            fields[name] = read()
        except Refusal as refusal:
            refusals += refusal.parts()
    refuse_all(refusals)
    return fields
