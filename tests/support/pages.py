"""A browser on a running service with a small brand, for tests of the pages as people use them."""

import asyncio
import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Response,
    Route,
    expect,
    sync_playwright,
)

from scripts import demo_brand, embedded
from scripts.client import Client
from scripts.serve import start_service
from tests.conftest import settings_for
from tests.support.network import (
    LIANGXI,
    OWNERS,
    a_product_row,
    a_store_row,
    as_csv,
    as_json_lines,
)
from tests.support.paths import ROOT
from tests.support.pictures import a_jpeg
from tests.support.services import environment_of

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
TIMEOUT_MS = 60_000
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
IMPORT = """mutation($file: Upload!) { done: %sImport(file: $file, mode: ALL_OR_NOTHING) {
  report { errors { line message } } userErrors { message } } }"""


STARTS_WITHIN_S = 240
END_SESSION = """() => {
  const kept = JSON.parse(localStorage.getItem("qianmian.desk"));
  localStorage.setItem("qianmian.desk", JSON.stringify({ ...kept, refresh: "x.y.z" })); }"""
GO = """async (address) => {
  history.pushState({}, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame); }"""


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A browser for the length of a block, with the fonts of the posters; skips where none is.

    It must end before the test does: while Playwright's loop runs, no other loop may.
    """
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no browser is installed: apt-get install chromium")
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(fonts=ROOT / "storage" / "fonts", cache=folder / "fontcache"))
    expect.set_options(timeout=TIMEOUT_MS)
    playwright = sync_playwright().start()
    try:
        browser = playwright.chromium.launch(
            executable_path=path, args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(fonts)}
        )
        yield browser
        browser.close()
    finally:
        playwright.stop()


@contextlib.contextmanager
def a_service(uri: str, folder: Path, **environment: str) -> Iterator[str]:
    """The service as a process on a database of its own, with the demo's people."""
    settings = settings_for(uri, f"pages_{embedded.free_port()}", folder)
    asyncio.run(demo_brand.prepare(settings))
    port = embedded.free_port()
    url = f"http://127.0.0.1:{port}"
    told = {
        **environment_of(settings),
        "QIANMIAN_PUBLIC_URL": url,
        "QIANMIAN_DEMO_PEOPLE": json.dumps(demo_brand.people()),
        **environment,
    }
    process = start_service(told, port, folder / "service.log")
    try:
        _wait_until_ready(url)
        yield url
    finally:
        embedded.stop(process)


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"{url}/ready").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the service did not start")


def open_brand(url: str) -> None:
    """Two shops of 苏州 and one of 无锡, two products with pictures and stock, a guide."""
    with signed_in(url, "office") as office, signed_in(url, "editor") as editor:
        _take_in(office, editor)


@contextlib.contextmanager
def signed_in(url: str, login: str) -> Iterator[Client]:
    """One of the demo's staff, for the length of a block."""
    stranger = Client(url)
    person = stranger.signed_in(login, demo_brand.PASSWORD)
    yield person
    for one in (stranger, person):
        one.close()


def _take_in(office: Client, editor: Client) -> None:
    for number in (1, 2):
        text = "mutation($file: Upload!) { assetUpload(file: $file) { userErrors { message } } }"
        editor.upload(text, f"coat-{number}.jpg", a_jpeg(900, 1200, seed=number))
    hours = {"opening_hours": "00:00-24:00"}
    liangxi = {
        "district": LIANGXI[0],
        "longitude": str(LIANGXI[1]),
        "latitude": str(LIANGXI[2]),
    }
    stores = [
        a_store_row("S0001", name="山屿 观前店", **hours),
        a_store_row("S0002", name="山屿 平江店", **hours),
        a_store_row("S0003", name="山屿 梁溪店", **hours, **liangxi),
    ]
    products = [
        a_product_row(f"1000{n}", name=f"霜晨 羽绒服 {n}", images=f"coat-{n}.jpg") for n in (1, 2)
    ]
    stock = [
        {"store_id": store, "sku": row["sku"], "on_hand": "9", "counted_at": "2026-01-01T00:00:00Z"}
        for store in ("S0001", "S0002", "S0003")
        for row in products
    ]
    guide = {"guide_id": "G0001-1", "name": "汤继业", "store_id": "S0001"}
    shelf = {"product_shelf": {"selection": {"by_category": {"category": ["服装"]}}}}
    layer = {
        "layer": "brand",
        "modules": [
            {"key": "hello", "position": 10, "content": {"notice": {"text": "把寒风挡在身后"}}},
            {"key": "coats", "title": "羽绒服", "position": 20, "content": shelf},
            {"key": "guide", "position": 30, "content": {"guide_card": {"text": "找我"}}},
            {"key": "shop", "position": 40, "content": {"store_card": {"text": ""}}},
        ],
    }
    files = {
        "owners": OWNERS,
        "stores": as_csv(*stores),
        "products": as_csv(*products),
        "stock": as_csv(*stock),
        "guides": as_csv({**guide, "wecom_user_id": "guide-0001-1", "avatar": ""}),
        "layers": as_json_lines(layer),
    }
    for what, data in files.items():
        ending = "jsonl" if what == "layers" else "csv"
        office.upload(IMPORT % what, f"{what}.{ending}", data)


def _without_token(route: Route) -> None:
    route.continue_(headers={**route.request.headers, "authorization": "Bearer ended"})


@dataclass
class Visit:
    """One person's browser, and whatever it complained of or fetched from elsewhere."""

    url: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, browser: Browser, url: str, *, width: int = 1440, dark: bool = False) -> "Visit":
        """Open a window of a width; nothing is kept of another visit."""
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            # Colours that are on their way from one scheme to the other are neither's.
            reduced_motion="reduce",
            has_touch=width < 700,
            service_workers="block",
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        visit = cls(url, context, page)
        page.on("pageerror", lambda fault: visit.complaints.append(str(fault)))
        page.on("console", lambda one: visit.complaints.append(f"{one.type}: {one.text}"))
        page.on("request", lambda one: visit.sees(one.url))
        page.on("response", visit.hears)
        return visit

    def sees(self, address: str) -> None:
        """Note a request to anywhere else."""
        if not address.startswith((self.url, self.url.replace("http", "ws"), "blob:", "data:")):
            self.complaints.append(f"asked {address}")

    def hears(self, response: Response) -> None:
        """Note an answer that says we are at fault."""
        if response.status >= 500:
            self.complaints.append(f"{response.status} of {response.url}")

    def comes_in(self, who: str) -> None:
        """Sign in by the demo's one click."""
        self.page.goto("/desk")
        self.page.get_by_role("button", name=who).click()
        self.page.get_by_role("navigation").first.wait_for()

    def audits(self) -> list[str]:
        """What axe-core finds wrong with the page as it stands."""
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
        found = self.page.evaluate("axe.run()")["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]

    def session_ends(self) -> None:
        """Have neither token of this person hold any more, as after a night."""
        self.page.evaluate(END_SESSION)
        self.page.route("**/graphql", _without_token)

    def comes_back(self, who: str) -> None:
        """Sign in again in the dialog that stands over the page."""
        self.page.unroute("**/graphql")
        again = self.page.get_by_role("dialog", name="登录已过期")
        again.get_by_role("button", name=who).click()
        expect(again).to_have_count(0)

    def opens(self, address: str) -> None:
        """Go to another page as a link does, and wait until all of it is there."""
        self.page.evaluate(GO, address)
        self.page.get_by_role("heading").first.wait_for()
        expect(self.page.locator(".bones, main [aria-busy=true]")).to_have_count(0)

    def overflows(self) -> bool:
        """Whether the page is wider than its window."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )
