"""Files of rows as grids of texts: CSV as it is found in the wild, and workbooks."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from domain.kernel.cells import is_invisible
from domain.kernel.columns import Columns, known_in
from domain.kernel.decoding import decoded
from domain.kernel.refusals import Invalid
from domain.kernel.workbooks import COMPOUND, ZIP, read_workbook

DELIMITERS = (",", "\t", ";")
# Of a text, on average, so that none is read for longer than its rows are worth.
MOST_BYTES_A_ROW = 512
MOST_LINES_A_ROW = 20
# In one physical line; more is no table that somebody keeps.
MOST_CELLS = 20_000
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DELIMITER_TOLD = re.compile(r"sep=([,;\t|])\s*", re.IGNORECASE)

Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A header and the records under it, none of them blank; lines count from 1 in the file."""

    line: int
    header: list[str]
    records: list[Record]


def is_json_lines(file: str) -> bool:
    """Whether a file says by its name that it is JSON Lines."""
    return file.casefold().endswith((".jsonl", ".ndjson"))


def read_grid(file: str, data: bytes, columns: Columns, *, most: int) -> Grid:
    """The grid of a file of CSV or of a workbook, which are told apart by what is in them.

    In a workbook the one sheet is taken whose first line names known columns. A file of more than
    `most` rows is refused.
    """
    if data.startswith(ZIP):
        records = _sheet(file, data, columns)
    elif data.startswith(COMPOUND) or data[:1024].lstrip()[:6].lower() in (b"<html>", b"<table"):
        _refuse(
            f"{file}: 这是旧版 .xls、带密码的工作簿或网页表格。请在 Excel 或 WPS 中"
            "「另存为 → .xlsx」后重新上传。 "
            "Save the file as .xlsx without a password and send it again."
        )
    else:
        require_bearable(file, data, most)
        records = _csv(file, decoded(file, data), columns)
    return _grid(file, records, most)


def require_bearable(file: str, data: bytes, most: int) -> None:
    """Refuse a text that is larger than so many rows are, before anything of it is read."""
    lines = data.count(b"\n") + data.count(b"\r")
    if len(data) > most * MOST_BYTES_A_ROW or lines > most * MOST_LINES_A_ROW:
        _refuse(f"{file} 过大，请拆分后上传。 {file} is too large for {most} rows; split it.")


def _grid(file: str, records: Iterator[Record], most: int) -> Grid:
    header: Record | None = None
    kept: list[Record] = []
    for line, cells in records:
        if is_blank(cells):
            continue
        if header is None:
            header = (line, cells)
            continue
        kept.append((line, cells))
        if len(kept) > most:
            _refuse(
                f"{file} 超过 {most} 行，请拆分后上传。 {file} has more than {most} rows; split it."
            )
    if header is None:
        _refuse(f"{file} 是空的。 {file} is empty; its first line names the columns.")
    return Grid(line=header[0], header=header[1], records=kept)


def is_blank(cells: Sequence[str]) -> bool:
    """Whether nothing in these cells can be seen."""
    return all(not cell or all(map(_unseen, cell)) for cell in cells)


def _unseen(character: str) -> bool:
    return character.isspace() or is_invisible(character)


def _sheet(file: str, data: bytes, columns: Columns) -> Iterator[Record]:
    found: list[tuple[str, Record, Iterator[Record]]] = []
    for sheet in read_workbook(file, data):
        first = next((one for one in sheet.rows if not is_blank(one[1])), None)
        if first is not None:
            found.append((sheet.name, first, sheet.rows))
    known = [one for one in found if known_in(one[1][1], columns)]
    if len(known) > 1:
        names = "、".join(name for name, _, _ in known)
        _refuse(
            f"{file}: 有多个工作表都像是要导入的数据（{names}），请只保留一个后重新上传。 "
            f"Several sheets name known columns ({names}); keep one of them."
        )
    for _, first, rest in known or found[:1]:
        yield first
        yield from rest


def _csv(file: str, text: str, columns: Columns) -> Iterator[Record]:
    lines = _Lines(file, text)
    delimiter = _delimiter(text, columns)
    skipped = 1 if _DELIMITER_TOLD.fullmatch(_first_line(text)) else 0
    reader = csv.reader(lines.after(skipped), delimiter=delimiter, strict=True)
    start = 1 + skipped
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1 + skipped
    except csv.Error as fault:
        _refuse(
            f"{file}:{start}: 这一行不是有效的 CSV（引号没有成对，或单元格过长）。 "
            f"From this line on it is not CSV: {fault}."
        )


@dataclass(frozen=True, slots=True)
class _Lines:
    """The physical lines of a text, with their ends, none of them too full."""

    file: str
    text: str

    def after(self, skipped: int) -> Iterator[str]:
        """The lines after the first few."""
        for number, found in enumerate(_LINE.finditer(self.text), start=1):
            line = found[0]
            if max(map(line.count, DELIMITERS)) > MOST_CELLS:
                _refuse(
                    f"{self.file}:{number}: 这一行的列太多。 This line has more than {MOST_CELLS} "
                    "cells."
                )
            if number > skipped:
                yield line


def _first_line(text: str) -> str:
    found = _LINE.search(text)
    return found[0].rstrip("\r\n") if found else ""


def _delimiter(text: str, columns: Columns) -> str:
    """What a file says itself, else what its first line names most known columns by."""
    told = _DELIMITER_TOLD.fullmatch(_first_line(text))
    if told:
        return told[1]
    first = next((one[0] for one in _LINE.finditer(text) if one[0].strip()), "")
    return max(DELIMITERS, key=lambda one: known_in(_split(first, one), columns))


def _split(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line[:20_000].split(delimiter)]


def _refuse(message: str) -> NoReturn:
    raise Invalid(message, field=["file"])
