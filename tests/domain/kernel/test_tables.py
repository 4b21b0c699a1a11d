"""Files that people hand in."""

from dataclasses import dataclass

import pytest

from domain.kernel import tables
from domain.kernel.columns import Columns
from domain.kernel.grids import MOST_BYTES_A_ROW
from domain.kernel.import_reports import ImportMode, RowError, plan_import
from domain.kernel.refusals import Invalid
from domain.kernel.tables import parse_rows, read_table


@dataclass(frozen=True)
class Thing:
    code: str
    count: int


COLUMNS = Columns(
    names={"code": ("编号",), "count": ("数量", "库存")}, ids=("code",), codes=frozenset({"code"})
)


def read_thing(row):
    return Thing(row.code("code"), row.integer("count", high=9))


def read(data: bytes | str, file: str = "things.csv"):
    return read_table(file, data.encode() if isinstance(data, str) else data, COLUMNS)


def things(text: bytes | str, file: str = "things.csv"):
    table = read(text, file)
    found = parse_rows(table.rows, read_thing, key=lambda thing: thing.code)
    return list(found.values.values()), [str(error) for error in (*table.errors, *found.errors)]


def test_good_rows_are_read_and_bad_ones_named_by_file_line_and_column():
    values, errors = things("code,count\nA,1\n,2\nB,x\nC,10\nA,3\nD,4,5\n")
    assert values == [Thing("A", 1)]
    assert errors == [
        "things.csv:7: this row has not the header's 2 cells.",
        "things.csv:3: code: fill in this cell; where cells were merged, write it in every row "
        "(合并的单元格请在每一行都填写).",
        "things.csv:4: count: 'x' is not a whole number.",
        "things.csv:5: count: 10 is not between 0 and 9.",
        "things.csv:6: A is on line 2 already; keep one of them.",
    ]


def test_lines_are_counted_as_an_editor_counts_them_where_cells_span_several():
    values, errors = things('code,note,count\nA,"eins\r\nzwei",1\nC,,bad\n')
    assert values == [Thing("A", 1)]
    assert errors == ["things.csv:4: count: 'bad' is not a whole number."]


def test_json_lines_are_read_by_the_file_s_ending():
    values, errors = things('{"code": "A", "count": 1}\n\n[1]\n{"code"\n', "things.jsonl")
    assert values == [Thing("A", 1)]
    assert [error.split(":")[1] for error in errors] == ["3", "4"]


def planned(mode: ImportMode, errors: list[RowError]):
    existing = {"A": Thing("A", 1), "B": Thing("B", 2)}
    values = {"A": Thing("A", 1), "B": Thing("B", 3), "C": Thing("C", 4)}
    return plan_import(existing=existing, values=values, errors=errors, mode=mode)


def test_only_what_is_new_or_different_is_written():
    changes, report = planned(ImportMode.ALL_OR_NOTHING, [])
    assert set(changes) == {"B", "C"}
    assert (report.rows, report.created, report.changed, report.unchanged) == (3, 1, 1, 1)


def test_one_bad_row_keeps_everything_out_or_only_itself_by_choice():
    errors = [RowError(file="f.csv", line=9, column=None, message="wrong")]
    changes, report = planned(ImportMode.ALL_OR_NOTHING, errors)
    assert not changes
    assert (report.rows, report.created, report.changed) == (4, 0, 0)
    changes, report = planned(ImportMode.GOOD_ROWS, errors)
    assert set(changes) == {"B", "C"}
    assert report.errors == tuple(errors)


def test_a_line_of_json_that_is_too_long_is_an_error_of_its_own():
    long = '{"sku": "' + "a" * tables.LONGEST_LINE + '"}'
    table = read_table("s.jsonl", f'{long}\n{{"sku": "B"}}'.encode(), COLUMNS)
    assert [row.line for row in table.rows] == [2]
    [error] = table.errors
    assert (error.line, "is longer than" in error.message) == (1, True)


def test_json_lines_larger_than_their_rows_may_be_are_refused_unread():
    data = b" " * (tables.MAX_ROWS * MOST_BYTES_A_ROW + 1)
    with pytest.raises(Invalid, match="too large"):
        read_table("s.jsonl", data, COLUMNS)
