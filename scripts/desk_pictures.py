"""Take a picture of every page of the desk, for docs/desk.md.

Needs a running demo service (`scripts/run`), Chromium and Playwright of the tests' packages. A page
that works for several roles is shown as the first of them has it; guides' pages as on a phone.
"""

import argparse
import io
import os
import re
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from scripts import desk_day
from scripts.bootstrap import ROOT, say

PAGES = re.compile(r'^  (\w+): \["[^"]+", "\w", \[([^\]]+)\]\],$', re.MULTILINE)
# What the desk calls the demo's people, by role.
PEOPLE = {
    "HEAD_OFFICE": "总部",
    "STORE_MANAGER": "店长",
    "REVIEWER": "内容审核",
    "EDITOR": "内容编辑",
    "GUIDE": "导购",
    "FINANCE": "财务",
    "FRANCHISEE": "加盟商",
    "TRAINER": "培训师",
}
DESKTOP, PHONE = (1280, 800), (390, 844)
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu")
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
QUALITY = 60
TIMEOUT_MS = 60_000


def main() -> int:
    """Write docs/images/desk/NAME.webp for every page, or those that are named."""
    parser = argparse.ArgumentParser(prog="scripts/desk-pictures", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the service's address")
    parser.add_argument(
        "--fill", action="store_true", help="do a day's work first, for every page to show"
    )
    parser.add_argument("pages", nargs="*", help="which pages (all)")
    options = parser.parse_args()
    folder = ROOT / "docs" / "images" / "desk"
    folder.mkdir(parents=True, exist_ok=True)
    if options.fill:
        desk_day.fill(options.url)
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        fonts = Path(work) / "fonts.conf"
        fonts.write_text(FONTS.format(fonts=ROOT / "storage" / "fonts", cache=work))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=FLAGS,
            env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        )
        for page, roles in pages().items():
            if options.pages and page not in options.pages:
                continue
            role = next(one for one in roles if one in PEOPLE)
            taken = taken_of(browser, options.url, page, role)
            picture = Image.open(io.BytesIO(taken)).convert("RGB")
            picture.save(folder / f"{page}.webp", quality=QUALITY)
            say(f"{page}: as {role.lower()}")
        browser.close()
    return 0


def pages() -> dict[str, list[str]]:
    """Each page of the desk with the roles that have it."""
    text = (ROOT / "api" / "pages" / "web" / "desk.js").read_text("utf-8")
    return {page: re.findall(r'"(\w+)"', roles) for page, roles in PAGES.findall(text)}


def taken_of(browser: Browser, url: str, page: str, role: str) -> bytes:
    """The page as somebody of a role sees it."""
    width, height = PHONE if role == "GUIDE" else DESKTOP
    context = browser.new_context(base_url=url, viewport={"width": width, "height": height})
    context.set_default_timeout(TIMEOUT_MS)
    window = context.new_page()
    window.goto("/desk")
    window.get_by_role("button", name=PEOPLE[role]).first.click()
    window.get_by_role("navigation").first.wait_for()
    window.goto(f"/desk/{page}")
    window.get_by_role("heading").first.wait_for()
    window.wait_for_load_state("networkidle")
    expect(window.locator(".bones, [aria-busy=true]")).to_have_count(0, timeout=TIMEOUT_MS)
    taken = window.screenshot()
    context.close()
    return taken


if __name__ == "__main__":
    raise SystemExit(main())
