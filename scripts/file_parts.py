"""A file cut into parts that can be sent one by one, without losing count of its lines."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.kernel.columns import Columns, known_in
from domain.kernel.decoding import decoded
from domain.kernel.grids import Record, is_json_lines, read_grid

# More than any brand's whole stock in one file.
MOST_ROWS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfRows:
    """A file's header and its records; JSON Lines have no header, and a record is one text."""

    name: str
    header: Sequence[str]
    header_line: int
    records: Sequence[Record]
    key: int = 0

    @property
    def is_json(self) -> bool:
        """Whether it is JSON Lines."""
        return is_json_lines(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a file that can be read by itself: its bytes, and where its lines are in it."""

    name: str
    data: bytes
    lines: Sequence[int]
    records: Sequence[Record]

    def line_in_file(self, line: int) -> int:
        """Where a line of this part is in the whole file."""
        return self.lines[line - 1] if line <= len(self.lines) else self.lines[-1]


def read_file(path: Path, data: bytes, columns: Columns) -> FileOfRows:
    """Read a file as the service does; Invalid where it can't be read."""
    if is_json_lines(path.name):
        text = decoded(path.name, data)
        lines = [(n, [line]) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        return FileOfRows(name=path.name, header=(), header_line=0, records=lines)
    grid = read_grid(path.name, data, columns, most=MOST_ROWS)
    key = next((i for i, cell in enumerate(grid.header) if known_in([cell], columns)), 0)
    if columns.ids:
        found = [columns.find(cell) for cell in grid.header]
        key = found.index(columns.ids[0]) if columns.ids[0] in found else key
    return FileOfRows(
        name=f"{path.stem}.csv",
        header=grid.header,
        header_line=grid.line,
        records=grid.records,
        key=key,
    )


def parts_of(file: FileOfRows, most_rows: int) -> Iterator[Part]:
    """Cut a file into parts of about so many rows.

    Rows of one key stay together wherever they stand, as do those under them that have none: they
    tell of one thing.
    """
    waiting: list[Record] = []
    for group in _groups(file):
        if waiting and len(waiting) + len(group) > most_rows:
            yield _part(file, waiting)
            waiting = []
        waiting += group
    yield _part(file, waiting)


def _groups(file: FileOfRows) -> list[list[Record]]:
    if file.is_json:
        return [[record] for record in file.records]
    groups: dict[str, list[Record]] = {}
    key = ""
    for record in file.records:
        cells = record[1]
        key = (cells[file.key].strip() if file.key < len(cells) else "") or key
        groups.setdefault(key, []).append(record)
    return list(groups.values())


def _part(file: FileOfRows, records: Sequence[Record]) -> Part:
    if file.is_json:
        data = "\n".join(cells[0] for _, cells in records).encode()
        return Part(name=file.name, data=data, lines=[n for n, _ in records], records=records)
    text = io.StringIO(newline="")
    lines: list[int] = []
    for line, cells in [(file.header_line, file.header), *records]:
        start = text.tell()
        csv.writer(text).writerow(cells)
        text.seek(start)
        lines += [line] * sum(1 for _ in text)
    return Part(name=file.name, data=text.getvalue().encode(), lines=lines, records=records)
