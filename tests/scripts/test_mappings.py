"""Other systems' files, made ours by a small file."""

from pathlib import Path

import pytest

from domain.kernel.refusals import Invalid
from scripts.file_parts import read_file
from scripts.import_file import KINDS, read
from scripts.mappings import read_mapping
from tests.support.paths import ROOT

EXAMPLES = ROOT / "demo" / "imports"


def mapped(kind: str, file: str, mapping: str):
    made = read(kind, EXAMPLES / file, read_mapping(EXAMPLES / mapping, KINDS))
    return [(line, dict(zip(made.header, cells, strict=True))) for line, cells in made.records]


def test_shopify_s_export_is_filled_down_and_its_rows_of_pictures_are_left_out():
    rows = mapped("products", "shopify-products.csv", "shopify.toml")
    assert [line for line, _ in rows] == [2, 4, 6]
    first, second, cap = (row for _, row in rows)
    assert first["description"] == "三层压胶，防风防泼水。\n腋下透气拉链。"
    assert (first["price_fen"], first["compare_at_fen"]) == ("129900", "159900")
    assert first["barcode"] == "6900100010012"
    assert (second["name"], second["option2_name"], second["option2_value"]) == ("", "尺码", "L")
    assert (cap["category"], cap["option2_name"]) == ("配件", "")


def test_a_seller_s_workbook_gets_constants_and_replaced_words():
    rows = [row for _, row in mapped("products", "taobao.xlsx", "taobao.toml")]
    assert [row["sku"] for row in rows] == ["20101-YEL-S", "20101-YEL-M", "20102-RED-F"]
    assert rows[2]["price_fen"] == "45950"
    assert rows[2]["barcode"] == "4006381333931"
    assert rows[0]["category"] == "服装/羽绒服"
    assert {row["option1_name"] for row in rows} == {"颜色"}


def test_a_till_s_file_gets_moments_with_their_offset_and_loses_its_sums():
    rows = [row for _, row in mapped("stock", "till-stock.csv", "till.toml")]
    assert [row["counted_at"] for row in rows] == ["2026-01-05T21:30:00+08:00"] * 3
    assert [row["on_hand"] for row in rows] == ["12.00", "-1.00", "1,000"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("kind = ", "no TOML"),
        ("kind = 'prices'", "kind: write one of owners"),
        ("kind = 'stock'", "columns: say where"),
        ("kind = 'stock'\nmode = 1\n", "mode is not known here"),
        ("kind = 'stock'\n[columns]\nonhand = 'a'", r"columns.onhand .*did you mean on_hand"),
        ("kind = 'stock'\n[columns]\nsku = 'a'", "stock needs store_id too"),
        ("kind = 'stock'\n[columns]\nsku = 1", r"columns.sku: write the other"),
        ("kind = 'stock'\n[columns]\nsku = {}", "either from"),
        ("kind = 'stock'\n[columns]\nsku = {from = 'a', value = 'b'}", "either from"),
        ("kind = 'stock'\n[columns]\nsku = {from = 'a', as = 'yuan'}", "as: write one of fen"),
        ("kind = 'stock'\n[columns]\nsku = {from = 'a', zone = '8'}", "zone: write the offset"),
        ("kind = 'stock'\n[columns]\nsku = {from = 'a', form = 'fen'}", "sku.form is not known"),
        ("kind = 'stock'\n[columns]\nsku = {from = 'a', replace = {a = 1}}", "texts for texts"),
        ("kind = 'stock'\n[columns]\nsku = {from = 'a', fill_down = 1}", "true or false"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(tmp_path: Path, text: str, reason: str):
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(Invalid, match=reason):
        read_mapping(tmp_path / "m.toml", KINDS)


def test_a_file_without_a_column_of_the_mapping_is_refused(tmp_path: Path):
    mapping = read_mapping(EXAMPLES / "till.toml", KINDS)
    data = "门店,商家编码,库存\nSH001,1,2\n".encode()
    with pytest.raises(Invalid, match="库存数量, 统计时间"):
        mapping.apply(read_file(tmp_path / "t.csv", data, mapping.columns))


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,299.00", "129900"),
        ("¥ 99.5", "9950"),
        ("99元", "9900"),
        ("9.999", "9.999"),
        ("free", "free"),
        ("1e3", "1e3"),
    ],
)
def test_yuan_become_fen_and_what_is_no_amount_stays_for_the_service_to_refuse(
    tmp_path: Path, text: str, fen: str
):
    (tmp_path / "m.toml").write_text(
        'kind = "products"\n[columns]\nproduct_code = "c"\nprice_fen = {from = "p", as = "fen"}'
    )
    mapping = read_mapping(tmp_path / "m.toml", KINDS)
    data = f'c,p\n1,"{text}"\n'.encode()
    made = mapping.apply(read_file(tmp_path / "f.csv", data, mapping.columns))
    assert made.records == [(2, ["1", fen])]
