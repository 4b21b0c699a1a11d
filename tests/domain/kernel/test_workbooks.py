"""Workbooks as shops have them, and as somebody makes them who means harm."""

import io
import zipfile
from datetime import date

import pytest

from domain.kernel import workbooks
from domain.kernel.columns import Columns
from domain.kernel.refusals import Invalid
from domain.kernel.tables import read_table
from tests.support.workbooks import MAIN, Formula, a_workbook

COLUMNS = Columns(
    names={"sku": ("SKU编码",), "on_hand": ("库存",), "note": ()},
    ids=("sku",),
    codes=frozenset({"sku"}),
)
HEADER = ["SKU编码", "库存", "note"]


def cells(data: bytes, file: str = "stock.xlsx"):
    return [dict(row.cells) for row in read_table(file, data, COLUMNS).rows]


def test_numbers_dates_formulas_and_texts_are_read_as_somebody_would_type_them():
    rows = [
        HEADER,
        ["10001-M", 12.0, "藏青"],
        [6900100010005.0, Formula("1+2", 3), True],
        ["𠮷-1", 0.1 + 0.2, date(2026, 11, 1)],
        ["0012", 1e17, " 空格 "],
    ]
    assert cells(a_workbook({"库存": rows})) == [
        {"sku": "10001-M", "on_hand": "12", "note": "藏青"},
        {"sku": "6900100010005", "on_hand": "3", "note": "TRUE"},
        {"sku": "𠮷-1", "on_hand": "0.3", "note": "2026-11-01"},
        {"sku": "0012", "on_hand": "1e+17", "note": "空格"},
    ]


def test_a_workbook_is_known_by_what_is_in_it_and_its_rows_by_their_numbers():
    data = a_workbook({"s": [[], HEADER, [None, None, None], ["A", 1, "x"]]})
    [row] = read_table("stock.csv", data, COLUMNS).rows
    assert (row.line, row.cells["sku"]) == (4, "A")


def test_rows_that_were_only_coloured_are_nothing():
    coloured = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in (3, 1_048_576))
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>sku</t>'
        '</is></c><c r="B1" t="inlineStr"><is><t>on_hand</t></is></c></row><row r="2"><c r="A2" '
        't="inlineStr"><is><t>A</t></is></c><c r="B2"><v>1</v></c></row>'
        f"{coloured}</sheetData></worksheet>"
    )
    data = a_workbook({"s": [[]]}, more={"xl/worksheets/sheet1.xml": sheet.encode()})
    assert cells(data) == [{"sku": "A", "on_hand": "1"}]


def test_the_one_sheet_with_known_columns_is_taken():
    notes, stock = [["说明"], ["请勿修改"]], [HEADER, ["A", 1, ""]]
    assert len(cells(a_workbook({"说明": notes, "库存": stock}))) == 1
    old = {"旧": [HEADER, ["B", 1, ""], ["C", 1, ""]], "库存": stock}
    assert len(cells(a_workbook(old, hidden=["旧"]))) == 1
    with pytest.raises(Invalid, match=r"多个工作表.*旧、库存"):
        cells(a_workbook(old))
    with pytest.raises(Invalid, match=r"stock.xlsx:1: .*names no known column"):
        cells(a_workbook({"说明": notes}))


def test_a_row_under_a_merged_cell_is_told_what_is_wrong_with_it():
    data = a_workbook({"s": [HEADER, ["A", 1, ""], [None, 2, ""]]}, merged="A2:A3")
    _, under = read_table("s.xlsx", data, COLUMNS).rows
    with pytest.raises(Invalid, match="merged"):
        under.code("sku")


def packed(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def sheet_of(inner: str) -> dict[str, bytes]:
    text = f'<worksheet xmlns="{MAIN}"><sheetData>{inner}</sheetData></worksheet>'
    return {"xl/worksheets/sheet1.xml": text.encode()}


GOOD = {"s": [HEADER, ["A", 1, "x"]]}
BOMB = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">]><worksheet>&a;</worksheet>'
REPEATED = '<row r="1">' + '<c t="s"><v>0</v></c>' * 4_000 + "</row>"
LONG = f'<sst xmlns="{MAIN}"><si><t>{"长" * 32_000}</t></si></sst>'.encode()


@pytest.mark.parametrize(
    "data",
    [
        a_workbook(GOOD)[:400],
        a_workbook(GOOD)[:-30],
        packed({"a.txt": b"no book"}),
        packed({"content.xml": b"<office/>", "mimetype": b"application/vnd.oasis"}),
        packed({"xl/workbook.bin": b"\0" * 99}),
        a_workbook(GOOD, more={"xl/worksheets/sheet1.xml": BOMB}),
        a_workbook(GOOD, more={"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}),
        a_workbook(GOOD, more={"xl/worksheets/sheet1.xml": b"\xff\xfe\x00"}),
        a_workbook(GOOD, more={"xl/worksheets/big.xml": b" " * (workbooks.MOST_UNPACKED + 1)}),
        a_workbook(GOOD, more=sheet_of('<row r="1"><c r="XFD1"/></row><row r="1048576"/>')),
        a_workbook(GOOD, more=sheet_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
        a_workbook(GOOD, more={**sheet_of(REPEATED), "xl/sharedStrings.xml": LONG}),
        a_workbook(GOOD, more={f"xl/{n}.xml": b"<a/>" for n in range(1_001)}),
        a_workbook(GOOD, more={"XL\\WORKSHEETS\\SHEET1.XML": b"<worksheet/>"}),
        a_workbook({f"s{n}": [HEADER] for n in range(51)}),
        workbooks.COMPOUND + b"\0" * 2_000,
        workbooks.ZIP,
    ],
)
def test_what_is_broken_locked_or_swells_is_refused_in_words_a_clerk_can_follow(data):
    with pytest.raises(Invalid, match=r"请在 Excel 或 WPS 中.*「另存为"):
        read_table("stock.xlsx", data, COLUMNS)


def test_a_book_of_deep_xml_is_refused_and_not_fallen_over():
    deep = b"<worksheet>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</worksheet>"
    with pytest.raises(Invalid):
        read_table("s.xlsx", a_workbook(GOOD, more={"xl/worksheets/sheet1.xml": deep}), COLUMNS)


@pytest.mark.parametrize(
    "inner",
    [
        '<row r="1" x="%s"/>',
        '<row r="1"/><%s/>',
        "<!--%s-->",
        "<?a %s?>",
    ],
)
def test_one_tag_longer_than_any_that_is_meant_is_refused_before_it_is_read(inner):
    long = sheet_of(inner % ("a" * (workbooks.LONGEST_TAG * 3)))
    with pytest.raises(Invalid, match="表格过大"):
        read_table("s.xlsx", a_workbook(GOOD, more=long), COLUMNS)


def test_more_rows_than_a_sheet_has_are_refused_though_nothing_is_in_them():
    rows = sheet_of("<row/>" * (workbooks.MOST_ROWS + 1))
    with pytest.raises(Invalid, match="表格过大"):
        read_table("s.xlsx", a_workbook(GOOD, more=rows), COLUMNS)
