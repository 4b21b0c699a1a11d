"""The day of a manager at the desk, in a real browser."""

import contextlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from scripts.client import Client
from scripts.demo_orders import PROGRESS, RETURN
from scripts.demo_story import PAY, PLACE
from tests.support.pages import Visit, a_service, chromium, open_brand

PHONE = 390
SKU = "10001-M"


@pytest.fixture(scope="module")
def brand(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with a small brand."""
    folder = tmp_path_factory.mktemp("walk")
    with a_service(mongodb_uri, folder) as url:
        open_brand(url)
        yield url


def a_paid_pickup(stranger: Client, units: int) -> tuple[Client, str]:
    """A customer who has ordered for pickup in the manager's store, and paid; and the order."""
    buyer = stranger.as_member(f"sandbox:{secrets.token_hex(4)}")
    lines = [{"sku": SKU, "quantity": units}]
    wanted = {"storeId": "S0001", "lines": lines, "pickupStoreId": "S0001"}
    order = buyer.run(PLACE, input=wanted, key=secrets.token_hex(8))["orderPlace"]["order"]["id"]
    buyer.post(buyer.run(PAY, id=order)["paymentStart"]["sandboxUrl"])
    return buyer, str(order)


def test_a_manager_packs_hands_over_and_takes_back_though_the_session_ends(
    brand: str, tmp_path: Path
):
    with chromium(tmp_path) as browser, contextlib.closing(Client(brand)) as stranger:
        visit, other = (Visit.begin(browser, brand, width=PHONE) for _ in range(2))
        page = visit.page
        visit.comes_in("店长")
        other.comes_in("店长")
        expect(page.get_by_text("没有等着接的单。")).to_be_visible()
        page.get_by_role("button", name="开始接单").click()
        expect(page.get_by_text("来单会响铃")).to_be_visible()
        buyer, order = a_paid_pickup(stranger, 2)
        # It comes by itself, with what is left; of two who accept it, one does.
        expect(page.get_by_text(re.compile("还剩 "))).to_be_visible()
        expect(other.page.get_by_role("button", name="接单", exact=True)).to_be_visible()
        page.get_by_role("button", name="接单", exact=True).click()
        expect(other.page.get_by_text("没有等着接的单。")).to_be_visible()

        page.get_by_role("link", name="备货").click()
        page.get_by_role("checkbox", name=re.compile(SKU)).check()
        expect(page.get_by_text("装好 1 / 1")).to_be_visible()
        page.reload()
        expect(page.get_by_text("装好 1 / 1")).to_be_visible()
        page.get_by_role("button", name="备好了，通知来取").click()
        page.get_by_role("link", name="待取货").click()
        page.get_by_role("button", name="凭码交付").click()
        code = page.get_by_label("顾客的取货码")
        code.fill("1")
        page.get_by_role("button", name="交付", exact=True).click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
        expect(code).to_have_value("1")
        progress = buyer.run(PROGRESS, id=order)["orderProgress"]
        code.fill(progress["fulfilmentOrders"][0]["pickupCode"])
        page.get_by_role("button", name="交付", exact=True).click()
        expect(page.get_by_text("已交付").first).to_be_visible()

        buyer.run(RETURN, id=order, store="S0001", units=[{"sku": SKU, "quantity": 2}])
        page.goto("/desk/returns")
        expect(page.get_by_text("尺码偏小")).to_be_visible()
        page.get_by_role("button", name="货到了").click()
        page.get_by_role("link", name="到店待验").click()
        page.get_by_role("button", name="验货").click()
        form = page.get_by_role("dialog", name="验货")
        form.get_by_label(re.compile("有几件残次")).fill("1")
        form.get_by_label("少退的话，退多少元").fill("100")
        form.get_by_label("为什么少退").fill("吊牌没了")
        visit.session_ends()
        form.get_by_role("button", name="收下并退款").click()
        expect(page.get_by_role("dialog", name="登录已过期")).to_be_visible()
        expect(form.get_by_label("为什么少退")).to_have_value("吊牌没了")
        visit.comes_back("店长")
        expect(page.get_by_text("收下了，退款已发起")).to_be_visible()
        paid = buyer.run(PROGRESS, id=order)["orderProgress"]["payment"]
        assert paid["refunded"]["text"] == "¥100"

        page.goto("/desk/stock?words=10001")
        page.get_by_role("button", name=f"盘点 {SKU}").click()
        form = page.get_by_role("dialog", name=re.compile("盘点"))
        form.get_by_label("点到几件").fill("6")
        expect(form.get_by_text("差 -2 件")).to_be_visible()
        form.get_by_label("为什么不一样").fill("盘亏")
        form.get_by_role("button", name="把账改对").click()
        expect(page.get_by_text("数改好了")).to_be_visible()
        page.goto("/desk/transfers")
        page.get_by_role("button", name="调出").click()
        form = page.get_by_role("dialog", name="调出")
        form.get_by_label("给哪家店").select_option("S0002")
        form.get_by_label("找商品").fill("10001")
        form.get_by_role("button", name="+ M").click()
        form.get_by_role("button", name="调出").click()
        expect(page.get_by_text("调出到 山屿 平江店")).to_be_visible()
        allowed = ("401", "404")  # of the session that ended
        assert [one for one in visit.complaints if not any(n in one for n in allowed)] == []
