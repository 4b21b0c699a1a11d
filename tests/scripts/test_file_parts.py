"""Files cut into parts say the same as the whole, line by line."""

import csv
import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.columns import Columns
from domain.kernel.tables import read_table
from scripts.file_parts import parts_of, read_file

COLUMNS = Columns(
    names={"code": (), "one": (), "two": ()}, ids=("code",), codes=frozenset({"code"})
)
cells = st.text(st.sampled_from('甲a,"\n\r '), max_size=4)
keys = st.sampled_from(["10001", "10002", "10003", ""])
tables = st.lists(st.tuples(keys, cells, cells), min_size=1, max_size=30)


def written(rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["code", "one", "two"], *rows])
    return text.getvalue().encode()


def cut(data: bytes, most: int, name: str = "x.csv"):
    return list(parts_of(read_file(Path(name), data, COLUMNS), most))


def read(part):
    return read_table(part.name, part.data, COLUMNS).rows


@given(tables, st.integers(1, 10))
def test_the_parts_of_a_table_have_its_rows_on_its_lines(rows, most):
    whole = read_table("x.csv", written(rows), COLUMNS).rows
    pieces = [
        (part.line_in_file(row.line), dict(row.cells))
        for part in cut(written(rows), most)
        for row in read(part)
    ]
    assert sorted(pieces, key=lambda piece: piece[0]) == [
        (row.line, dict(row.cells)) for row in whole
    ]


@given(tables, st.integers(1, 10))
def test_rows_that_tell_of_one_thing_stay_together(rows, most):
    found = [{row.cells["code"] for row in read(part)} - {""} for part in cut(written(rows), most)]
    for i, codes in enumerate(found):
        for others in found[i + 1 :]:
            assert not codes & others


@given(st.lists(st.dictionaries(cells, cells), max_size=30), st.integers(1, 10))
def test_json_lines_keep_their_lines(objects, most):
    text = "\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
    whole = read_table("x.jsonl", text.encode(), COLUMNS)
    pieces = [
        (part.line_in_file(row.line), row.cells)
        for part in cut(text.encode(), most, "x.jsonl")
        for row in read(part)
    ]
    assert pieces == [(row.line, row.cells) for row in whole.rows]


def test_a_file_with_a_header_alone_is_still_sent():
    [part] = cut(b"code,one\n", 10)
    assert (part.data, part.records) == (b"code,one\r\n", [])
