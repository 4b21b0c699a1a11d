"""Headers as people write them."""

import pytest

from domain.kernel.columns import Columns
from domain.kernel.refusals import Invalid
from domain.kernel.tables import read_table

COLUMNS = Columns(
    names={
        "product_code": ("商品编码",),
        "sku": ("SKU编码",),
        "price_fen": ("价格（分）",),
        "barcode": ("条码",),
    },
    ids=("product_code",),
    codes=frozenset({"product_code", "sku"}),
)


def read(header: str, *lines: str):
    return read_table("p.csv", "\n".join([header, *lines]).encode(), COLUMNS)


@pytest.mark.parametrize(
    "header",
    [
        "product_code,sku,price_fen ",
        "PRODUCT_CODE, Sku ,Price_Fen",
        "Product Code,SKU,price-fen",
        "ｐｒｏｄｕｃｔ＿ｃｏｄｅ,ＳＫＵ,\u200bprice_fen",
        "商品编码,SKU编码,价格（分）",
        "商品 编码,sku编码,价格(分)",
    ],
)
def test_a_known_name_is_forgiven_its_case_width_and_spaces(header):
    [row] = read(header, "1,1-M,100").rows
    assert dict(row.cells) == {"product_code": "1", "sku": "1-M", "price_fen": "100"}


def test_an_unknown_column_is_named_with_what_it_may_mean():
    table = read("product_code,sku,barcode,price,remark,", "1,1-M,,100,甲,乙")
    assert [(one.line, one.column) for one in table.warnings] == [(1, "price"), (1, "remark")]
    price, remark = (one.message for one in table.warnings)
    assert price.startswith("price is not a column; did you mean price_fen (价格（分）)?")
    assert remark.startswith("remark is not a column and was not read")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("product_code,price", "Nothing but codes is named.*did you mean price_fen"),
        ("product_code,remark", "Nothing but codes is named"),
        ("product_code,sku,price_fen,price_fen", "price_fen is named twice"),
        ("product_code,sku,price_fen,价格（分）", "price_fen is named twice"),
        ("sku,price_fen", r"缺少列：product_code \(商品编码\)"),
        ("三月价格表,,", "p.csv:1: .*names no known column"),
        ("", "is empty"),
        (",,\n , ", "is empty"),
    ],
)
def test_a_header_that_can_not_be_meant_is_refused_with_the_whole_file(header, reason):
    with pytest.raises(Invalid, match=reason):
        read(header, "" if reason == "is empty" else "1,1-M,100,100")


def test_a_price_in_chinese_that_does_not_say_of_what_is_asked_about():
    [warning] = read("product_code,sku,barcode,价格", "1,1-M,,100").warnings
    assert "did you mean price_fen (价格（分）)?" in warning.message


def test_json_s_names_are_forgiven_and_asked_about_too():
    lines = '{"Product Code": "1", "price": 1}\n{"product_code": "2", "price": 2}\n'
    table = read_table("p.jsonl", lines.encode(), COLUMNS)
    assert [row.code("product_code") for row in table.rows] == ["1", "2"]
    [warning] = table.warnings
    assert "did you mean price_fen" in warning.message


def test_a_line_of_json_that_names_one_column_twice_is_no_row():
    lines = '{"sku": 1, "SKU": 2}\n{"sku": 1, "sku": 2}\n{"product_code": 3}\n'
    table = read_table("p.jsonl", lines.encode(), COLUMNS)
    assert [error.line for error in table.errors] == [1, 2]
    assert len(table.rows) == 1


def test_a_row_that_sums_up_and_rows_of_nothing_are_told_apart():
    blank = [",,"] * 30
    table = read("product_code,sku,price_fen", "1,1-M,100", *blank, "合计,,100")
    assert len(table.rows) == 1
    [error] = table.errors
    assert (error.line, "合计" in error.message) == (33, True)


@pytest.mark.parametrize("data", [b"," * (26 << 20), b"\n" * 1_000_001, b"\r" * 1_000_001])
def test_a_text_that_is_larger_than_its_rows_can_be_is_refused_unread(data):
    with pytest.raises(Invalid, match="split it"):
        read_table("p.csv", data, COLUMNS)


def test_a_very_long_or_wide_header_is_refused_soon():
    for header in ("product_code," + "列" * 100_000, ",".join(f"c{n}" for n in range(15_000))):
        with pytest.raises(Invalid):
            read(header, "1")
