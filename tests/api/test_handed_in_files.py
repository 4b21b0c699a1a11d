"""Files as tills, warehouses and head office have them, handed in over HTTP."""

import asyncio
import csv
import io
from typing import Any

import pytest

from api.kernel.imports import ImportReport
from domain.kernel import import_reports
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid, Several
from domain.kernel.tables import Row, parse_rows
from domain.people.viewer import Role, Viewer
from tests.api.mall.orders.test_orders import M, open_mall
from tests.conftest import Service
from tests.support.network import (
    HEAD_OFFICE,
    OWNERS,
    a_product_row,
    a_store_row,
    as_csv,
    open_stores,
)
from tests.support.workbooks import a_workbook

pytestmark = pytest.mark.anyio

TILL = Viewer(id=PersonId("till"), role=Role.FEED)
REPORT = """report { rows created changed unchanged errorCount errors { line column message }
  errorGroups { column message count lines } warningCount warnings { line column message }
  changes { id isNew differences } } userErrors { code field message }"""


async def hand_in(
    service: Service,
    what: str,
    data: bytes | str,
    *,
    name: str = "file.csv",
    mode: str = "ALL_OR_NOTHING",
    check: bool = False,
    viewer: Viewer = HEAD_OFFICE,
) -> dict[str, Any]:
    text = f"""mutation($file: Upload!, $mode: ImportMode!, $check: Boolean!) {{
      done: {what}Import(file: $file, mode: $mode, onlyCheck: $check) {{ {REPORT} }} }}"""
    bytes_ = data.encode() if isinstance(data, str) else data
    file = (name, bytes_, "application/octet-stream")
    answer = await service.upload(text, file, viewer, mode=mode, check=check)
    return answer.data["done"]


def counted(payload: dict[str, Any]) -> tuple[int, int, int]:
    assert payload["userErrors"] == [], payload
    report = payload["report"]
    return report["created"], report["changed"], report["unchanged"]


async def on_hand(service: Service, sku: str = M, store: str = "S1") -> int:
    text = """query($store: ID!, $skus: [ID!]!) {
      stockLevels(storeId: $store, skus: $skus) { onHand } }"""
    answer = await service.query(text, HEAD_OFFICE, store=store, skus=[sku])
    return answer.data["stockLevels"][0]["onHand"]


async def exported(service: Service) -> str:
    answer = await service.query("{ productsExport(form: CSV) }", HEAD_OFFICE)
    return answer.data["productsExport"]


def sales(*ids: str, store: str = "S1") -> str:
    rows = "".join(f"{one},{store},{M},-1\n" for one in ids)
    return f"id,store_id,sku,units\n{rows}"


async def test_a_till_that_sends_its_sales_again_sells_nothing_twice(service: Service):
    await open_mall(service)
    await hand_in(service, "stock", f"store_id,sku,on_hand\nS1,{M},10\nS2,{M},10\n")
    differences = "stockDifferences"
    assert counted(await hand_in(service, differences, sales("T1", "T2", "T3"))) == (0, 3, 0)
    assert counted(await hand_in(service, differences, sales("T1", "T2", "T3"))) == (0, 0, 3)
    checked = await hand_in(service, differences, sales("T2", "T3", "T4"), check=True)
    assert counted(checked) == (0, 1, 2)
    assert checked["report"]["changes"] == [
        {"id": "S1 T4", "isNew": False, "differences": [f"{M}: -1"]}
    ]
    assert await on_hand(service) == 7
    assert counted(await hand_in(service, differences, sales("T2", "T3", "T4"))) == (0, 1, 2)
    for again in ("T4 ", "Ｔ４\u200b"):
        assert counted(await hand_in(service, differences, sales(again))) == (0, 0, 1)
    # Capital and small letters are two ids, in the file and in the single call alike.
    assert counted(await hand_in(service, differences, sales("t4"))) == (0, 1, 0)
    adjust = """mutation($id: ID!) { stockAdjust(id: $id, input: {storeId: "S1", sku: "%s",
      units: -1}) { changed userErrors { message } } }"""
    told = [
        (await service.query(adjust % M, TILL, id=told_id)).data["stockAdjust"]["changed"]
        for told_id in ("T4", " t4", "Ｔ４", "t5", "T5")
    ]
    assert told == [False, False, False, True, True]
    both = await asyncio.gather(*(hand_in(service, differences, sales("T6")) for _ in "12"))
    assert sorted(map(counted, both)) == [(0, 0, 1), (0, 1, 0)]
    assert counted(await hand_in(service, differences, sales("T1", store="S2"))) == (0, 1, 0)
    assert (await on_hand(service), await on_hand(service, store="S2")) == (2, 9)
    explain = """query($sku: ID!) { stockExplain(storeId: "S1", sku: $sku) {
      nodes { event tillId onHand } } }"""
    nodes = (await service.query(explain, HEAD_OFFICE, sku=M)).data["stockExplain"]["nodes"]
    assert [node["tillId"] for node in nodes if node["onHand"] == -1] == [
        *("T6", "T5", "t5", "t4", "T4", "T3", "T2", "T1")
    ]
    assert nodes[-1]["tillId"] is None


async def test_counts_are_read_as_tills_write_them_and_one_below_zero_stops_nobody(
    service: Service,
):
    await open_mall(service)
    rows = [f"S1,{M},-2", f"S2,{M},１２"]
    payload = await hand_in(service, "stock", "store_id,sku,on_hand\n" + "\n".join(rows))
    assert counted(payload) == (2, 0, 0)
    [warning] = payload["report"]["warnings"]
    assert (warning["line"], warning["column"]) == (2, "on_hand")
    assert "-2 is below 0 and counts as 0" in warning["message"]
    assert (await on_hand(service), await on_hand(service, store="S2")) == (0, 12)
    for text, number in (("12.0", 12), ("12.00", 12), ('"1,000"', 1000)):
        await hand_in(service, "stock", f"门店编号,SKU编码,库存数量\nS1,{M},{text}\n")
        assert await on_hand(service) == number
    bad = "".join(f"S1,{M},{text}\n" for text in ("12.5", "1_000", "٣", "1e3", ""))
    payload = await hand_in(service, "stock", f"store_id,sku,on_hand\n{bad}")
    assert [error["line"] for error in payload["report"]["errors"]] == [2, 3, 4, 5, 6]
    assert {error["column"] for error in payload["report"]["errors"]} == {"on_hand"}
    assert await on_hand(service) == 1000


async def test_a_check_writes_nothing_and_says_what_would_be_written(service: Service):
    await open_mall(service)
    await hand_in(service, "stock", f"store_id,sku,on_hand\nS1,{M},10\n")
    file = f"store_id,sku,on_hand\nS1,{M},7\nS2,{M},4\n"
    payload = await hand_in(service, "stock", file, check=True)
    assert counted(payload) == (1, 1, 0)
    [first, second] = sorted(payload["report"]["changes"], key=lambda one: one["id"])
    assert (first["id"], first["isNew"], first["differences"][0]) == (
        f"S1 {M}",
        False,
        "on_hand: 10 → 7",
    )
    assert (second["isNew"], await on_hand(service)) == (True, 10)
    assert counted(await hand_in(service, "stock", file)) == (1, 1, 0)


async def test_every_import_can_only_check(service: Service):
    owners = await hand_in(service, "owners", OWNERS, check=True)
    assert counted(owners) == (1, 0, 0)
    assert counted(await hand_in(service, "owners", OWNERS)) == (1, 0, 0)
    stores = as_csv(a_store_row("S1"))
    assert counted(await hand_in(service, "stores", stores, check=True)) == (1, 0, 0)
    assert counted(await hand_in(service, "stores", stores)) == (1, 0, 0)
    guides = "工号,姓名,门店编号,企业微信账号\nG1,薛宁,S1,xue\n"
    assert counted(await hand_in(service, "guides", guides, check=True)) == (1, 0, 0)
    assert counted(await hand_in(service, "guides", guides)) == (1, 0, 0)
    products = as_csv(a_product_row())
    assert counted(await hand_in(service, "products", products, check=True)) == (1, 0, 0)
    assert counted(await hand_in(service, "products", products)) == (1, 0, 0)
    layers = '{"layer": "brand", "hide": ["10001"]}'
    for check in (True, False):
        found = await hand_in(service, "layers", layers, name="L.JSONL", check=check)
        assert counted(found) == (1, 0, 0)
    posts = """{"code": "p1", "title": "降温", "category": "上新", "department": "BRAND",
      "scenes": ["MOMENTS"], "body": [{"type": "text", "text": "好"}], "titel": 1}"""
    for check in (True, False):
        line = posts.replace("\n", " ")
        found = await hand_in(service, "posts", line, name="p.jsonl", check=check)
        assert counted(found) == (1, 0, 0)
        assert "did you mean title" in found["report"]["warnings"][0]["message"]
    text = '{ recordsOf(kind: "product_file", id: "file.csv") { totalCount } }'
    answer = await service.query(text, HEAD_OFFICE)
    assert answer.data["recordsOf"]["totalCount"] == 1


async def test_a_workbook_of_products_is_taken_with_its_numbers_and_named_columns(
    service: Service,
):
    rows = [
        ["商品编码", "商品名称", "类目", "SKU编码", "条码", "价格（分）", "规格1名称", "规格1值"],
        [10001, "羽绒服", "服装", "10001-M", 6900100010012.0, 99900.0, "尺码", "M"],
        [10001, None, None, "10001-L", None, 99900.0, "尺码", "L"],
    ]
    payload = await hand_in(service, "products", a_workbook({"商品": rows}), name="商品.xlsx")
    assert counted(payload) == (2, 0, 0)
    lines = list(csv.DictReader(io.StringIO(await exported(service))))
    assert [(one["sku"], one["barcode"], one["price_fen"]) for one in lines] == [
        ("10001-M", "6900100010012", "99900"),
        ("10001-L", "", "99900"),
    ]


BARCODES = ["6.9E+12", "6.90010E+12", "690010001001", "6900100010000", "6900100010012.0"]


@pytest.mark.parametrize("barcode", BARCODES)
async def test_a_barcode_that_a_spreadsheet_spoilt_is_refused_with_the_cure(
    service: Service, barcode: str
):
    payload = await hand_in(service, "products", as_csv(a_product_row(barcode=barcode)))
    [error] = payload["report"]["errors"]
    assert (error["line"], error["column"]) == (2, "barcode")
    assert "preadsheet" in error["message"]
    assert "text" in error["message"]


async def test_a_barcode_that_was_kept_a_text_is_taken(service: Service):
    for sku, barcode in (("1", '="6900100010012"'), ("2", "'4006381333931")):
        row = a_product_row(f"1000{sku}", barcode=barcode)
        assert counted(await hand_in(service, "products", as_csv(row))) == (1, 0, 0)
    assert "6900100010012" in await exported(service)


async def test_zeros_that_a_spreadsheet_ate_are_noticed(service: Service):
    await open_stores(service, a_store_row("0012"))
    payload = await hand_in(service, "stores", as_csv(a_store_row("12")), check=True)
    told = [one["message"] for one in payload["report"]["warnings"]]
    assert any(one.startswith("new store 12; there is a 0012") for one in told)
    await hand_in(service, "products", as_csv(a_product_row("0010")))
    payload = await hand_in(service, "products", as_csv(a_product_row("10")), check=True)
    assert [one["column"] for one in payload["report"]["warnings"]] == ["product_code", "sku"]
    payload = await hand_in(service, "stock", "store_id,sku,on_hand\n12,0010-M,1\n")
    [error] = payload["report"]["errors"]
    assert "there is no store 12, but 0012" in error["message"]
    guides = "guide_id,name,store_id,wecom_user_id\n{},薛宁,0012,{}\n"
    await hand_in(service, "guides", guides.format("007", "a"))
    payload = await hand_in(service, "guides", guides.format("7", "b"), check=True)
    assert "there is a 007" in payload["report"]["warnings"][0]["message"]


async def test_a_phone_that_became_a_power_of_ten_is_refused(service: Service):
    payload = await hand_in(service, "stores", as_csv(a_store_row("S1", phone="1.3800E+10")))
    assert "phone" in {error["column"] for error in payload["report"]["errors"]}


async def test_a_blank_cell_leaves_and_a_word_empties(service: Service):
    await open_stores(service, a_store_row("S1", phone="0512-1234"))
    again = a_store_row("S1", name="新店名", phone="", address="", longitude="", latitude="")
    again |= {"datum": "", "kind": "", "opening_hours": "", "district": "", "owner_code": ""}
    payload = await hand_in(service, "stores", as_csv(again))
    assert counted(payload) == (0, 1, 0)
    text = '{ store(id: "S1") { name phone address openingHours } }'
    store = (await service.query(text, HEAD_OFFICE)).data["store"]
    assert store == {
        "name": "新店名",
        "phone": "0512-1234",
        "address": "人民路1号",
        "openingHours": "10:00-22:00",
    }
    payload = await hand_in(service, "stores", "store_id,phone,name\nS1,清空,\n", check=True)
    assert payload["report"]["changes"][0]["differences"] == ["phone: 0512-1234 → —"]
    await hand_in(service, "stores", "门店编号,电话,营业时间\nS1,清空,清空\n")
    store = (await service.query(text, HEAD_OFFICE)).data["store"]
    assert (store["phone"], store["openingHours"], store["name"]) == (None, None, "新店名")
    payload = await hand_in(service, "stores", "store_id,name\nS1,清空\n")
    assert payload["report"]["errors"][0]["column"] == "name"


FULL = a_product_row(care="手洗", subtitle="暖", barcode="6900100010012", compare_at_fen="129900")
SECOND = dict.fromkeys(FULL, "") | {
    "product_code": "10001",
    "option1_name": "尺码",
    "option1_value": "L",
    "sku": "10001-L",
    "price_fen": "89900",
}


@pytest.mark.parametrize("mode", ["ALL_OR_NOTHING", "GOOD_ROWS"])
async def test_a_filtered_or_sorted_sheet_changes_what_it_says_and_nothing_else(
    service: Service, mode: str
):
    await hand_in(service, "products", as_csv(FULL, SECOND))
    before = await exported(service)
    rows = list(csv.DictReader(io.StringIO(before)))
    assert counted(await hand_in(service, "products", as_csv(*rows), mode=mode)) == (0, 0, 2)
    second = next(row for row in rows if row["sku"] == "10001-L")
    second["price_fen"] = "79900"
    assert second["name"] == ""
    assert counted(await hand_in(service, "products", as_csv(second), mode=mode)) == (0, 1, 0)
    kept = {
        column: second[column]
        for column in (
            *("product_code", "sku", "description", "care", "attributes", "channels"),
            "price_fen",
        )
    }
    assert counted(await hand_in(service, "products", as_csv(kept), mode=mode)) == (0, 0, 1)
    by_price = sorted(rows, key=lambda row: int(row["price_fen"]))
    assert by_price[0]["name"] == ""
    assert counted(await hand_in(service, "products", as_csv(*by_price), mode=mode)) == (0, 0, 2)
    assert await exported(service) == before.replace("89900,", "79900,")


async def test_blocks_that_are_mixed_are_taken_and_a_merged_code_is_told(service: Service):
    other = a_product_row("10002")
    assert counted(await hand_in(service, "products", as_csv(FULL, other, SECOND))) == (3, 0, 0)
    merged = as_csv(FULL, {**SECOND, "product_code": ""})
    payload = await hand_in(service, "products", merged)
    [error] = payload["report"]["errors"]
    assert (error["line"], error["column"]) == (3, "product_code")
    assert "merged" in error["message"]


async def test_a_misspelt_column_is_never_skipped_in_silence(service: Service):
    await hand_in(service, "products", as_csv(a_product_row()))
    rows = "product_code,sku,price,care\n10001,10001-M,1,手洗\n"
    payload = await hand_in(service, "products", rows)
    assert payload["report"]["warnings"][0]["message"].startswith(
        "price is not a column; did you mean price_fen"
    )
    assert counted(payload) == (0, 1, 0)
    for nothing_left in ("product_code,price\n10001,1\n", "product_code,sku,price\n10001,M,1\n"):
        payload = await hand_in(service, "products", nothing_left)
        assert payload["report"] is None
        [refusal] = payload["userErrors"]
        assert "no column is left" in refusal["message"]
        assert "did you mean price_fen" in refusal["message"]


async def test_the_same_errors_are_told_in_groups(service: Service):
    await open_stores(service, a_store_row("S1"))
    header = "store_id,owner_code,longitude,latitude,datum,kind,capacity_a_day"
    lines = "\n".join(f"N{n},owner-{n},x,x,x,x{n},x" for n in range(500))
    payload = await hand_in(service, "stores", f"{header}\n{lines}\n", mode="GOOD_ROWS")
    report = payload["report"]
    assert report["errorCount"] == 4_000
    assert len(report["errors"]) == 1_000
    assert {(group["column"], group["count"]) for group in report["errorGroups"]} == {
        (column, 500)
        for column in (
            *("name", "owner_code", "district", "address", "longitude", "kind", "state"),
            "capacity_a_day",
        )
    }
    assert report["errorGroups"][0]["lines"] == list(range(2, 22))


def test_a_quarter_of_a_million_errors_fit_into_one_answer():
    refusals = [Invalid(f"fault {n}.", field=[f"column{n}"]) for n in range(5)]

    def refuse(row: Row) -> str:
        row.integer("n")
        raise Several(refusals)

    rows = [Row(file="f.csv", line=n + 2, cells={"n": str(n)}) for n in range(50_000)]
    found = parse_rows(rows, refuse, key=str)
    report = ImportReport.of(import_reports.ImportReport(rows=50_000, errors=tuple(found.errors)))
    assert report.error_count == 250_000
    assert [group.count for group in report.error_groups] == [50_000] * 5
    assert len(str(report)) < 300_000
