"""Share links over HTTP."""

import asyncio
import html
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from domain.sharing.share_links import CODE_ALPHABET, read_reference
from qianmian.settings import Credentials
from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference
from tests.conftest import Service, serving, settings_for
from tests.support.builders import NOON, a_product
from tests.support.cases import one_after_the_other
from tests.support.sharing import ERRORS, GUIDE, LINK, MEMBER, Shop, a_shop
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

OPEN = f"""mutation($code: String!) {{ shareLinkOpen(code: $code) {{
  opened {{ title guideName link {{ code target {{ kind id }} store {{ id }} }} }} {ERRORS} }} }}"""
MANAGER = Viewer(id=PersonId("m1"), role=Role.STORE_MANAGER, store_id="S1")
OTHER_MANAGER = Viewer(id=PersonId("m2"), role=Role.STORE_MANAGER, store_id="S2")


@pytest.fixture
async def shop(service: Service, database: Database) -> Shop:
    return await a_shop(service, database)


async def touches(database: Database):
    """The touches so far, once whatever is under way has been written."""

    async def any_yet() -> bool:
        return bool(await database["touches"].count_documents({}))

    await comes_to(True, any_yet)
    return await database["touches"].find({}).to_list(None)


async def refused(shop: Shop, viewer, **changes):
    fields = {"kind": "PRODUCT", "targetId": "10001", "scene": "MOMENTS", **changes}
    (error,) = (await shop.service.query(LINK, viewer, input=fields)).refused("shareLinkCreate")
    return error


async def test_the_same_wish_gives_the_same_code_and_another_gives_another(shop: Shop):
    first, again = await asyncio.gather(shop.link(), shop.link())
    assert first["code"] == again["code"]
    others = [
        await shop.link(scene="COMMUNITY"),
        await shop.link(campaign="double11"),
        await shop.link(kind="STOREFRONT", targetId="S1"),
        await shop.link(MANAGER, guideId="G2"),
    ]
    assert len({first["code"], *(other["code"] for other in others)}) == 5


OWN = """query($first: Int! = 20, $after: String) { ownShareLinks(first: $first, after: $after) {
  totalCount pageInfo { endCursor } nodes { code touchCount target { id } store { id } } } }"""


async def test_a_guide_sees_own_links_with_what_each_has_brought(
    shop: Shop, database: Database, round_trips: list[str]
):
    older = await shop.link()
    newer = await shop.link(kind="STOREFRONT", targetId="S1")
    await shop.link(MANAGER, guideId="G2")
    await shop.get(older["url"])
    await touches(database)
    round_trips.clear()
    seen = (await shop.service.query(OWN, GUIDE)).data["ownShareLinks"]
    assert len(round_trips) == 3
    assert [(one["code"], one["touchCount"]) for one in seen["nodes"]] == [
        (newer["code"], 0),
        (older["code"], 1),
    ]
    first = (await shop.service.query(OWN, GUIDE, first=1)).data["ownShareLinks"]
    after = first["pageInfo"]["endCursor"]
    rest = (await shop.service.query(OWN, GUIDE, first=1, after=after)).data["ownShareLinks"]
    assert [one["code"] for one in rest["nodes"]] == [older["code"]]
    for viewer in (MANAGER, MEMBER):
        answer = await shop.service.query(OWN, viewer)
        assert answer.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_code_is_short_and_made_of_url_safe_characters(shop: Shop):
    link = await shop.link()
    assert len(link["code"]) == 10
    assert set(link["code"]) <= set(CODE_ALPHABET)
    assert link["url"] == f"http://mall.example/s/{link['code']}"
    assert link["sceneString"] == f"s={link['code']}"
    assert link["store"] == {"id": "S1"}


async def test_only_a_guide_or_who_stands_for_one_makes_links(shop: Shop):
    assert (await refused(shop, None))["code"] == "UNAUTHENTICATED"
    assert (await refused(shop, MEMBER))["code"] == "FORBIDDEN"
    assert (await refused(shop, GUIDE, guideId="G2"))["code"] == "FORBIDDEN"
    assert (await refused(shop, OTHER_MANAGER, guideId="G2"))["code"] == "FORBIDDEN"
    assert (await refused(shop, MANAGER))["field"] == ["input", "guideId"]
    assert (await refused(shop, MANAGER, guideId="G9"))["code"] == "NOT_FOUND"


@one_after_the_other(
    "changes, code",
    [
        ({"targetId": "99999"}, "NOT_FOUND"),
        ({"kind": "STOREFRONT", "targetId": "S9"}, "NOT_FOUND"),
        ({"kind": "POST", "targetId": "post_1"}, "WRONG_STATE"),
        ({"campaign": "double\n11"}, "INVALID"),
        ({"kind": "CAMPAIGN", "targetId": "campaign_1"}, "NOT_FOUND"),
    ],
)
async def test_what_can_not_be_shared_is_refused(shop: Shop, changes, code):
    assert (await refused(shop, GUIDE, **changes))["code"] == code


async def test_a_code_is_understood_however_it_came_and_one_visit_is_one_touch(
    shop: Shop, database: Database
):
    link = await shop.link(campaign="双" * 30)
    code, url = link["code"], link["url"]
    assert link["sceneString"] == f"s={code}"
    assert (await database["share_links"].find_one({"_id": code}))["campaign"] == "双" * 30
    for form in (
        code, f"s={code}", f"s%3D{code}", f"s%253D{code}", url, f"{url}?utm=1", f"{url}&utm=1",
        f"{code} ",
    ):  # fmt: skip
        opened = (await shop.service.query(OPEN, MEMBER, code=form)).data["shareLinkOpen"]
        assert opened["userErrors"] == [], form
        assert opened["opened"]["link"]["code"] == code
    assert len(await touches(database)) == 1
    for form in ("", " ", code.swapcase()):
        [refusal] = (await shop.service.query(OPEN, MEMBER, code=form)).refused("shareLinkOpen")
        assert refusal["code"] in {"INVALID", "NOT_FOUND"}


async def test_following_a_link_tells_what_it_leads_to_and_notes_the_touch(
    shop: Shop, database: Database
):
    link = await shop.link()
    for reference in (link["code"], f"s%3D{link['code']}", link["url"]):
        answer = await shop.service.query(OPEN, MEMBER, code=reference)
        assert answer.data["shareLinkOpen"]["opened"] == {
            "title": "极寒长款羽绒服",
            "guideName": "林小雨",
            "link": {
                "code": link["code"],
                "target": {"kind": "PRODUCT", "id": "10001"},
                "store": {"id": "S1"},
            },
        }
    (touch,) = await touches(database)
    assert (touch["person_id"], touch["guide_id"], touch["scene"]) == (MEMBER.id, "G1", "MOMENTS")


async def test_a_browser_gets_a_page_and_a_program_json(shop: Shop):
    link = await shop.link()
    page = await shop.get(link["url"])
    assert page.status_code == 200
    assert "极寒长款羽绒服" in page.text
    assert "林小雨" in page.text
    facts = (await shop.get(link["url"], Accept="application/json")).json()
    assert (facts["kind"], facts["id"], facts["scene"]) == ("PRODUCT", "10001", "MOMENTS")
    assert facts["guide"] == {"id": "G1", "name": "林小雨"}


async def test_a_visitor_is_counted_once_however_often_they_reload(shop: Shop, database: Database):
    link = await shop.link()
    for _ in range(3):
        await shop.get(link["url"])
    assert len(await touches(database)) == 1
    shop.service.http.cookies.clear()
    await shop.get(link["url"])

    async def counted() -> int:
        return (await shop.link())["touchCount"]

    await comes_to(2, counted)


async def test_a_signed_in_visitor_is_who_touched(shop: Shop, database: Database):
    link = await shop.link()
    await shop.get(link["url"], **shop.service.headers(MEMBER))
    (touch,) = await touches(database)
    assert touch["person_id"] == MEMBER.id


@pytest.mark.parametrize("code", ["2222222222", "short", "0O0O0O0O0O", "%00"])
async def test_an_unknown_code_gets_a_friendly_page_and_404(shop: Shop, code):
    page = await shop.get(f"/s/{code}")
    assert page.status_code == 404
    assert "没有找到这个链接" in page.text
    assert page.headers["cache-control"] == "no-store"
    answer = await shop.get(f"/s/{code}", Accept="application/json")
    assert answer.json()["error"]["code"] == "NOT_FOUND"


async def test_a_link_to_what_was_taken_off_the_shelf_is_gone(service: Service, database: Database):
    shop = await a_shop(service, database)
    link = await shop.link()
    await take_off_the_shelf(shop, database)
    page = await shop.get(link["url"])
    assert page.status_code == 410
    assert "内容已下线" in page.text
    poster = await shop.get(link["posterUrl"])
    assert poster.status_code == 410
    answer = await service.query(OPEN, MEMBER, code=link["code"])
    assert answer.refused("shareLinkOpen")[0]["code"] == "WRONG_STATE"


async def take_off_the_shelf(shop: Shop, database: Database):
    gone = a_product(pictures=(shop.asset_id,), off_shelf_at=NOON.replace(year=2020), version=2)
    await MongoReference(database).save_products([gone])

    async def refused() -> bool:
        fields = {"kind": "PRODUCT", "targetId": "10001", "scene": "IN_STORE"}
        answer = await shop.service.query(LINK, GUIDE, input=fields)
        return answer.data["shareLinkCreate"]["shareLink"] is None

    await comes_to(True, refused)


async def test_the_page_shows_the_picture_the_price_and_the_shop_and_leads_into_the_mall(
    shop: Shop,
):
    link = await shop.link()
    page = await shop.get(link["url"])
    assert f'src="/assets/{shop.asset_id}/' in page.text
    assert "¥" in page.text
    assert "营业" in page.text
    assert f"?share={link['code']}" in page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]


async def test_the_page_opens_the_mini_program_where_the_brand_has_one(
    mongodb_uri: str, database: Database, tmp_path: Path
):
    base = settings_for(mongodb_uri, database.name, tmp_path)
    async with serving(replace(base, wechat=Credentials(id="wx12", secret="s"))) as service:
        shop = await a_shop(service, database)
        code = (await shop.link())["code"]
        page = html.unescape((await shop.get(f"/s/{code}")).text)
        [address] = re.findall(r'href="(weixin://[^"]+)"', page)
        parts = parse_qs(urlsplit(address).query)
        assert (parts["appid"], parts["path"]) == (["wx12"], ["pages/share/index"])
        # The page's query.scene, as WeChat hands it over: still encoded.
        [scene] = parse_qs(parts["query"][0])["scene"]
        assert read_reference(scene) == read_reference(parts["query"][0][6:]) == code
        assert f"?share={code}" in page


async def test_text_in_a_name_can_not_become_markup(service: Service, database: Database):
    shop = await a_shop(service, database, name="<script>alert(1)</script>")
    page = await shop.get((await shop.link())["url"])
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
