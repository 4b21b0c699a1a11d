"""Files cut into parts say the same as the whole, line by line."""

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.tables import read_rows
from scripts.file_parts import parts_of

cells = st.text(st.sampled_from('甲a,"\n\r '), max_size=4)
keys = st.sampled_from(["10001", "10002", "10003", ""])
tables = st.lists(st.tuples(keys, cells, cells), min_size=1, max_size=30)


def written(rows) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["code", "one", "two"])
    writer.writerows(rows)
    return text.getvalue()


@given(tables, st.integers(1, 10))
def test_the_parts_of_a_table_have_its_rows_on_its_lines(rows, most):
    text = written(rows)
    whole, _ = read_rows("x.csv", text.encode())
    pieces = [
        (part.line_in_file(row.line), dict(row.cells))
        for part in parts_of("x.csv", text, most)
        for row in read_rows("x.csv", part.text.encode())[0]
    ]
    assert pieces == [(row.line, dict(row.cells)) for row in whole]


@given(tables, st.integers(1, 10))
def test_rows_that_tell_of_one_thing_stay_together(rows, most):
    parts = list(parts_of("x.csv", written(rows), most))
    for part in parts[1:]:
        [first, *_], _ = read_rows("x.csv", part.text.encode())
        assert first.cells["code"] != ""
    assert sum(part.rows for part in parts) == len(rows)


@given(st.lists(st.dictionaries(cells, cells), max_size=30), st.integers(1, 10))
def test_json_lines_keep_their_lines(objects, most):
    text = "\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
    whole, _ = read_rows("x.jsonl", text.encode())
    pieces = [
        (part.line_in_file(row.line), row.cells)
        for part in parts_of("x.jsonl", text, most)
        for row in read_rows("x.jsonl", part.text.encode())[0]
    ]
    assert pieces == [(row.line, row.cells) for row in whole]


def test_a_file_with_a_header_alone_is_still_sent():
    [part] = parts_of("x.csv", "code,one\n", 10)
    assert (part.text, part.rows) == ("code,one\n", 0)
