"""How fast a storefront page is served, against the same bytes served as a static file.

Everything runs on an embedded database and on servers of its own: one brand of 40 stores and 60
SKUs, one of 4,000 stores and 5,000 SKUs.
"""

import asyncio
import contextlib
import json
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qianmian.clock import now
from scripts import load
from scripts.benched_service import Service, serving
from scripts.benching import Figure, Meter, Part, arguments, database, measured, report
from scripts.client import Client
from scripts.demo_places import as_csv, store_rows

SHELF = 20
CONNECTIONS = 32

QUERY = """query Storefront($storeId: ID!) { storefront(storeId: $storeId) {
  store { id name } modules { __typename key title ... on ProductShelfModule { items {
    caption featured
    product { id name subtitle category options { name values } priceFrom { fen text }
      pictures { id } }
    variants { available variant { sku options { name value } price { fen text }
      compareAt { fen } } }
} } } } }"""


@dataclass(frozen=True, slots=True)
class Brand:
    """How large a brand is; every product has so many variants."""

    stores: int
    skus: int
    variants: int

    def product_rows(self) -> list[dict[str, Any]]:
        """The rows of products.csv."""
        return [
            {
                "product_code": f"{number // self.variants:05}",
                "name": f"远岫长款羽绒服 {number // self.variants:05}",
                "subtitle": "八百蓬白鹅绒，长款过膝",
                "category": "服装/羽绒服/长款",
                "attributes": "fill_power=800;season=冬",
                "option1_name": "款式",
                "option1_value": f"藏青 {number % self.variants}",
                "sku": f"{number // self.variants:05}-{number % self.variants}",
                "price_fen": 199900,
                "compare_at_fen": 259900,
            }
            for number in range(self.skus)
        ]

    def shelf(self) -> list[str]:
        """The products that the page shows: the same in every brand of as many variants each."""
        return [f"{number:05}" for number in range(SHELF)]


@dataclass(frozen=True, slots=True)
class Shop:
    """A service with a brand in it, and the request for one store's page."""

    service: Service
    store_id: str

    def page(self, **headers: str) -> bytes:
        """The request of an anonymous consumer."""
        body = json.dumps({"query": QUERY, "variables": {"storeId": self.store_id}}).encode()
        return load.request("POST", "/graphql", body, Content_Type="application/json", **headers)


@contextlib.contextmanager
def a_shop(uri: str, brand: Brand, folder: Path) -> Iterator[Shop]:
    """Serve a database of its own, and take the brand in."""
    with serving(uri, f"bench_{brand.stores}_{brand.variants}", folder) as service:
        yield Shop(service, _take_in(service.head_office(), brand))


def _take_in(client: Client, brand: Brand) -> str:
    """Import the brand over the public API; the store whose page is measured."""
    stores = store_rows(brand.stores)
    owners = [
        {"owner_code": code, "name": code, "kind": "franchisee"}
        for code in dict.fromkeys(row["owner_code"] for row in stores)
    ]
    shelf = {"selection": {"by_hand": {"products": brand.shelf()}}, "most": SHELF}
    layer = {
        "layer": "brand",
        "modules": [{"key": "shelf", "position": 10, "content": {"product_shelf": shelf}}],
    }
    shop = next(row["store_id"] for row in stores if row["kind"].upper() == "SHOP")
    counts = [
        {"store_id": shop, "sku": row["sku"], "on_hand": 5, "counted_at": now().isoformat()}
        for row in brand.product_rows()[: SHELF * brand.variants]
    ]
    for what, rows in (
        ("owners", owners),
        ("stores", stores),
        ("products", brand.product_rows()),
        ("stock", counts),
    ):
        import_rows(client, what, rows)
    _import(client, "layers", "layers.jsonl", json.dumps(layer).encode())
    client.close()
    return shop


def import_rows(client: Client, what: str, rows: list[dict[str, Any]]) -> None:
    """Import rows over the public API; whatever is wrong with them is an error."""
    _import(client, what, f"{what}.csv", as_csv(rows))


def _import(client: Client, what: str, name: str, data: bytes) -> None:
    client.upload(
        f"""mutation($file: Upload!) {{ {what}Import(file: $file, mode: ALL_OR_NOTHING) {{
          userErrors {{ code field message }} report {{ errors {{ file line message }} }} }} }}""",
        name,
        data,
    )


def keep_page(shop: Shop, folder: Path) -> None:
    """Fetch the page once and lay its bytes down for the static routes."""
    client = Client(shop.service.url)
    data = client.run(QUERY, storeId=shop.store_id)
    items = data["storefront"]["modules"][0]["items"]
    variants = [variant for item in items for variant in item["variants"]]
    assert len(items) == SHELF, "the page does not show the whole shelf"
    assert all(variant["available"] == 5 for variant in variants), "the page shows no stock"
    page = json.dumps({"data": data}, ensure_ascii=False, separators=(",", ":")).encode()
    (folder / "page.json").write_bytes(page)
    client.close()
    print(f"the page: {SHELF} products, {len(variants)} variants, {len(page):,} bytes")


def asking(
    name: str, service: Service, request: bytes, floor: str | None = None, **how: Any
) -> Part:
    """A part that sends one request over and over."""
    return Part(name=name, run=partial(load.repeated, service.port, request, **how), floor=floor)


async def compare_with_static(shop: Shop, database: int, options: Namespace) -> list[Figure]:
    """The page, kept, against the same bytes served as a file and from memory."""
    part = partial(asking, service=shop.service, connections=CONNECTIONS, seconds=options.seconds)
    memory = "bytes in memory, with id and log"
    parts = [
        part("a file, by StaticFiles", request=load.request("GET", "/file")),
        part(memory, request=load.request("GET", "/memory")),
        part("bytes in memory, bare", request=load.request("GET", "/bare")),
        part("the storefront page, kept", request=shop.page(), floor=memory),
    ]
    return await measured(parts, shop.service.meter(database), rounds=options.rounds)


async def compare_sizes(
    small: Shop, large: Shop, database: int, options: Namespace
) -> list[Figure]:
    """The page made anew each time, in a small brand and in a large one, by turns."""
    few = "made anew, 40 stores, 60 SKUs"
    parts = [
        asking(
            name,
            shop.service,
            shop.page(Cache_Control="no-cache"),
            floor,
            connections=1,
            seconds=options.seconds,
        )
        for name, shop, floor in (
            (few, small, None),
            ("made anew, 4,000 stores, 5,000 SKUs", large, few),
        )
    ]
    both = Meter(
        trips=lambda: small.service.trips() + large.service.trips(),
        services=[*small.service.pids, *large.service.pids],
        databases=[database],
    )
    return await measured(parts, both, rounds=options.rounds)


def main() -> int:
    """Measure and print."""
    options = arguments("storefront", __doc__).parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        uri, pid = stack.enter_context(database(folder / "data"))
        small = stack.enter_context(a_shop(uri, Brand(40, 60, 3), folder))
        large = stack.enter_context(a_shop(uri, Brand(4_000, 5_000, 3), folder))
        figures = asyncio.run(compare_sizes(small, large, pid, options))
        wide = stack.enter_context(a_shop(uri, Brand(400, 4_800, 12), folder))
        keep_page(wide, folder)
        figures += asyncio.run(compare_with_static(wide, pid, options))
    report(figures, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
