"""Rows of a file that a person or another system hands in: read, checked and reported on."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from domain.kernel.moments import read_moment
from domain.kernel.refusals import Invalid, Refusal, refuse_all

T = TypeVar("T")
K = TypeVar("K", bound=str)
E = TypeVar("E", bound=StrEnum)

MAX_ROWS = 50_000


class ImportMode(StrEnum):
    """What to do with the good rows of a file that has bad ones too."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    GOOD_ROWS = "GOOD_ROWS"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong with one row; `line` counts from 1, the header being line 1 of a CSV file."""

    file: str
    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        """file:line: column: message, as compilers write it."""
        where = f"{self.file}:{self.line}"
        return (
            f"{where}: {self.column}: {self.message}" if self.column else f"{where}: {self.message}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of a file."""

    rows: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a file, with getters that refuse what they can't read by the column's name."""

    file: str
    line: int
    cells: Mapping[str, Any] = field(repr=False)

    def optional(self, column: str) -> str | None:
        """The cell's text without space around it, or None where it is empty."""
        found = self.cells.get(column)
        if isinstance(found, dict | list | bool):
            raise Invalid("write a text or a number.", field=[column])
        return None if found is None else str(found).strip() or None

    def text(self, column: str, *, most: int = 200) -> str:
        """The cell's text; an empty one, or one of more than `most` characters, is refused."""
        found = self.optional(column)
        if found is None:
            raise Invalid("fill in this cell.", field=[column])
        if len(found) > most:
            raise Invalid(f"shorten it to {most} characters.", field=[column])
        return found

    def integer(self, column: str, *, low: int = 0, high: int = 2**31) -> int:
        """The cell as a whole number within bounds."""
        found = self.text(column)
        try:
            number = int(found)
        except ValueError:
            raise Invalid(f"{found!r} is not a whole number.", field=[column]) from None
        if not low <= number <= high:
            raise Invalid(f"{number} is not between {low} and {high}.", field=[column])
        return number

    def number(self, column: str) -> float:
        """The cell as a decimal number."""
        found = self.text(column)
        try:
            return float(found)
        except ValueError:
            raise Invalid(f"{found!r} is not a number.", field=[column]) from None

    def one_of(self, column: str, choices: type[E]) -> E:
        """The cell as a member of a closed set, upper or lower case."""
        found = self.text(column)
        try:
            return choices(found.upper())
        except ValueError:
            known = ", ".join(choices)
            raise Invalid(f"{found!r} is not one of {known}.", field=[column]) from None

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


def read_rows(file: str, data: bytes) -> tuple[list[Row], list[RowError]]:
    """Read a file of CSV with a header, or of JSON Lines where its name ends in .jsonl.

    A file that is not UTF-8, has no header or has too many rows is refused as a whole; a line that
    can't be read becomes an error of its own.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise Invalid(f"{file}:{line}: save the file as UTF-8.", field=["file"]) from None
    read = _json_lines if file.endswith(".jsonl") else _csv
    rows, errors = read(file, text)
    if len(rows) > MAX_ROWS:
        raise Invalid(f"{file} has more than {MAX_ROWS} rows; split it.", field=["file"])
    return rows, errors


def _csv(file: str, text: str) -> tuple[list[Row], list[RowError]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    errors: list[RowError] = []
    start = 2
    try:
        if not reader.fieldnames:
            raise Invalid(f"{file} is empty; its first line names the columns.", field=["file"])
        for cells in reader:
            if None in cells or None in cells.values():
                message = f"this row has not the header's {len(reader.fieldnames)} cells."
                errors.append(RowError(file=file, line=start, column=None, message=message))
            else:
                rows.append(Row(file=file, line=start, cells=cells))
            start = reader.line_num + 1
    except csv.Error as fault:
        raise Invalid(f"{file}:{reader.line_num}: not CSV: {fault}.", field=["file"]) from None
    return rows, errors


def _json_lines(file: str, text: str) -> tuple[list[Row], list[RowError]]:
    rows: list[Row] = []
    errors: list[RowError] = []
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            cells = json.loads(content)
        # Numbers of more digits than Python reads are ValueErrors too.
        except (ValueError, RecursionError):
            cells = None
        if isinstance(cells, dict):
            rows.append(Row(file=file, line=line, cells=cells))
        else:
            message = "this line is not a JSON object."
            errors.append(RowError(file=file, line=line, column=None, message=message))
    return rows, errors


def parse_rows(
    rows: Iterable[Row], parse: Callable[[Row], T], *, key: Callable[[T], str]
) -> tuple[list[T], list[RowError]]:
    """Turn rows into values, gathering what is wrong; the second row of one key is an error."""
    values: list[T] = []
    errors: list[RowError] = []
    seen: dict[str, int] = {}
    for row in rows:
        try:
            value = parse(row)
            first = seen.setdefault(key(value), row.line)
            if first != row.line:
                raise Invalid(f"{key(value)} is on line {first} already; keep one of them.")
            values.append(value)
        except Refusal as refusal:
            errors.extend(row.error(refusal))
    return values, errors


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


def read_values(
    file: str, data: bytes, parse: Callable[[Row], T], *, key: Callable[[T], K]
) -> tuple[dict[K, T], list[RowError]]:
    """Read a file with a value in each row, by the values' keys."""
    rows, unread = read_rows(file, data)
    values, refused = parse_rows(rows, parse, key=key)
    return {key(value): value for value in values}, [*unread, *refused]


def report(
    *, existing: Mapping[K, T], values: Mapping[K, T], errors: Sequence[RowError]
) -> ImportReport:
    """Count what writing the values over the existing ones of the same keys does."""
    created = sum(key not in existing for key in values)
    unchanged = sum(existing.get(key) == value for key, value in values.items())
    return ImportReport(
        rows=len(values) + len({(error.file, error.line) for error in errors}),
        created=created,
        changed=len(values) - created - unchanged,
        unchanged=unchanged,
        errors=tuple(errors),
    )


def plan_import(
    *,
    existing: Mapping[K, T],
    values: Mapping[K, T],
    errors: Sequence[RowError],
    mode: ImportMode,
) -> tuple[dict[K, T], ImportReport]:
    """Decide what an import writes, and report on it.

    Only what is new or different is written; nothing at all where one bad row is to stop the file.
    """
    counted = report(existing=existing, values=values, errors=errors)
    if errors and mode is ImportMode.ALL_OR_NOTHING:
        return {}, replace(counted, created=0, changed=0, unchanged=0)
    changes = {key: value for key, value in values.items() if existing.get(key) != value}
    return changes, counted
