"""Thousands of storefronts: opened in bulk, alike where they must be, different where they may."""

import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts import serve
from scripts.client import Client
from scripts.demo_brand import IMPORT, PASSWORD
from scripts.demo_places import as_csv, store_rows
from scripts.embedded import free_port
from scripts.telling import expect, refused, say, step

STORES = 4_000
FLIP_AFTER = timedelta(seconds=4)
FACE = json.dumps(
    {"layer": "brand", "modules": [{"key": "hello", "content": {"notice": {"text": "新店开业"}}}]}
).encode()
ERRORS = "userErrors { code field message }"

REGIONS = """{ regions(first: 100) { nodes { id name stores(first: 20) {
  nodes { id name kind state } } } } }"""
PAGE = """query ($id: ID!) { storefront(storeId: $id) { store { name region { name } } modules {
  key title origin { id }
  ... on ProductShelfModule { items { product { id name }
    variants { available variant { sku price { fen text } } } } } } } }"""
SCHEDULE = f"""mutation ($input: PriceChangeInput!) {{ priceChangeSchedule(input: $input) {{
  priceChange {{ id }} {ERRORS} }} }}"""
POLICY = """{ facePolicy { version locked
  region { kinds mostModules mostFeatured mayHideProducts mayHideModules }
  store { kinds mostModules mostFeatured mayHideProducts mayHideModules } } }"""
SET_POLICY = f"""mutation ($input: FacePolicyInput!, $version: Int!) {{
  facePolicySet(input: $input, expectedVersion: $version) {{ policy {{ version }} {ERRORS} }} }}"""
LAYER = "query ($id: ID!) { layer(id: $id) { draft { version } } }"
DRAFT = f"""mutation ($id: ID!, $input: LayerInput!, $version: Int!) {{
  layerDraft(id: $id, input: $input, expectedVersion: $version) {{
    draft {{ version }} {ERRORS} }} }}"""
DISCARD = f"""mutation ($id: ID!, $version: Int!) {{
  layerDraftDiscard(id: $id, expectedVersion: $version) {{ {ERRORS} }} }}"""
PREVIEW = """query ($id: ID!, $at: DateTime!) { storefrontPreview(storeId: $id, at: $at) {
  modules { key title } } }"""


async def tell(url: str) -> None:
    """Tell the story on a running service that has the demo brand."""
    office = Client(url).signed_in("office", PASSWORD)
    manager = Client(url).signed_in("manager", PASSWORD)
    four = neighbours(office)
    compare(office, four)
    flip_a_price(office, four)
    break_a_rule(office, manager)
    look_ahead(manager)
    # It starts a service, which has an event loop of its own.
    await asyncio.to_thread(open_thousands)


def neighbours(office: Client) -> list[str]:
    """Two open shops in each of two cities."""
    chosen: list[str] = []
    for region in office.run(REGIONS)["regions"]["nodes"]:
        shops = [
            store["id"]
            for store in region["stores"]["nodes"]
            if (store["kind"], store["state"]) == ("SHOP", "OPEN")
        ]
        if len(shops) >= 2 and len(chosen) < 4:
            chosen += shops[:2]
    expect(len(chosen) == 4, "two cities with two open shops each")
    return chosen


def compare(office: Client, four: list[str]) -> None:
    """Show one shelf in four stores of two cities."""
    step("The same shelf in four stores of two cities")
    pages = [office.run(PAGE, id=store)["storefront"] for store in four]
    shelves = [items_of(page) for page in pages]
    shared = set.intersection(*(set(shelf) for shelf in shelves))
    expect(bool(shared), "a product that all four show")
    product = min(shared)
    for page, shelf in zip(pages, shelves, strict=True):
        item = shelf[product]
        variant = item["variants"][0]
        titles = " · ".join(module["title"] or module["key"] for module in page["modules"][:4])
        say(f"{page['store']['region']['name']} {page['store']['name']}: {titles}")
        say(
            f"    {item['product']['name']} {variant['variant']['sku']} "
            f"{variant['variant']['price']['text']}, {variant['available']} left in the region"
        )
    numbers = [stock_of(shelf) for shelf in shelves]
    for one, other in ((0, 1), (2, 3)):
        both = numbers[one].keys() & numbers[other].keys()
        same = all(numbers[one][sku] == numbers[other][sku] for sku in both)
        expect(same, "one number for each SKU within a region")
    expect(len({tuple(titles_of(page)) for page in pages}) > 1, "pages that are arranged unlike")


def flip_a_price(office: Client, four: list[str]) -> None:
    """Schedule a price, watch it flip in all storefronts at its moment, and put it back."""
    step("A scheduled price flips everywhere at one instant")
    first = items_of(office.run(PAGE, id=four[0])["storefront"])
    pages = [items_of(office.run(PAGE, id=store)["storefront"]) for store in four]
    product = min(set.intersection(*(set(page) for page in pages)))
    variant = first[product]["variants"][0]["variant"]
    sku, before = variant["sku"], variant["price"]["fen"]
    for wanted, why in ((before - 10_000, "双十二"), (before, "恢复原价")):
        at = datetime.now(UTC) + FLIP_AFTER
        lines = [{"sku": sku, "priceFen": wanted}]
        office.run(SCHEDULE, input={"name": why, "effectiveAt": at.isoformat(), "lines": lines})
        seen = watch(office, four, product, sku, at)
        say(f"{why}: {sku} from {at:%H:%M:%S.%f} UTC on: {' '.join(map(str, seen))} fen")
        expect(seen == [wanted] * 4, "the new price in all four storefronts")


def watch(office: Client, four: list[str], product: str, sku: str, at: datetime) -> list[int]:
    """Ask all four until the moment has come; nobody may be early; then what they all say."""
    old: set[int] = set()
    while True:
        asked_at = datetime.now(UTC)
        prices = [price_of(office, store, product, sku) for store in four]
        if asked_at >= at:
            return prices
        if datetime.now(UTC) < at:
            old.update(prices)
            expect(len(old) == 1, "one price until the moment comes")
        time.sleep(0.2)


def break_a_rule(office: Client, manager: Client) -> None:
    """Lock a module, and have a store's manager refused who changes it."""
    step("Head office locks a module; the store that changes it is refused")
    before = office.run(POLICY)["facePolicy"]
    rules = {name: before[name] for name in ("region", "store")}
    version = before["version"]
    office.run(SET_POLICY, input={**rules, "locked": ["hero"]}, version=version)
    said = {"modules": [{"key": "hero", "title": "本店特惠"}]}
    try:
        say(refused(manager, DRAFT, id="store:S0001", input=said, version=draft_version(manager)))
    finally:
        policy = {**rules, "locked": before["locked"]}
        office.run(SET_POLICY, input=policy, version=version + 1)


def look_ahead(manager: Client) -> None:
    """Draft a banner for next month, and see the storefront of then."""
    step("A draft for next month, previewed today")
    now = datetime.now(UTC)
    starts_at = now + timedelta(days=20)
    notice = {
        "key": "double-twelve",
        "title": "双十二",
        "position": 1,
        "window": {"startsAt": starts_at.isoformat()},
        "content": {"notice": {"text": "双十二，满一千减一百"}},
    }
    version = draft_version(manager)
    drafted = manager.run(DRAFT, id="store:S0001", input={"modules": [notice]}, version=version)
    seen = {}
    for when, at in (("today", now), ("then", starts_at + timedelta(days=1))):
        page = manager.run(PREVIEW, id="S0001", at=at.isoformat())["storefrontPreview"]
        seen[when] = titles_of(page)
        say(f"{when}: {' · '.join(seen[when])}")
    manager.run(DISCARD, id="store:S0001", version=drafted["layerDraft"]["draft"]["version"])
    expect(seen["then"][0] == "双十二", "the notice in next month's storefront")
    expect("双十二" not in seen["today"], "no notice in today's")


def open_thousands(stores: int = STORES) -> None:
    """Open 4,000 storefronts with one file and enter the last, in a service of their own.

    A store is never deleted, so the brand of the other steps would keep them.
    """
    step(f"{stores:,} storefronts from one file, in a brand of their own")
    with (
        tempfile.TemporaryDirectory(prefix="qianmian-thousands-") as folder,
        serve.serving(Path(folder) / "data", free_port()) as (url, *_),
    ):
        fill(Client(url).signed_in("office", PASSWORD), stores)


def fill(office: Client, stores: int) -> None:
    """Give an empty brand its face and its stores."""
    rows = store_rows(stores)
    owners = [
        {"owner_code": code, "name": code, "kind": "franchisee"}
        for code in dict.fromkeys(row["owner_code"] for row in rows)
    ]
    office.upload(IMPORT % "ownersImport", "owners.csv", as_csv(owners))
    office.upload(IMPORT % "layersImport", "layers.jsonl", FACE)
    started = time.monotonic()
    report = office.upload(IMPORT % "storesImport", "stores.csv", as_csv(rows))["done"]["report"]
    imported_s = time.monotonic() - started
    last = next(row for row in reversed(rows) if row["kind"] == "SHOP")
    page = office.run(PAGE, id=last["store_id"])["storefront"]
    ready_s = time.monotonic() - started
    say(f"{report['rows']:,} rows: {report['created']:,} new, {report['changed']:,} changed")
    say(f"imported in {imported_s:.1f} s; the last one serves after {ready_s:.1f} s:")
    say(f"{page['store']['name']}: {' · '.join(titles_of(page))}")
    expect(bool(page["modules"]), "the brand's face in a storefront that was just opened")


def items_of(page: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is on the shelves of a page, by product."""
    return {
        item["product"]["id"]: item
        for module in page["modules"]
        for item in module.get("items", ())
    }


def stock_of(shelf: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Units by SKU."""
    return {
        variant["variant"]["sku"]: variant["available"]
        for item in shelf.values()
        for variant in item["variants"]
    }


def titles_of(page: dict[str, Any]) -> list[str]:
    """How the modules of a page are called, from top to bottom."""
    return [module["title"] or module["key"] for module in page["modules"]]


def price_of(office: Client, store: str, product: str, sku: str) -> int:
    """What a SKU costs in a store's storefront."""
    item = items_of(office.run(PAGE, id=store)["storefront"])[product]
    prices = {
        variant["variant"]["sku"]: variant["variant"]["price"]["fen"]
        for variant in item["variants"]
    }
    fen: int = prices[sku]
    return fen


def draft_version(manager: Client) -> int:
    """The version of the manager's own draft; 0 where there is none."""
    draft = manager.run(LAYER, id="store:S0001")["layer"]["draft"]
    return int(draft["version"]) if draft else 0
