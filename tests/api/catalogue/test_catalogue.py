"""The catalogue over HTTP: taken in as a file, read by consumers."""

import json
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian import composition
from storage.mongo.kernel.database import Database
from tests.conftest import Answer, Service
from tests.support import network
from tests.support.network import GUSU, LIANGXI, a_store_row
from tests.support.pictures import a_jpeg

pytestmark = pytest.mark.anyio

HEAD_OFFICE = Viewer(id=PersonId("staff_ho"), role=Role.HEAD_OFFICE)
EDITOR = Viewer(id=PersonId("staff_ed"), role=Role.EDITOR)

IMPORT = """mutation($file: Upload!, $mode: ImportMode!) {
  productsImport(file: $file, mode: $mode) {
    report { rows created changed unchanged errors { file line column message } }
    userErrors { code field message }
  }
}"""
PRODUCT = """query($id: ID!) { product(id: $id) {
  id name subtitle category description care pictures { id } channels onShelf
  descriptionBlocks { text picture { id } }
  attributes { name value } options { name values } priceFrom { fen text }
  variants { sku barcode options { name value } price { fen } compareAt { fen } product { id } }
} }"""
COLUMNS = (
    "product_code,name,subtitle,category,description,care,attributes,channels,images,"
    "option1_name,option1_value,option2_name,option2_value,"
    "sku,barcode,price_fen,compare_at_fen,on_shelf_at,off_shelf_at"
)
DOWN = (
    "10001,极寒长款羽绒服,立体毛领,服装/羽绒服/长款,八百蓬白鹅绒。,冷水手洗。,"
    "fill_power=800;season=冬,mini_program;store,,"
    "颜色,藏青,尺码,M,10001-NVY-M,6900100010012,239900,289900,2026-09-15T00:00:00Z,"
)
DOWN_L = "10001,,,,,,,,,颜色,藏青,尺码,L,10001-NVY-L,6900100010029,239900,289900,,"
SHELL = (
    "10002,轻壳冲锋衣,,服装/冲锋衣,,,season=秋,mini_program,,"
    "颜色,墨黑,尺码,M,10002-BLK-M,,99900,,2026-10-01T08:00:00+08:00,"
)


def csv_of(*rows: str, columns: str = COLUMNS) -> bytes:
    return "\n".join([columns, *rows]).encode()


async def take_in(
    service: Service, data: bytes, mode="ALL_OR_NOTHING", viewer=HEAD_OFFICE, name="products.csv"
) -> Answer:
    file = (name, data, "text/csv")
    return await service.upload(IMPORT, file, viewer, mode=mode)


def counts(answer: Answer) -> tuple[int, int, int, int]:
    """Rows, created, changed, unchanged; nothing may be wrong."""
    payload = answer.data["productsImport"]
    assert payload["userErrors"] == [], payload
    report = payload["report"]
    assert report["errors"] == [], report
    return report["rows"], report["created"], report["changed"], report["unchanged"]


def errors(answer: Answer) -> list[tuple[int, str | None]]:
    found = answer.data["productsImport"]["report"]["errors"]
    return [(error["line"], error["column"]) for error in found]


async def test_a_file_becomes_products_that_a_consumer_can_read(service: Service):
    assert counts(await take_in(service, csv_of(DOWN, DOWN_L, SHELL))) == (3, 3, 0, 0)
    product = (await service.query(PRODUCT, id="10001")).data["product"]
    assert product["name"] == "极寒长款羽绒服"
    assert product["category"] == ["服装", "羽绒服", "长款"]
    assert product["channels"] == ["MINI_PROGRAM", "STORE"]
    assert product["attributes"] == [
        {"name": "fill_power", "value": "800"},
        {"name": "season", "value": "冬"},
    ]
    assert product["options"] == [
        {"name": "颜色", "values": ["藏青"]},
        {"name": "尺码", "values": ["M", "L"]},
    ]
    assert product["priceFrom"] == {"fen": 239900, "text": "¥2,399"}
    assert product["variants"][1] == {
        "sku": "10001-NVY-L",
        "barcode": "6900100010029",
        "options": [{"name": "颜色", "value": "藏青"}, {"name": "尺码", "value": "L"}],
        "price": {"fen": 239900},
        "compareAt": {"fen": 289900},
        "product": {"id": "10001"},
    }


async def test_the_same_file_again_changes_nothing(service: Service, database: Database):
    await take_in(service, csv_of(DOWN, DOWN_L, SHELL))
    before = await database["products"].find({}).to_list(None)
    assert counts(await take_in(service, csv_of(DOWN, DOWN_L, SHELL))) == (3, 0, 0, 3)
    assert await database["products"].find({}).to_list(None) == before


async def test_a_bad_row_keeps_the_whole_file_out_or_only_itself_by_choice(service: Service):
    bad = DOWN_L.replace("6900100010029", "6900100010028")
    refused = await take_in(service, csv_of(DOWN, bad, SHELL))
    assert refused.refused("productsImport")[0]["code"] == "INVALID"
    assert errors(refused) == [(3, "barcode")]
    assert (await service.query(PRODUCT, id="10002")).data["product"] is None
    taken = await take_in(service, csv_of(DOWN, bad, SHELL), mode="GOOD_ROWS")
    report = taken.data["productsImport"]["report"]
    assert (report["rows"], report["created"], errors(taken)) == (3, 2, [(3, "barcode")])
    product = (await service.query(PRODUCT, id="10001")).data["product"]
    assert [variant["sku"] for variant in product["variants"]] == ["10001-NVY-M"]


async def test_rows_that_contradict_each_other_or_the_catalogue_are_refused(service: Service):
    await take_in(service, csv_of(DOWN, SHELL))
    wrong = csv_of(
        DOWN,
        DOWN_L.replace("10001,,", "10001,别的名字,"),
        DOWN_L.replace("10001-NVY-L", "10002-BLK-M"),
        DOWN_L.replace("尺码,L", "尺码,M"),
        DOWN_L.replace("尺码,L", "鞋码,L"),
        DOWN_L.replace("6900100010029", "6900100010012"),
        DOWN_L,
        DOWN_L,
    )
    answer = await take_in(service, wrong, mode="GOOD_ROWS")
    assert errors(answer) == [
        (3, "name"),
        (4, "sku"),
        (5, None),
        (6, None),
        (7, "barcode"),
        (9, "sku"),
    ]
    report = answer.data["productsImport"]["report"]
    assert (report["created"], report["unchanged"]) == (1, 1)


async def test_rows_of_a_product_whose_first_row_is_wrong_say_so(service: Service):
    answer = await take_in(service, csv_of(DOWN.replace("服装/羽绒服/长款", ""), DOWN_L))
    assert errors(answer) == [(2, "category"), (3, None)]


async def test_columns_that_a_file_lacks_stay_as_they_are(service: Service):
    await take_in(service, csv_of(DOWN, DOWN_L))
    prices = csv_of("10001,10001-NVY-M,199900", columns="product_code,sku,price_fen")
    assert counts(await take_in(service, prices)) == (1, 0, 1, 0)
    product = (await service.query(PRODUCT, id="10001")).data["product"]
    assert product["name"] == "极寒长款羽绒服"
    assert [variant["price"]["fen"] for variant in product["variants"]] == [199900, 239900]
    assert product["variants"][0]["compareAt"] == {"fen": 289900}
    assert product["variants"][0]["barcode"] == "6900100010012"


async def test_json_lines_with_nested_variants_say_the_same_as_csv(service: Service):
    await take_in(service, csv_of(DOWN, DOWN_L))
    nested = {
        "product_code": "10001",
        "name": "极寒长款羽绒服",
        "subtitle": "立体毛领",
        "category": ["服装", "羽绒服", "长款"],
        "attributes": {"fill_power": 800, "season": "冬"},
        "channels": ["MINI_PROGRAM", "STORE"],
        "variants": [
            {
                "sku": "10001-NVY-M",
                "options": {"颜色": "藏青", "尺码": "M"},
                "price_fen": 239900,
                "compare_at_fen": 289900,
            },
            {
                "sku": "10001-NVY-XL",
                "options": {"颜色": "藏青", "尺码": "XL"},
                "price_fen": 249900,
            },
        ],
    }
    lines = json.dumps(nested, ensure_ascii=False).encode() + b"\nnonsense\n"
    answer = await take_in(service, lines, mode="GOOD_ROWS", name="products.jsonl")
    report = answer.data["productsImport"]["report"]
    assert (report["created"], report["changed"], report["unchanged"]) == (1, 0, 1)
    assert errors(answer) == [(2, None)]


async def test_pictures_are_found_by_the_file_names_of_uploads(service: Service):
    upload = """mutation($file: Upload!) { assetUpload(file: $file) { asset { id } } }"""
    for seed in (1, 2):
        file = ("a.jpg", a_jpeg(seed=seed), "image/jpeg")
        answer = await service.upload(upload, file, EDITOR)
    newest = answer.data["assetUpload"]["asset"]["id"]
    row = DOWN.replace("mini_program;store,", "mini_program;store,a.jpg")
    row = row.replace("八百蓬白鹅绒。", '"八百蓬白鹅绒。\n![绗缝](a.jpg)"')
    assert counts(await take_in(service, csv_of(row, DOWN_L))) == (2, 2, 0, 0)
    product = (await service.query(PRODUCT, id="10001")).data["product"]
    assert product["pictures"] == [{"id": newest}]
    assert product["descriptionBlocks"] == [
        {"text": "八百蓬白鹅绒。", "picture": None},
        {"text": "绗缝", "picture": {"id": newest}},
    ]


async def test_only_head_office_and_the_tills_import_products(service: Service):
    for viewer in (EDITOR, None, Viewer(id=PersonId("m"), role=Role.MEMBER)):
        assert (await take_in(service, csv_of(DOWN), viewer=viewer)).refused("productsImport")
    feed = Viewer(id=PersonId("till"), role=Role.FEED)
    assert counts(await take_in(service, csv_of(DOWN), viewer=feed)) == (1, 1, 0, 0)


async def test_a_product_off_the_shelf_is_seen_by_the_staff_alone(service: Service):
    later = (composition.now() + timedelta(days=1)).isoformat()
    await take_in(service, csv_of(DOWN.replace("2026-09-15T00:00:00Z", later), SHELL))
    assert (await service.query(PRODUCT, id="10001")).data["product"] is None
    seen = (await service.query(PRODUCT, EDITOR, id="10001")).data["product"]
    assert (seen["id"], seen["onShelf"]) == ("10001", False)
    listed = await service.query("{ products { nodes { id } totalCount } }")
    assert listed.data["products"] == {"nodes": [{"id": "10002"}], "totalCount": 1}


SEARCH = """query($filter: ProductFilter, $order: ProductOrder! = BEST_MATCH, $after: String) {
  products(filter: $filter, order: $order, first: 1, after: $after) {
    nodes { id } totalCount pageInfo { hasNextPage endCursor }
    facets { name values { value count chosen } } categories { path count }
  }
}"""


async def test_a_search_narrows_by_words_facets_and_pages(service: Service):
    await take_in(service, csv_of(DOWN, DOWN_L, SHELL))
    first = (await service.query(SEARCH, order="PRICE_UP")).data["products"]
    assert first["nodes"] == [{"id": "10002"}]
    assert first["totalCount"] == 2
    assert first["categories"] == [{"path": ["服装"], "count": 2}]
    assert {facet["name"] for facet in first["facets"]} == {"fill_power", "season"}
    after = first["pageInfo"]["endCursor"]
    second = (await service.query(SEARCH, order="PRICE_UP", after=after)).data["products"]
    assert (second["nodes"], second["pageInfo"]["hasNextPage"]) == ([{"id": "10001"}], False)
    wanted = {
        "words": "極寒",
        "category": ["服装", "羽绒服"],
        "attributes": [{"name": "season", "values": ["冬"]}],
        "priceFromFen": 200000,
        "priceToFen": 240000,
    }
    narrowed = (await service.query(SEARCH, filter=wanted)).data["products"]
    assert narrowed["nodes"] == [{"id": "10001"}]
    named = (await service.query(SEARCH, filter={"ids": ["10001", "nothing"]})).data["products"]
    assert (named["nodes"], named["totalCount"]) == ([{"id": "10001"}], 1)
    many = await service.query(SEARCH, filter={"ids": [str(number) for number in range(101)]})
    assert many.errors[0]["message"] == "Name at most 100 products."
    season = next(facet for facet in narrowed["facets"] if facet["name"] == "season")
    assert season["values"] == [{"value": "冬", "count": 1, "chosen": True}]


async def test_a_search_in_a_regions_stock_by_sales_asks_for_the_stock_once(
    service: Service, database: Database, round_trips: list[str]
):
    await take_in(service, csv_of(DOWN, DOWN_L, SHELL))
    rows = [
        a_store_row("S1", district=GUSU[0]),
        a_store_row("S2", district=LIANGXI[0]),
    ]
    network.counts(await network.open_stores(service, *rows))
    for region, sku, available in (
        ("320500", "10002-BLK-M", 3),
        ("320500", "10001-NVY-M", 0),
        ("320200", "10001-NVY-L", 2),
    ):
        await database["pools"].insert_one(
            {
                "_id": f"{region}/{sku}",
                "region_id": region,
                "sku": sku,
                "available": available,
                "in_flight": [],
            }
        )
    round_trips.clear()
    answer = await service.query(SEARCH, filter={"inStockInRegionId": "320500"}, order="SALES")
    assert [node["id"] for node in answer.data["products"]["nodes"]] == ["10002"]
    assert sorted(round_trips) == ["find best_sellers", "find pools"]
    round_trips.clear()
    again = await service.query(SEARCH, EDITOR, filter={"inStockInRegionId": "320500"})
    assert [node["id"] for node in again.data["products"]["nodes"]] == ["10002"]
    assert round_trips == []
    other = await service.query(SEARCH, filter={"inStockInRegionId": "320200"})
    assert [node["id"] for node in other.data["products"]["nodes"]] == ["10001"]


async def test_categories_are_a_tree_with_counts(service: Service):
    await take_in(service, csv_of(DOWN, DOWN_L, SHELL))
    answer = await service.query("{ productCategories { path count } }")
    assert answer.data["productCategories"] == [
        {"path": ["服装"], "count": 2},
        {"path": ["服装", "冲锋衣"], "count": 1},
        {"path": ["服装", "羽绒服"], "count": 1},
        {"path": ["服装", "羽绒服", "长款"], "count": 1},
    ]


EXPORT = "query($form: ProductFileForm! = CSV) { productsExport(form: $form) }"


@pytest.mark.parametrize("form", ["CSV", "JSON_LINES"])
async def test_what_is_exported_changes_nothing_when_it_is_taken_in_again(
    service: Service, form: str
):
    for seed in (1, 2):
        file = ("a.jpg", a_jpeg(seed=seed), "image/jpeg")
        await service.upload(
            "mutation($file: Upload!) { assetUpload(file: $file) { known } }", file, EDITOR
        )
        if seed == 1:
            old = DOWN.replace("mini_program;store,", "mini_program;store,a.jpg")
            await take_in(service, csv_of(old, DOWN_L))
    shell = SHELL.replace(",,,season", ',"防水。\n![细节](a.jpg)",,season').replace(
        "尺码,M", '尺码,"M, 女"'
    )
    assert counts(await take_in(service, csv_of(shell))) == (1, 1, 0, 0)
    exported = (await service.query(EXPORT, HEAD_OFFICE, form=form)).data["productsExport"]
    assert ("a.jpg" in exported, "asset_" in exported) == (True, True)
    name = "products.csv" if form == "CSV" else "products.jsonl"
    assert counts(await take_in(service, exported.encode(), name=name)) == (3, 0, 0, 3)
    again = (await service.query(EXPORT, HEAD_OFFICE, form=form)).data["productsExport"]
    assert again == exported


async def test_only_head_office_and_the_tills_export_products(service: Service):
    assert (await service.query(EXPORT, EDITOR)).errors[0]["extensions"]["code"] == "FORBIDDEN"
    assert (await service.query(EXPORT)).errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
