"""Every page of the desk and the mall with something on it, looked at by axe-core in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
