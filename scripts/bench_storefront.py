"""How fast a storefront page is served, against the same bytes served as a static file.

Everything runs on an embedded database and on servers of its own: one brand of 40 stores and 60
SKUs, one of 4,000 stores and 5,000 SKUs. The parts of a comparison take turns, so that whatever
else the machine does slows both alike.
"""

import argparse
import asyncio
import contextlib
import csv
import functools
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api.kernel.http import App, Envelope, Receive, Scope, Send
from domain.kernel.ids import PersonId
from domain.people.tokens import issue_access_token
from domain.people.viewer import Role, Viewer
from qianmian.composition import from_environment, now
from scripts import children, embedded, load
from scripts.client import Client
from scripts.demo_places import store_rows

SECRET = "only for a server that a benchmark starts and stops"  # noqa: S105 - it guards nothing
SHELF = 20
CONNECTIONS = 32
START_S = 30.0

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
class Server:
    """A service with a brand in it, and the request for one store's page."""

    port: int
    store_id: str

    def page(self, **headers: str) -> bytes:
        """The request of an anonymous consumer."""
        body = json.dumps({"query": QUERY, "variables": {"storeId": self.store_id}}).encode()
        return load.request("POST", "/graphql", body, Content_Type="application/json", **headers)


def app() -> App:
    """The service, with the page of the benchmark's folder served beside it in static ways.

    `/file` reads it each time, as Starlette's StaticFiles does; `/memory` sends it from memory
    under the service's envelope of request id, bounds and log; `/bare` does so without.
    """
    service = from_environment()
    folder = Path(os.environ["BENCH_FOLDER"])
    files = StaticFiles(directory=folder)

    @functools.cache
    def page() -> Response:
        return Response((folder / "page.json").read_bytes(), media_type="application/json")

    async def from_file(scope: Scope, receive: Receive, send: Send) -> None:
        await files({**scope, "path": "/page.json"}, receive, send)

    async def from_memory(scope: Scope, receive: Receive, send: Send) -> None:
        await page()(scope, receive, send)

    static: dict[str, App] = {
        "/file": from_file,
        "/memory": Envelope(from_memory),
        "/bare": from_memory,
    }

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        await static.get(path, service)(scope, receive, send)

    return choose


@contextlib.contextmanager
def serving(uri: str, brand: Brand, folder: Path) -> Iterator[Server]:
    """Start a server on a database of its own, take the brand in, and stop it afterwards."""
    port = embedded.free_port()
    name = f"bench_{brand.stores}_{brand.variants}"
    settings = {
        "MONGODB_URI": uri,
        "MONGODB_DATABASE": name,
        "QIANMIAN_MODE": "demo",
        "QIANMIAN_SECRET": SECRET,
        "QIANMIAN_FILES": str(folder / "files"),
        "BENCH_FOLDER": str(folder),
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "scripts.bench_storefront:app"]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    with (folder / f"{name}.log").open("wb") as log:
        server = children.start(command, log, env={**os.environ, **settings})
        try:
            _wait_until_ready(port)
            yield Server(port, _take_in(f"http://127.0.0.1:{port}", brand))
        finally:
            server.terminate()
            server.wait()


def _wait_until_ready(port: int) -> None:
    client = Client(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(Exception):
            if client.get("/ready").status_code == 200:
                client.close()
                return
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start within {START_S:.0f} s")


def _take_in(url: str, brand: Brand) -> str:
    """Import the brand over the public API; the store whose page is measured."""
    head_office = Viewer(id=PersonId("bench"), role=Role.HEAD_OFFICE)
    client = Client(url, issue_access_token(head_office, secret=SECRET, now=now()))
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
        _import(client, what, f"{what}.csv", _csv(rows))
    _import(client, "layers", "layers.jsonl", json.dumps(layer).encode())
    client.close()
    return shop


def _import(client: Client, what: str, name: str, data: bytes) -> None:
    client.upload(
        f"""mutation($file: Upload!) {{ {what}Import(file: $file, mode: ALL_OR_NOTHING) {{
          userErrors {{ code field message }} report {{ errors {{ file line message }} }} }} }}""",
        name,
        data,
    )


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def keep_page(server: Server, folder: Path) -> int:
    """Fetch the page once and lay its bytes down for the static routes; how many there are."""
    client = Client(f"http://127.0.0.1:{server.port}")
    data = client.run(QUERY, storeId=server.store_id)
    items = data["storefront"]["modules"][0]["items"]
    variants = [variant for item in items for variant in item["variants"]]
    assert len(items) == SHELF, "the page does not show the whole shelf"
    assert all(variant["available"] == 5 for variant in variants), "the page shows no stock"
    page = json.dumps({"data": data}, ensure_ascii=False, separators=(",", ":")).encode()
    (folder / "page.json").write_bytes(page)
    client.close()
    print(f"the page: {SHELF} products, {len(variants)} variants, {len(page):,} bytes")
    return len(page)


async def compare_with_static(server: Server, *, seconds: float, rounds: int) -> None:
    """The cached page against the same bytes served as a file and from memory."""
    asked = {
        "a file, by StaticFiles": load.request("GET", "/file"),
        "bytes in memory, with id and log": load.request("GET", "/memory"),
        "bytes in memory, bare": load.request("GET", "/bare"),
        "the storefront page": server.page(),
    }
    rates: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, request in asked.items():
            rates[name].append(
                await load.rate(server.port, request, connections=CONNECTIONS, seconds=seconds)
            )
    medians = {name: statistics.median(found) for name, found in rates.items()}
    page = medians["the storefront page"]
    for name, found in medians.items():
        share = "" if found == page else f"  the page has {page / found:.0%} of it"
        print(f"{name:<33} {found:9.0f} requests/s{share}")


async def compare_sizes(small: Server, large: Server, *, rounds: int) -> None:
    """The page made anew each time, in a small brand and in a large one, by turns."""
    took: dict[Server, list[float]] = {small: [], large: []}
    for _ in range(rounds):
        for server, found in took.items():
            rate = await load.rate(
                server.port, server.page(Cache_Control="no-cache"), connections=1, seconds=1.0
            )
            found.append(1000 / rate)
    few, many = (statistics.median(took[server]) for server in (small, large))
    print(f"uncached,    40 stores,    60 SKUs {few:8.1f} ms")
    print(f"uncached, 4,000 stores, 5,000 SKUs {many:8.1f} ms  {many / few:.2f} times as long")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench storefront", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each part lasts")
    parser.add_argument("--rounds", type=int, default=5, help="how often the parts take turns")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        uri = stack.enter_context(embedded.running(folder / "data"))
        small = stack.enter_context(serving(uri, Brand(40, 60, 3), folder))
        large = stack.enter_context(serving(uri, Brand(4_000, 5_000, 3), folder))
        asyncio.run(compare_sizes(small, large, rounds=options.rounds))
        wide = stack.enter_context(serving(uri, Brand(400, 4_800, 12), folder))
        keep_page(wide, folder)
        measure = compare_with_static(wide, seconds=options.seconds, rounds=options.rounds)
        asyncio.run(measure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
