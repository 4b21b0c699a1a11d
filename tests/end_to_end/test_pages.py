"""The desk and the reference mini-mall in a real browser, as people use them.

The browser lives inside each test alone: its loop must not run while another test's does.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import expect

from domain.kernel.days import beijing_day
from scripts import demo_brand
from scripts.client import Client
from tests.support.pages import Visit, a_service, chromium, open_brand, signed_in
from tests.support.pictures import a_jpeg

HOSTILE = "<img src=x onerror=alert(1)>.jpg"


@pytest.fixture(scope="module")
def brand(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with a small brand, for all of these tests."""
    folder = tmp_path_factory.mktemp("pages")
    with a_service(mongodb_uri, folder, QIANMIAN_SECOND_FACTOR_FOR="FINANCE") as url:
        open_brand(url)
        yield url


def a_file(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def test_files_come_in_are_found_and_described_and_no_typed_word_is_lost(
    brand: str, tmp_path: Path
):
    with chromium(tmp_path) as browser:
        visit = Visit.begin(browser, brand)
        page = visit.page
        visit.comes_in("内容编辑")
        chosen = page.locator("input[type=file]")
        expect(page.get_by_text("共 2 个")).to_be_visible()
        chosen.set_input_files(
            [
                a_file(HOSTILE, a_jpeg(seed=11)),
                a_file("broken.jpg", a_jpeg(seed=12)[:900]),
                a_file("again.jpg", a_jpeg(900, 1200, seed=1)),
            ]
        )
        tray = page.get_by_role("region", name="上传")
        expect(tray.get_by_text("2 / 3 已入库 · 1 个没成功")).to_be_visible()
        expect(tray.get_by_text("库里已有同一个文件")).to_be_visible()
        refused = tray.get_by_role("listitem").filter(has_text="broken.jpg")
        expect(refused.get_by_role("alert")).to_contain_text("file")
        expect(page.get_by_text("共 3 个")).to_be_visible()

        page.locator(".grid").get_by_text(HOSTILE).click()
        words = page.get_by_label("替代文字")
        words.fill("雪山下的")
        # The session ends while somebody writes: another tab left.
        visit.context.clear_cookies()
        page.evaluate(
            """() => {
              const kept = JSON.parse(localStorage.getItem("qianmian.desk"));
              localStorage.setItem("qianmian.desk", JSON.stringify({ ...kept, refresh: "x.y.z" }));
            }"""
        )
        page.route("**/graphql", lambda route: route.continue_(headers=_without_token(route)))
        page.get_by_role("button", name="保存文字").click()
        again = page.get_by_role("dialog", name="登录已过期")
        expect(again).to_be_visible()
        assert visit.audits() == []
        page.unroute("**/graphql")
        again.get_by_role("button", name="内容编辑").click()
        expect(page.get_by_text("已保存")).to_be_visible()
        expect(words).to_have_value("雪山下的")
        # Filter and open item are in the address, and back restores them.
        page.get_by_role("link", name="已撤下").click()
        expect(page.get_by_role("heading", name="素材库")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("替代文字")).to_have_value("雪山下的")
        assert [one for one in visit.complaints if "401" not in one] == []


def _without_token(route) -> dict[str, str]:
    return {**route.request.headers, "authorization": "Bearer ended"}


def test_a_consumer_goes_from_the_city_list_to_a_paid_order(brand: str, tmp_path: Path):
    with chromium(tmp_path) as browser:
        visit = Visit.begin(browser, brand, width=390)
        page = visit.page
        page.goto("/mall")
        page.get_by_role("link", name="苏州市").click()
        page.get_by_role("link", name="山屿 观前店").last.click()
        expect(page.get_by_text("把寒风挡在身后")).to_be_visible()
        page.get_by_role("link", name="霜晨 羽绒服 1").click()
        expect(page.get_by_text("本城还有 18 件")).to_be_visible()
        page.get_by_role("button", name="放进购物车").click()
        expect(page.get_by_text("已放进购物车")).to_be_visible()
        page.reload()  # a visitor's cart outlives their page
        page.get_by_role("link", name="购物车").last.click()
        page.get_by_role("link", name="去结算").click()
        for label, text in (("收货人", "许望"), ("手机", "13800000000"), ("详细地址", "人民路1号")):
            page.get_by_label(label).fill(text)
        page.get_by_role("button", name="提交订单").click()
        expect(page.get_by_text("内付款")).to_be_visible()
        page.get_by_role("button", name="付款（沙箱）").click()
        expect(page.get_by_text("备货中")).to_be_visible()
        page.get_by_role("button", name="看查询").click()
        expect(page.get_by_role("dialog")).to_contain_text("query MallOrder")
        assert visit.audits() == []
        assert visit.complaints == []


def test_an_offer_holds_once_somebody_else_approves_it(brand: str, tmp_path: Path):
    with chromium(tmp_path) as browser:
        visit = Visit.begin(browser, brand)
        page = visit.page
        visit.comes_in("总部")
        page.goto("/desk/offers")
        page.get_by_role("button", name="新优惠").click()
        for label, text in (
            ("顾客看到的名字", "双十二满300减50"),
            ("从（北京时间）", "2026-01-01T00:00"),
            ("到（北京时间）", "2036-12-13T00:00"),
        ):
            page.get_by_label(label).fill(text)
        page.get_by_role("button", name="存成草稿").click()
        page.get_by_role("button", name="送审").click()
        page.get_by_role("button", name="通过").click()
        expect(page.get_by_role("alert")).to_contain_text("您的角色不能这样做")
        other = Visit.begin(browser, brand)
        other.comes_in("内容审核")
        other.page.goto("/desk/offers")
        expect(other.page.get_by_text("满 ¥300 减 ¥50")).to_be_visible()
        other.page.get_by_role("button", name="通过").click()
        expect(other.page.get_by_role("button", name="停用")).to_be_visible()
        assert other.complaints == []


def test_somebody_who_is_invited_chooses_a_password_and_is_in(brand: str, tmp_path: Path):
    with chromium(tmp_path) as browser:
        visit = Visit.begin(browser, brand)
        page = visit.page
        visit.comes_in("总部")
        page.goto("/desk/staff")
        page.get_by_role("button", name="开账号").click()
        form = page.get_by_role("dialog")
        form.get_by_label("用户名").fill("chen.xi")
        form.get_by_label("姓名").fill("陈曦")
        form.get_by_label("角色").select_option("STORE_MANAGER")
        form.get_by_label("门店编号").fill("S9999")
        form.get_by_role("button", name="得到邀请链接").click()
        expect(form.get_by_role("alert")).to_contain_text("没有找到")
        form.get_by_label("门店编号").fill("S0002")
        form.get_by_role("button", name="得到邀请链接").click()
        invitation = page.get_by_role("dialog", name="邀请链接").get_by_role("textbox")
        expect(invitation).to_be_visible()

        other = Visit.begin(browser, brand)
        other.page.goto(invitation.input_value())
        other.page.get_by_label("新密码").fill("shanyu-2026-xi")
        other.page.get_by_label("再写一遍").fill("shanyu-2026-xi")
        assert other.audits() == []
        other.page.get_by_role("button", name="设好密码，进入").click()
        expect(other.page.get_by_text("店长 · S0002")).to_be_visible()
        assert "invitation" not in other.page.url
        assert other.complaints == []


def test_a_role_that_needs_a_second_factor_begins_one_and_comes_in(brand: str, tmp_path: Path):
    with chromium(tmp_path) as browser:
        visit = Visit.begin(browser, brand)
        page = visit.page
        page.goto("/desk")
        page.get_by_label("用户名").fill("finance")
        page.get_by_label("密码").fill(demo_brand.PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.get_by_role("button", name="开始绑定").click()
        app = pyotp.TOTP(page.locator("code").first.inner_text())
        page.get_by_label("六位数字").fill(app.now())
        assert visit.audits() == []
        page.get_by_role("button", name="绑定").click()
        # A code is good once: the next one is taken as if it were that time already.
        page.get_by_label("动态验证码").fill(app.at(datetime.now(UTC) + timedelta(seconds=30)))
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_role("heading", name="结算")).to_be_visible()
        assert visit.complaints == []


TASK = """mutation($product: ID!) { taskTemplateCreate(idempotencyKey: "pages", input: {
  title: "发新品朋友圈",
  proof: VISITORS, target: 3, coins: 5,
  content: {kind: PRODUCT, targetId: $product, scene: MOMENTS}}) {
  template { id } userErrors { message } } }"""
APPROVE = """mutation($id: ID!) { taskTemplateApprove(id: $id) {
  userErrors { message } } }"""
PUBLISH = """mutation($id: ID!, $day: String!) { taskPublish(idempotencyKey: "pages", input: {
  templateId: $id, audience: {}, recurrence: ONCE, startsOn: $day, endsOn: $day}) {
  userErrors { message } } }"""
NUMBER = (
    """mutation { memberPhoneSet(phoneCode: "sandbox:13800138000") { userErrors { message } } }"""
)


def test_a_guide_shares_what_today_asks_for_and_a_member_is_found_by_number(
    brand: str, tmp_path: Path
):
    ask_a_task(brand)
    with chromium(tmp_path) as browser:
        visit = Visit.begin(browser, brand)
        page = visit.page
        visit.comes_in("导购")
        expect(page.get_by_role("heading", name="今天")).to_be_visible()
        task = page.get_by_role("listitem").filter(has_text="发新品朋友圈")
        expect(task.get_by_text("访客 0 / 3")).to_be_visible()
        task.get_by_role("button", name="去分享").click()
        link = page.get_by_role("dialog").get_by_label("我的链接")
        expect(link).to_have_value(re.compile(re.escape(brand) + "/s/"))
        # This brand has no template to draw a poster from, and the guide is told so.
        expect(page.get_by_role("alert").get_by_text("海报现在画不出来")).to_be_visible()
        assert all("404" in one for one in visit.complaints)

        office = Visit.begin(browser, brand)
        office.comes_in("总部")
        office.page.goto("/desk/members")
        office.page.get_by_label("手机号").fill("138 0013 8000")
        office.page.get_by_role("button", name="找", exact=True).click()
        expect(office.page.get_by_text("138****8000")).to_be_visible()
        assert "13800138000" not in office.page.url
        assert office.complaints == []


def ask_a_task(brand: str) -> None:
    """A task for every guide, for today; and a member with a number."""
    with signed_in(brand, "office") as office, signed_in(brand, "reviewer") as reviewer:
        made = office.run(TASK, product="10001")["taskTemplateCreate"]
        reviewer.run(APPROVE, id=made["template"]["id"])
        day = beijing_day(datetime.now(UTC)).isoformat()
        office.run(PUBLISH, id=made["template"]["id"], day=day)
    stranger = Client(brand)
    member = stranger.as_member("sandbox:mei")
    member.run(NUMBER)
    for one in (stranger, member):
        one.close()
