"""No cell of a file of owners, stores, products or layers breaks its import."""

import json

import pytest

from tests.conftest import Service
from tests.support.network import (
    HEAD_OFFICE,
    OWNERS,
    a_product_row,
    a_store_row,
    as_csv,
    counts,
    open_stores,
    take_in,
)

pytestmark = pytest.mark.anyio

CELLS = [
    "-1",
    "9223372036854775808",
    "1" + "0" * 30,
    "9" * 5_000,
    "1e999",
    "nan",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "a\x01b",
    "a\u202eb",
    "\u2068",
    "a\u200bb",
    "羽" * 40_000,
    "$x.y",
    "=1+1",
    "a=b;c=d;",
    ";;;",
    "/" * 50,
    "![x](y)",
    "{}",
]
KEYS = {"owners": "owner_code", "stores": "store_id", "products": "sku"}
# Of JSON Lines alone.
VALUES = [True, [], [[]], {}, {"a": {}}, 1e308, 10**30, ["a\x01"], {"\u202e": "x"}, "\ud800", None]
READ = """{ stores { nodes { id name openNow closesAt opensNext divisions } }
  products(filter: {}, order: PRICE_UP) { nodes { id name priceFrom { text }
    descriptionBlocks { text } } facets { name } } }"""


@pytest.mark.parametrize(
    ("what", "row"),
    [
        ("owners", {"owner_code": "brand", "name": "山屿", "kind": "brand"}),
        ("stores", a_store_row("S9", longitude="120.7")),
        ("products", a_product_row("10009")),
    ],
)
async def test_every_cell_is_refused_by_its_line_or_taken_and_read_again(
    service: Service, what: str, row: dict[str, str]
):
    counts(await take_in(service, "owners", OWNERS))
    for column in row:
        rows = [
            {**row, KEYS[what]: f"N{number}", column: cell} for number, cell in enumerate(CELLS)
        ]
        report = (await take_in(service, what, as_csv(*rows), mode="GOOD_ROWS"))["report"]
        lines = {one["line"] for one in report["errors"]}
        assert report["rows"] == len(rows), column
        assert lines <= set(range(2, len(rows) + 3)), column
        assert all(len(one["message"]) < 700 for one in report["errors"]), column
    shown = await service.query(READ, HEAD_OFFICE)
    assert shown.data["stores"]["nodes"] is not None
    exported = await service.query("{ productsExport(form: CSV) }", HEAD_OFFICE)
    assert exported.data["productsExport"] is not None


@pytest.mark.parametrize("what", ["owners", "stores", "products", "layers"])
async def test_every_value_of_json_lines_too(service: Service, what: str):
    counts(await open_stores(service, a_store_row("S1")))
    lines = {
        "owners": {"owner_code": "brand", "name": "山屿", "kind": "brand"},
        "stores": a_store_row("S9", longitude="120.7"),
        "products": {
            "product_code": "10009",
            "name": "x",
            "category": ["服装"],
            "description": "x",
            "attributes": {"a": "b"},
            "images": [],
            "variants": [{"sku": "10009", "price_fen": 1, "options": {"a": "b"}}],
        },
        "layers": {
            "layer": "store:S1",
            "modules": [],
            "featured": [],
            "hide": [],
            "show": [],
            "captions": [],
        },
    }
    for column in lines[what]:
        several = [as_line({**lines[what], column: value}) for value in [*VALUES, *CELLS]]
        report = (
            await take_in(service, what, b"\n".join(several), mode="GOOD_ROWS", ending="jsonl")
        )["report"]
        assert report is not None, column


def as_line(line: dict[str, object]) -> bytes:
    """JSON with escapes, so that halves of characters can be said."""
    return json.dumps(line).encode()
