"""Rows of a product file, laid over what is there."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from itertools import product as every

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.barcodes import check_digit, ean_13
from domain.catalogue.catalogue import Catalogue, Channel
from domain.catalogue.ports import CataloguePorts
from domain.catalogue.product_columns import COLUMNS, by_product
from domain.catalogue.product_export import ProductFileForm, export_products
from domain.catalogue.product_rows import ProductReader
from domain.kernel.refusals import Invalid
from domain.kernel.tables import read_table
from domain.people.act import by_the_clock
from storage.advertising_claims import read_claims
from tests.support.builders import NOON, a_price_change, a_product, a_variant

PICTURES = {"a.jpg": "asset_a", "b.jpg": "asset_b"}
ROW = {
    "product_code": "10001",
    "name": "极寒长款羽绒服",
    "category": "服装/羽绒服/长款",
    "description": "八百蓬白鹅绒。",
    "attributes": "fill_power=800;season=冬",
    "channels": "mini_program;store",
    "images": "a.jpg",
    "option1_name": "尺码",
    "option1_value": "M",
    "sku": "10001-M",
    "barcode": "6900100010012",
    "price_fen": "239900",
    "compare_at_fen": "289900",
    "on_shelf_at": "2026-09-15T00:00:00Z",
    "off_shelf_at": "",
}


def as_csv(*rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(data, *, file="products.csv", known=None, now=NOON):
    """What a file makes of a catalogue: its products by id, and what is wrong."""
    known = known or Catalogue()
    table = read_table(file, data, COLUMNS)
    groups, nameless = by_product(table.rows)
    reader = ProductReader(
        known=known,
        taken={sku: product.id for sku, (product, _) in known.variants.items()},
        barcodes={v.barcode: sku for sku, (_, v) in known.variants.items() if v.barcode},
        pictures=PICTURES,
        wording=read_claims(),
        now=now,
    )
    found = [reader.read(code, group) for code, group in groups.items()]
    products = {product.id: product for product, _ in filter(None, found)}
    return products, [
        (error.line, error.column) for error in (*table.errors, *nameless, *reader.errors)
    ]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"price_fen": "free"}, "price_fen"),
        ({"price_fen": "0"}, "price_fen"),
        ({"price_fen": "239900.5"}, "price_fen"),
        ({"price_fen": "100000001"}, "price_fen"),
        ({"compare_at_fen": "239900"}, "compare_at_fen"),
        ({"category": "a/b/c/d/e"}, "category"),
        ({"category": " / "}, "category"),
        ({"channels": "moon"}, "channels"),
        ({"attributes": "season"}, "attributes"),
        ({"attributes": "season="}, "attributes"),
        ({"attributes": "sea.son=冬"}, "attributes"),
        ({"attributes": "$season=冬"}, "attributes"),
        ({"images": "a.jpg;nobody.jpg"}, "images"),
        ({"description": "![细节](nobody.jpg)"}, "description"),
        ({"on_shelf_at": "2026-09-15"}, "on_shelf_at"),
        ({"on_shelf_at": "2026-09-15T00:00:00"}, "on_shelf_at"),
        ({"off_shelf_at": "2026-09-14T00:00:00Z"}, "off_shelf_at"),
        ({"barcode": "690010001001"}, "barcode"),
        ({"barcode": "6900100010013"}, "barcode"),
        ({"sku": ""}, "sku"),
        ({"name": ""}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"name": "全网最低价羽绒服"}, "name"),
        ({"description": "很暖。全网最低价。"}, "description"),
        ({"product_code": ""}, "product_code"),
        ({"option1_value": ""}, "option1_value"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(change, column):
    good = {**ROW, "product_code": "10002", "sku": "10002-M", "barcode": ""}
    products, errors = read(as_csv(good, {**ROW, **change}))
    assert errors == [(3, column)]
    assert set(products) == {"10002"}


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("subtitle", "全网最低价"),
        ("care", "全网最低价"),
        ("category", "服装/全网最低价"),
        ("attributes", "卖点=全网最低价"),
        ("option1_value", "全网最低价"),
    ],
)
def test_what_may_not_be_said_of_goods_is_refused_wherever_it_stands(column, said):
    _, errors = read(as_csv({**ROW, column: said}))
    assert errors == [(2, column)]


def test_what_a_product_says_already_is_left_as_it_is():
    said = a_product(name="全网最低价", variants=())
    known = Catalogue(products={said.id: said})
    products, errors = read(as_csv({**ROW, "name": "全网最低价"}), known=known)
    assert (errors, set(products)) == ([], {"10001"})


def test_a_price_repeated_after_a_change_sets_nothing_and_another_one_counts_from_now():
    variant = a_variant("10001-M", price=239900, options={"尺码": "M"})
    product = a_product(variants=(variant,))
    change = a_price_change(("10001-M", 199900), effective_at=NOON - timedelta(hours=1))
    known = Catalogue(products={product.id: product}, price_changes={change.id: change})
    prices = {"product_code": "10001", "sku": "10001-M", "price_fen": "199900"}
    repeated, _ = read(as_csv(prices), known=known)
    assert repeated == {product.id: product}
    other, _ = read(as_csv({**prices, "price_fen": "189900"}), known=known)
    after = replace(known, products=other)
    assert after.price_at("10001-M", NOON).amount == 189900
    assert after.price_at("10001-M", NOON - timedelta(minutes=1)).amount == 199900


def test_an_ean_13_ends_in_its_check_digit():
    # The example of GS1's General Specifications, and a book's ISBN.
    assert ean_13("4006381333931") == "4006381333931"
    assert ean_13("9787302511625") == "9787302511625"
    with pytest.raises(Invalid, match="ends in 1"):
        ean_13("4006381333932")


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"variants": []}, "variants"),
        ({"variants": ["10001-M"]}, "variants"),
        ({"variants": {"sku": "10001-M"}}, "variants"),
        ({"attributes": {"season": ["春", "秋"]}}, "attributes"),
        ({"attributes": {"season": None}}, "attributes"),
        ({"attributes": {"a;b": "c"}}, "attributes"),
        ({"category": ["a/b"]}, "category"),
        ({"name": ["羽", "绒"]}, "name"),
        ({"name": True}, "name"),
        ({"price_fen": 239900.5}, "price_fen"),
    ],
)
def test_what_is_wrong_in_json_is_named_too(change, column):
    cells = {"product_code": "1", "name": "软壳", "category": ["衣"], "sku": "1-M", "price_fen": 1}
    products, errors = read(json.dumps({**cells, **change}).encode(), file="products.jsonl")
    assert (products, errors) == ({}, [(1, column)])


def test_a_line_of_json_ends_at_its_line_feed_alone():
    cells = {"product_code": "1", "name": "软\u2028壳", "category": "衣", "sku": "1-M"}
    line = json.dumps({**cells, "price_fen": 1}, ensure_ascii=False)
    products, errors = read(line.encode() + b"\n", file="products.jsonl")
    assert errors == []
    assert products["1"].name == "软\u2028壳"


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(0, 11))
def test_a_check_digit_finds_every_single_slip(twelve, place):
    code = twelve + check_digit(twelve)
    assert ean_13(code) == code
    slipped = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
    with pytest.raises(Invalid):
        ean_13(slipped)


class Bank:
    """Uploads that are known by their own names."""

    async def by_file_names(self, names):
        return {name: PICTURES[name] for name in names if name in PICTURES}

    async def by_ids(self, ids):
        names = {asset: name for name, asset in PICTURES.items()}
        return {asset: type("Named", (), {"file_name": names[asset]}) for asset in ids}


class Held:
    """A view that never changes."""

    def __init__(self, catalogue):
        self.view = catalogue

    def catalogue(self):
        return self.view


plain_words = st.text(
    st.characters(codec="utf-8", exclude_characters=";=/.$\x00", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=8,
)
# Strangers type what spreadsheets would run, and what they keep a text by.
formulas = st.sampled_from(
    ["+1", "-2", "@SUM(A1)", "'+1", "'007", "＋8", "''9", "－x", "'", "''-1"]
)
words = plain_words | formulas
amounts = st.integers(1, 10**6)
moments = st.none() | st.datetimes(
    min_value=NOON.replace(tzinfo=None),
    max_value=NOON.replace(year=2999, tzinfo=None),
    timezones=st.just(NOON.tzinfo),
).map(lambda moment: moment.replace(microsecond=0))


@st.composite
def catalogues(draw):
    products = []
    for number in range(draw(st.integers(1, 3))):
        names = draw(st.lists(words, unique=True, max_size=3))
        choices = every(
            *(draw(st.lists(words, unique=True, min_size=1, max_size=2)) for _ in names)
        )
        variants = tuple(
            a_variant(
                f"{number}-{i}",
                price=draw(amounts),
                compare_at=draw(st.none() | st.integers(10**6 + 1, 10**7)),
                options=dict(zip(names, chosen, strict=True)),
            )
            for i, chosen in enumerate(choices)
        )
        products.append(
            a_product(
                str(number),
                name=draw(words),
                subtitle=draw(st.just("") | words),
                category=tuple(draw(st.lists(words, min_size=1, max_size=4))),
                description=draw(st.sampled_from(["", "一段\n![图](asset_a)\n\n又一段"])),
                attributes=draw(st.dictionaries(words, words, max_size=3)),
                channels=draw(st.frozensets(st.sampled_from(list(Channel)), min_size=1)),
                pictures=draw(st.sampled_from([(), ("asset_b", "asset_a")])),
                variants=variants,
                on_shelf_at=draw(moments),
            )
        )
    return Catalogue(products={product.id: product for product in products})


@pytest.mark.anyio
@given(catalogues(), st.sampled_from(list(ProductFileForm)))
async def test_a_catalogue_handed_out_and_taken_in_is_the_same_catalogue(catalogue, form):
    ports = CataloguePorts(
        source=Held(catalogue),
        writer=None,
        pictures=Bank(),
        uses=None,
        records=None,
        wording=None,
    )
    text = await export_products(ports, by_the_clock(NOON, str), form)
    file = "products.csv" if form is ProductFileForm.CSV else "products.jsonl"
    products, errors = read(text.encode(), file=file)
    assert errors == []
    assert products == catalogue.products
    again, errors = read(text.encode(), file=file, known=catalogue)
    assert (errors, again) == ([], catalogue.products)
    if form is ProductFileForm.CSV:
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))]


SECOND = {"product_code": "10001", "option1_name": "尺码", "option1_value": "L"} | {
    "sku": "10001-L",
    "price_fen": "239900",
}


def test_a_row_that_builds_on_a_refused_one_is_not_taken():
    """The first row alone says what the product is called."""
    products, errors = read(as_csv({**ROW, "price_fen": "-1"}, SECOND))
    assert products == {}
    assert errors == [(2, "price_fen"), (3, None)]


def test_a_row_that_needs_nothing_of_a_refused_one_is_taken():
    known = Catalogue(products=read(as_csv(ROW))[0])
    products, errors = read(as_csv({**ROW, "price_fen": "-1"}, SECOND), known=known)
    assert [variant.sku for variant in products["10001"].variants] == ["10001-M", "10001-L"]
    assert errors == [(2, "price_fen")]
    renamed = {**ROW, "price_fen": "-1", "name": "别的名字"}
    assert read(as_csv(renamed, SECOND), known=known)[0] == {}
