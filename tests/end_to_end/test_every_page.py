"""Every page of the desk and the mall with something on it, seen by axe-core and worked by keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts import demo_brand, desk_day
from scripts.desk_pictures import PEOPLE, pages
from tests.support.pages import Visit, a_service, chromium, open_brand

NARROWEST, PHONE, WIDE = 320, 390, 1440
# The contrasts of each scheme and the layout of each end; between them the width alone.
LOOKS = ((WIDE, "light", True), (PHONE, "light", False), (NARROWEST, "dark", True))
# What a page shows on further addresses, or to others than the first who have it.
FURTHER = {
    "HEAD_OFFICE": ("contests/{contest}", "journeys/{journey}", "review/{post}", "posters"),
    "STORE_MANAGER": ("queue?tab=packing", "posts?own=1"),
    "GUIDE": ("posters", "today?tab=shop"),
    "FRANCHISEE": ("money",),
}
MALL = ("/mall", "/mall/S0001", "/mall/S0001/p/10001", "/mall/S0001/search")
MOST_TABS = 90
# Whether whoever looks at the page sees what has the focus.
SEEN = """() => document.activeElement === document.body ||
  getComputedStyle(document.activeElement).outlineStyle != "none"
"""


@pytest.fixture(scope="module")
def brand(
    mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a service with a small brand after a day's work, and what was made on it."""
    with a_service(mongodb_uri, tmp_path_factory.mktemp("every")) as url:
        open_brand(url)
        demo_brand.publish_templates(url, lambda _: None)
        yield url, desk_day.fill(url)


def addresses(made: dict[str, str]) -> dict[str, list[str]]:
    """What each role looks at: every page as the first who has it, and whatever is further."""
    found: dict[str, list[str]] = {}
    for page, roles in pages().items():
        found.setdefault(next(one for one in roles if one in PEOPLE), []).append(page)
    for role, more in FURTHER.items():
        found.setdefault(role, []).extend(one.format(**made) for one in more)
    return found


def look(visit: Visit, address: str) -> list[str]:
    """What is wrong with a page, by the width and the scheme that it is wrong in."""
    visit.page.set_viewport_size({"width": WIDE, "height": 900})
    visit.opens(address)
    wrong = []
    for width, scheme, audited in LOOKS:
        visit.page.set_viewport_size({"width": width, "height": 900})
        visit.page.emulate_media(color_scheme=scheme)
        found = ["too wide"] * visit.overflows() + (visit.audits() if audited else [])
        wrong += [f"{address} at {width} in {scheme}: {one}" for one in found]
    return wrong


def test_no_page_has_a_fault_that_axe_finds_or_is_wider_than_its_window(
    brand: tuple[str, dict[str, str]], tmp_path: Path
):
    url, made = brand
    wrong: list[str] = []
    with chromium(tmp_path) as browser:
        for role, pages_of_role in addresses(made).items():
            visit = Visit.begin(browser, url)
            visit.comes_in(PEOPLE[role])
            for page in pages_of_role:
                wrong += look(visit, f"/desk/{page}")
            wrong += visit.complaints
            visit.context.close()
        visit = Visit.begin(browser, url)
        for address in ("/desk", *MALL):
            visit.page.goto(address)
            wrong += look(visit, address)
        assert wrong + visit.complaints == []


def comes_to_it_by_tab(visit: Visit, there: Locator) -> None:
    """Press Tab until something has the focus, which is seen on everything on the way."""
    expect(there).to_be_visible()
    for _ in range(MOST_TABS):
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate(SEEN), "the focus is not seen"
        if there.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab does not come to {there}")


def is_somewhere(visit: Visit) -> None:
    """What has the focus is still there after what was done."""
    expect(visit.page.locator(":focus")).to_have_count(1)


def test_each_role_does_its_work_by_keys_alone(brand: tuple[str, dict[str, str]], tmp_path: Path):
    url, _ = brand
    with chromium(tmp_path) as browser:

        def begins(who: str, page: str) -> tuple[Visit, Page]:
            visit = Visit.begin(browser, url)
            visit.comes_in(PEOPLE[who])
            visit.opens(f"/desk/{page}")
            comes_to_it_by_tab(visit, visit.page.get_by_role("link", name="跳到内容"))
            visit.page.keyboard.press("Enter")
            return visit, visit.page

        visit, page = begins("STORE_MANAGER", "queue")
        comes_to_it_by_tab(visit, page.get_by_role("button", name="接单", exact=True))
        page.keyboard.press("Enter")
        expect(page.get_by_text("没有等着接的单。")).to_be_visible()
        is_somewhere(visit)
        visit.context.close()

        visit, page = begins("GUIDE", "today")
        share = page.get_by_role("button", name="去分享").first
        comes_to_it_by_tab(visit, share)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_label("我的链接")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(share).to_be_focused()
        visit.context.close()

        visit, page = begins("EDITOR", "library")
        comes_to_it_by_tab(visit, page.get_by_role("link", name="coat-1.jpg"))
        page.keyboard.press("Enter")
        comes_to_it_by_tab(visit, page.get_by_label("替代文字"))
        page.keyboard.type("snow")
        comes_to_it_by_tab(visit, page.get_by_role("button", name="保存文字"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("已保存")).to_be_visible()
        is_somewhere(visit)
        visit.context.close()

        visit, page = begins("REVIEWER", "review")
        comes_to_it_by_tab(visit, page.get_by_role("link", name="苏州的雪天"))
        page.keyboard.press("Enter")
        comes_to_it_by_tab(visit, page.get_by_role("button", name="通过，看下一篇"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("没有等您审核的内容。")).to_be_visible()
        is_somewhere(visit)
        visit.context.close()

        visit, page = begins("HEAD_OFFICE", "storefront")
        titles = page.locator(".module-row strong")
        expect(titles.first).to_have_text("公告")
        # What is dragged by a pointer goes down by a button, which keeps the focus as it goes.
        down = page.get_by_role("button", name="下移 hello")
        comes_to_it_by_tab(visit, down)
        page.keyboard.press("Enter")
        expect(titles.first).to_have_text("羽绒服")
        expect(down).to_be_focused()
        visit.context.close()
