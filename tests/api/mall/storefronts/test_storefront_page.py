"""What a storefront page costs the database."""

import pytest

from tests.conftest import Service
from tests.support.network import (
    HEAD_OFFICE,
    a_product_row,
    a_store_row,
    as_csv,
    as_json_lines,
    counts,
    open_stores,
    take_in,
)
from tests.support.pictures import a_jpeg
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

PRODUCTS, SIZES = 20, 12
PAGE = """query { storefront(storeId: "S1") { store { name } modules { key
  ... on ProductShelfModule { items {
    product { id name subtitle description options { name values } priceFrom { fen }
      pictures { id width } descriptionBlocks { text picture { id } } }
    variants { available variant { sku options { name value } price { fen }
      compareAt { fen } product { name } } } } } } } }"""


async def test_twenty_products_with_prices_pictures_and_live_stock_take_one_round_trip(
    service: Service, round_trips: list[str]
):
    upload = "mutation($file: Upload!) { assetUpload(file: $file) { userErrors { message } } }"
    await service.upload(upload, ("a.jpg", a_jpeg(), "image/jpeg"), HEAD_OFFICE)
    rows = [
        a_product_row(
            f"{product:03}",
            images="a.jpg",
            description="八百蓬。\n![绗缝](a.jpg)",
            sku=f"{product:03}-{size}",
            option1_value=f"{size} 码",
        )
        for product in range(PRODUCTS)
        for size in range(SIZES)
    ]
    counts(await open_stores(service, a_store_row("S1")))
    counts(await take_in(service, "products", as_csv(*rows)))
    stock = [
        {
            "store_id": "S1",
            "sku": row["sku"],
            "on_hand": "3",
            "counted_at": "2026-01-01T00:00:00Z",
        }
        for row in rows
    ]
    counts(await take_in(service, "stock", as_csv(*stock)))
    shelf = {"selection": {"by_category": {"category": ["服装"]}}, "most": PRODUCTS}
    layer = {"layer": "brand", "modules": [{"key": "all", "content": {"product_shelf": shelf}}]}
    counts(await take_in(service, "layers", as_json_lines(layer)))

    async def costs() -> list[str]:
        round_trips.clear()
        await service.query(PAGE)
        return sorted(round_trips)

    # As long as the store's region is new here, its stock is asked for.
    await comes_to(["find assets"], costs)
    (module,) = (await service.query(PAGE)).data["storefront"]["modules"]
    assert len(module["items"]) == PRODUCTS
    variants = [variant for item in module["items"] for variant in item["variants"]]
    assert [variant["available"] for variant in variants] == [3] * (PRODUCTS * SIZES)
    assert all(item["product"]["pictures"] for item in module["items"])
