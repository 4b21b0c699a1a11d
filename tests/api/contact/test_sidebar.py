"""The page beside a conversation: signing in, its signatures, and who the customer is."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from domain.contact.sidebar import signature
from domain.guiding.guide_todos import GuideTodo, TodoId
from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from scripts.wecom_stub import WecomStub
from storage.mongo.guiding.guide_todos import MongoGuideTodos
from storage.mongo.kernel.database import Database
from tests.api.contact.test_friends import GUIDE, HEAD_OFFICE, SHOWN, SIGN_IN, friends, run
from tests.conftest import Service
from tests.support.sharing import LINK, a_shipped_design, an_approved_template
from tests.support.waiting import comes_to
from tests.support.wecom import connected, tell

pytestmark = pytest.mark.anyio

PAGE_SIGN_IN = """mutation($code: String!) { guideSignIn(code: $code, inPage: true) {
  viewer { id } userErrors { code field } } }"""
MOST_ROUND_TRIPS = 40
URL = "https://mall.example/sidebar?x=1"


@pytest.fixture
def stub() -> WecomStub:
    return WecomStub()


@pytest.fixture
async def shop(mongodb_uri, database, tmp_path, stub):
    async with connected(mongodb_uri, database, tmp_path, stub) as service:
        yield service


def test_a_page_is_signed_as_the_published_example_is():
    """The example of WeChat's JS-SDK, whose algorithm WeCom shares."""
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    url = "http://mp.weixin.qq.com?params=value"
    made = signature(ticket, "Wm3WZYTPz0wzccnW", 1414587457, url)
    assert made == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


async def test_a_page_is_signed_for_the_company_and_the_app_with_tickets_that_are_kept(
    shop: Service, stub: WecomStub
):
    for _ in range(3):
        signed = await run(shop, "SignPage", GUIDE, url=f"{URL}#part")
    made = [
        signature(f"ticket-{kind}", signed["nonce"], signed["timestamp"], URL)
        for kind in ("company", "agent_config")
    ]
    assert [signed["signature"], signed["appSignature"]] == made
    assert (signed["company"], signed["agentId"]) == ("ww-demo", "1000002")
    assert stub.asked["/cgi-bin/get_jsapi_ticket"] == stub.asked["/cgi-bin/ticket/get"] == 1


async def test_a_poster_is_handed_in_to_be_sent_into_a_chat(
    shop: Service, database: Database, stub: WecomStub
):
    await an_approved_template(shop, a_shipped_design("store-opening"), kinds=("STOREFRONT",))
    wish = {"kind": "STOREFRONT", "targetId": "S1", "scene": "ONE_TO_ONE"}
    link = (await shop.query(LINK, GUIDE, input=wish)).data["shareLinkCreate"]["shareLink"]
    upload = "/cgi-bin/media/upload"
    made = (await run(shop, "ToChat", GUIDE, code=link["code"]))["picture"]
    poster = await shop.http.get(urlsplit(link["posterUrl"]).path)
    assert stub.media[made["mediaId"]] == poster.content
    stub.trouble[upload] = [42001]  # the token ended meanwhile
    again = (await run(shop, "ToChat", GUIDE, code=link["url"]))["picture"]
    assert again["mediaId"] != made["mediaId"]
    stub.trouble[upload] = [45009]
    refused = await shop.query(SHOWN["ToChat"], GUIDE, code=link["code"])
    assert refused.refused("posterToChat")[0]["code"] == "UNAVAILABLE"
    nobody = await shop.query(SHOWN["ToChat"], HEAD_OFFICE, code=link["code"])
    assert nobody.refused("posterToChat")[0]["code"] == "FORBIDDEN"


async def test_who_opens_the_page_in_wecom_is_signed_in_and_nobody_else(shop: Service):
    done = (await shop.query(PAGE_SIGN_IN, code="xue")).data["guideSignIn"]
    assert done["viewer"] == {"id": "G1"}
    refused = await shop.query(PAGE_SIGN_IN, code="somebody")
    assert refused.refused("guideSignIn") == [{"code": "UNAUTHENTICATED", "field": ["code"]}]


async def test_a_guide_sees_the_member_beside_whom_the_page_is_open_and_no_other_guide_does(
    shop: Service, stub: WecomStub, database: Database, round_trips: list[str]
):
    mei = (await shop.query(SIGN_IN)).data["memberSignIn"]["viewer"]["id"]
    stub.contacts["wm1"] = {"name": "梅", "unionid": "sandbox-unionid-mei"}
    await tell(shop, stub, stub.add("xue", "wm1"), stub.add("xue", "wm2"))
    await comes_to({"wm1": mei, "wm2": None}, lambda: friends(shop))
    assert (await run(shop, "Beside", GUIDE, id="wm1"))["id"] == mei
    other = Viewer(id=PersonId("G3"), role=Role.GUIDE, store_id="S2")
    for viewer, external in ((other, "wm1"), (GUIDE, "wm2"), (GUIDE, "nobody")):
        answer = await shop.query(SHOWN["Beside"], viewer, id=external)
        assert answer.errors[0]["extensions"]["code"] == "NOT_FOUND"
    # In the one request stands what to do: what is asked of the guide for her comes first.
    todo = GuideTodo(
        id=TodoId("t"),
        guide_id=GuideId("G1"),
        member_id=PersonId(mei),
        day=str(beijing_day(now())),
        words="问她合不合身",
        asked_at=now(),
    )
    others = replace(todo, id=TodoId("o"), member_id=PersonId("member_other"))
    await MongoGuideTodos(database).ask([todo, others])
    await shop.query(SHOWN["Beside"], GUIDE, id="wm1")
    round_trips.clear()
    beside = (await shop.query(SHOWN["Beside"], GUIDE, id="wm1")).data
    assert len(round_trips) <= MOST_ROUND_TRIPS, round_trips
    [best] = beside["customerToday"]
    assert best["customer"] == {"kind": "ASKED", "words": "问她合不合身", "target": None}
    assert (beside["couponsToGive"], [one["code"] for one in beside["tags"]][:0]) == ([], [])
    # The second guide whose friend she becomes sees her too, though she is the first one's as well.
    await tell(shop, stub, stub.add("qin", "wm1"))
    await comes_to({"wm1": mei}, lambda: friends(shop, "G3"))
    for viewer in (GUIDE, other):
        assert (await run(shop, "Beside", viewer, id="wm1"))["id"] == mei
    seen = await shop.query('{ customerView(externalUserId: "wm1") { id } }', HEAD_OFFICE)
    assert seen.data["customerView"]["id"] == mei
