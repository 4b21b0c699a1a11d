"""Finding posts over HTTP."""

from dataclasses import replace

import pytest

from domain.catalogue.product_facts import facts_of_products
from domain.content import finding
from domain.content.searches import PostFilter, PostOrder
from domain.kernel.paging import PageRequest
from qianmian import composition
from qianmian.wiring.content import content_ports
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.builders import NOON, a_product
from tests.support.content import (
    CREATE_CATEGORY,
    EDITOR,
    ERRORS,
    GUIDE,
    GUIDE_ELSEWHERE,
    HEAD_OFFICE,
    MEMBER,
    POSTS,
    REVIEWER,
    an_act,
    approved,
    deposited,
    do,
    found,
    some_products,
)
from tests.support.foundations import a_foundation
from tests.support.round_trips import ROUND_TRIPS
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

MOVE = f"""mutation($id: ID!, $parentId: ID) {{
  categoryMove(id: $id, parentId: $parentId) {{ category {{ id path }} {ERRORS} }} }}"""
MERGE = f"""mutation($id: ID!, $intoId: ID!) {{
  categoryMerge(id: $id, intoId: $intoId) {{ category {{ id path }} {ERRORS} }} }}"""
RENAME = f"""mutation($id: ID!, $name: String!) {{
  categoryRename(id: $id, name: $name) {{ category {{ id path }} {ERRORS} }} }}"""
RELEVANT = """query($text: String!) {
  posts(filter: {text: $text}, order: RELEVANCE) { nodes { revision { title } } } }"""
PAGE = """{ posts(filter: {category: "上新", text: "寒风"}, first: 20) {
  totalCount nodes { id showing { scenes } revision {
    title tags category { path } cover { id fileName } products { id name }
    body { __typename } } } } }"""


async def test_posts_are_found_by_what_is_written_in_them_and_by_their_products(
    service: Service, database: Database
):
    await some_products(service, database, a_product("10001", name="远岫冲锋衣"))
    await approved(service, title="山里的晨光", tags=["新品"], productIds=["10001"])
    await approved(service, title="街角", body=[{"text": "Gore-Tex 與羽絨"}])
    for text, title in (
        ("冲锋", "山里的晨光"),
        ("新品", "山里的晨光"),
        ("sldcg", "山里的晨光"),
        ("晨光 远岫", "山里的晨光"),
        ("羽绒", "街角"),
        ("GORE", "街角"),
    ):
        assert await found(service, GUIDE, text=text) == [title]
    assert await found(service, GUIDE, text="晨光 羽绒") == []


TYPED = [
    ("薄雾", ["晨"]),
    ("薄霧 地铁", ["晨"]),
    ("铁薄", []),
    ("亮地", []),
    ("goretex", ["街角"]),
    ("cafe", ["街角"]),
    ("%", ["街角"]),
    ("𠮷", ["街角"]),
    ("——", []),
    ("🧥", []),
    ("　", []),
    (".*", []),
    ("^(?=", []),
    ("羊毛" * 30, []),
    ("街角 -晨", []),
    ("", ["街角", "晨"]),
    (None, ["街角", "晨"]),
]


async def test_what_is_typed_is_found_as_it_is_typed(service: Service):
    await approved(service, title="晨", body=[{"text": "天刚亮，地铁口起了薄雾。"}])
    await approved(service, title="街角", body=[{"text": "GORE-TEX、𠮷, Café: 100%羊毛 🧥——"}])
    for text, titles in TYPED:
        answer = await service.query(POSTS, GUIDE, filter={"text": text})
        nodes = answer.data["posts"]["nodes"]
        assert [one["revision"]["title"] for one in nodes] == titles, text
        assert answer.data["posts"]["totalCount"] == len(titles), text


async def test_a_text_too_long_to_be_meant_is_refused(service: Service):
    answer = await service.query(POSTS, GUIDE, filter={"text": "羊" * 101})
    assert answer.errors[0]["extensions"]["code"] == "INVALID"


async def test_a_renamed_product_is_found_by_its_new_name(service: Service, database: Database):
    reference = a_foundation(database).reference
    old = a_product("10001", name="旧名字")
    new = replace(old, name="新名字", version=2)
    await some_products(service, database, old, a_product("10002"))
    await approved(service, title="甲", productIds=["10001"])
    await reference.save_products([new], facts_of_products([new], {old.id: old}, NOON))
    await comes_to(["甲"], lambda: found(service, GUIDE, text="新名字"))
    assert await found(service, GUIDE, text="旧名字") == []


async def test_a_product_that_keeps_its_name_says_nothing():
    old = a_product("10001")
    assert facts_of_products([replace(old, version=2)], {old.id: old}, NOON) == {}
    assert facts_of_products([old], {}, NOON) == {}


async def test_a_match_in_the_title_ranks_over_one_in_the_tags_over_one_elsewhere(
    service: Service,
):
    await approved(service, title="一", body=[{"text": "露营"}])
    await approved(service, title="露营去")
    await approved(service, title="二", tags=["露营"])
    await approved(service, title="三", body=[{"text": "也说露营"}])
    answer = await service.query(RELEVANT, GUIDE, text="露营")
    titles = [one["revision"]["title"] for one in answer.data["posts"]["nodes"]]
    assert titles == ["露营去", "二", "三", "一"]


async def test_filters_narrow_what_a_viewer_may_see_and_totals_count_just_that(service: Service):
    await approved(service, title="甲", audiences=["BUSINESS"], ageBands=["FROM_25_TO_34"])
    await approved(service, title="乙", only=["SEEDING_ZONE"], category="穿搭")
    await deposited(service, title="丙", department="BRAND")
    assert await found(service, GUIDE) == ["乙", "甲"]
    assert await found(service, MEMBER) == ["乙", "甲"]
    assert await found(service, EDITOR) == ["丙", "乙", "甲"]
    assert await found(service, EDITOR, onShow=True) == ["乙", "甲"]
    assert await found(service, EDITOR, state="DRAFT") == ["丙"]
    assert await found(service, GUIDE, scene="MOMENTS") == ["甲"]
    assert await found(service, GUIDE, audience="BUSINESS", ageBand="FROM_25_TO_34") == ["甲"]
    assert await found(service, GUIDE, department="COMMUNITY") == []
    assert await found(service, GUIDE, category="穿搭") == ["乙"]
    for viewer, wanted in (
        (GUIDE, {"state": "DRAFT"}),
        (MEMBER, {"scene": "MOMENTS"}),
        (GUIDE, {"storeId": GUIDE_ELSEWHERE.store_id}),
    ):
        answer = await service.query(POSTS, viewer, filter=wanted)
        assert answer.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_outside_its_validity_a_post_is_shown_to_nobody(service: Service):
    soon = {"validFrom": "2999-01-01T00:00:00Z"}
    await approved(service, title="未来", **soon)
    assert await found(service, GUIDE) == []
    assert await found(service, EDITOR, validAt="2999-06-01T00:00:00Z") == ["未来"]
    assert await found(service, EDITOR, validAt="2998-06-01T00:00:00Z") == []


async def test_a_moved_category_takes_its_posts_along(service: Service):
    await approved(service, category="上新/羽绒服")
    await do(service, CREATE_CATEGORY, HEAD_OFFICE, path="冬季")
    tree = (await service.query("{ categories { nodes { id path } } }")).data["categories"]
    ids = {one["path"]: one["id"] for one in tree["nodes"]}
    await do(service, MOVE, REVIEWER, id=ids["上新/羽绒服"], parentId=ids["冬季"])
    assert await found(service, GUIDE, category="上新") == []
    assert len(await found(service, GUIDE, category="冬季")) == 1
    circle = await service.query(MOVE, REVIEWER, id=ids["冬季"], parentId=ids["上新/羽绒服"])
    assert circle.refused("categoryMove")[0]["field"] == ["parentId"]


async def test_a_merged_categorys_posts_are_found_in_the_other_and_approvals_stand(
    service: Service,
):
    first = await approved(service, title="甲", category="羽绒服/长款")
    await approved(service, title="乙", category="羽绒/长款")
    tree = (await service.query("{ categories { nodes { id path } } }")).data["categories"]
    ids = {one["path"]: one["id"] for one in tree["nodes"]}
    await do(service, MERGE, HEAD_OFFICE, id=ids["羽绒服"], intoId=ids["羽绒"])
    assert await found(service, GUIDE, category="羽绒/长款") == ["乙", "甲"]
    again = (await service.query(POSTS, GUIDE, filter={"text": "甲"})).data["posts"]["nodes"][0]
    assert again["revision"]["hash"] == first["revision"]["hash"]
    assert again["revision"]["category"]["path"] == "羽绒/长款"
    await do(service, RENAME, HEAD_OFFICE, id=ids["羽绒"], name="羽绒专区")
    assert await found(service, GUIDE, category="羽绒专区") == ["乙", "甲"]


async def test_a_first_page_with_words_category_and_covers_takes_three_round_trips(
    service: Service, database: Database
):
    await some_products(service, database, a_product("10001"))
    for i in range(3):
        await approved(service, title=f"第{i}阵寒风", productIds=["10001"])
    before = len(_reads(database))
    page = (await service.query(PAGE, GUIDE)).data["posts"]
    assert page["totalCount"] == 3
    sent = _reads(database)[before:]
    assert len(sent) <= 3, sent


def _reads(database: Database) -> list[str]:
    """What was sent for requests; the loops by the clock use other collections."""
    used = ("categories", "posts", "post_revisions", "assets")
    return [
        sent
        for sent in ROUND_TRIPS.of(database.name)
        if sent.split()[1] in used and sent != "find posts"
    ]


async def test_newer_posts_do_not_shift_the_pages_that_follow(service: Service, database: Database):
    bank = content_ports(a_foundation(database))
    for title in "甲乙丙":
        await approved(service, title=title)

    async def page(after=None):
        act, request = an_act(GUIDE, composition.now()), PageRequest(first=2, after=after)
        return await finding.find(bank, act, PostFilter(), PostOrder.NEWEST, request)

    first = await page()
    await approved(service, title="丁")
    rest = await page(first.cursors[-1])
    assert [one.revision.content.title for one in rest.items] == ["甲"]
    assert rest.total == 4
