"""A copy of a file with what is wrong written beside its rows, for the person who mends it."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.kernel.cells import as_written
from scripts.file_parts import FileOfRows

# A new column of the copy; handed in again with it, the file is read as if it were not there.
ERRORS = "错误 errors"


def write_copy(path: Path, file: FileOfRows, errors: Mapping[int, Sequence[str]]) -> Path:
    """Write the copy beside the file, and answer where it is."""
    copy = path.with_name(f"{path.stem}.errors{'.jsonl' if file.is_json else '.csv'}")
    copy.write_bytes(_json(file, errors) if file.is_json else _csv(file, errors))
    return copy


def _csv(file: FileOfRows, errors: Mapping[int, Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow([*file.header, ERRORS])
    for line, cells in file.records:
        width = len(file.header)
        padded = [*cells, *[""] * (width - len(cells))]
        wrong = "\n".join(errors.get(line, ()))
        rows.writerow([*map(as_written, padded[:width]), as_written(wrong)])
    return text.getvalue().encode("utf-8-sig")


def _json(file: FileOfRows, errors: Mapping[int, Sequence[str]]) -> bytes:
    lines = []
    for line, [text] in file.records:
        wrong = errors.get(line)
        try:
            said = json.loads(text) if wrong else None
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict):
            text = json.dumps({**said, "errors": wrong}, ensure_ascii=False)
        lines.append(text)
    return "\n".join([*lines, ""]).encode()
