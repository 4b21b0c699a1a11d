"""Cutting a file into parts that can be sent one by one, without losing count of its lines."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a file that can be read by itself; `first_line` is where it begins in the file."""

    text: str
    rows: int
    first_line: int
    header_lines: int

    def line_in_file(self, line: int) -> int:
        """Where a line of this part is in the whole file; its header is the file's."""
        if line <= self.header_lines:
            return line
        return line - self.header_lines + self.first_line - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One record with its own line breaks, and the line that it begins on."""

    text: str
    line: int
    key: str


def parts_of(name: str, text: str, most_rows: int) -> Iterator[Part]:
    """Cut CSV, or JSON Lines where the name ends in .jsonl, into parts of about so many rows.

    Rows of CSV that follow each other with the same first cell, or with an empty one, stay
    together: they tell of one thing.
    """
    if name.endswith(".jsonl"):
        records = [
            _Record(text=line, line=number, key=str(number))
            for number, line in enumerate(text.splitlines(keepends=True), start=1)
        ]
        yield from _parts(records, "", 0, most_rows)
        return
    lines = list(io.StringIO(text, newline=""))
    records = list(_csv_records(lines))
    header_lines = records[1].line - 1 if len(records) > 1 else len(lines)
    yield from _parts(records[1:], "".join(lines[:header_lines]), header_lines, most_rows)


def _csv_records(lines: list[str]) -> Iterator[_Record]:
    reader = csv.reader(lines)
    start, key = 0, ""
    for cells in reader:
        key = (cells[0] if cells else "") or key
        yield _Record(text="".join(lines[start : reader.line_num]), line=start + 1, key=key)
        start = reader.line_num


def _parts(
    records: list[_Record], header: str, header_lines: int, most_rows: int
) -> Iterator[Part]:
    waiting: list[_Record] = []

    def part() -> Part:
        return Part(
            text=header + "".join(record.text for record in waiting),
            rows=len(waiting),
            first_line=waiting[0].line,
            header_lines=header_lines,
        )

    for _, together in groupby(records, key=lambda record: record.key):
        group = list(together)
        if waiting and len(waiting) + len(group) > most_rows:
            yield part()
            waiting = []
        waiting += group
    if waiting or header:
        yield (
            part()
            if waiting
            else Part(text=header, rows=0, first_line=1, header_lines=header_lines)
        )
