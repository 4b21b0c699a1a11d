"""A visitor of a guide's link is given a way to a chat with them, and counts once they come."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import ANONYMOUS, Role, Viewer
from qianmian.clock import now
from scripts.wecom_stub import WecomStub
from storage.mongo.kernel.database import Database
from tests.api.contact.test_friends import GUIDE, HEAD_OFFICE, SHOWN, ids, rules, run
from tests.conftest import Service
from tests.support.sharing import LINK
from tests.support.waiting import comes_to
from tests.support.wecom import connected, tell

pytestmark = pytest.mark.anyio

OPEN = "mutation($code: String!) { shareLinkOpen(code: $code) { userErrors { message } } }"


@pytest.fixture
def stub() -> WecomStub:
    at = time.time() + 3_600  # no welcome is late on a slow machine
    return WecomStub(now=lambda: at, has_links=False)


@pytest.fixture
async def shop(mongodb_uri, database, tmp_path, stub):
    async with connected(mongodb_uri, database, tmp_path, stub) as service:
        yield service


def a_visitor(name: str) -> Viewer:
    return Viewer(id=PersonId(f"visitor_{name}"), role=Role.VISITOR)


async def state_of(service: Service, viewer: Viewer, guide: str = "G1") -> str:
    """By what WeCom tells of who comes by the viewer's link to a guide's chat."""
    found = (await run(service, "Invite", viewer, guide=guide))["invitation"]
    return parse_qs(urlsplit(found["chatUrl"]).query)["customer_channel"][0]


async def test_who_came_by_a_guides_link_counts_though_nobody_knows_them(
    shop: Service, stub: WecomStub, database: Database
):
    await rules(shop, welcome={"text": "欢迎"})
    refused = await shop.query(SHOWN["Invite"], a_visitor("a"), guide="G1")
    assert refused.data["friendInvite"]["userErrors"][0]["code"] == "NOT_FOUND"
    await run(shop, "OpenWays", HEAD_OFFICE, store="S1")
    alone = (await run(shop, "Invite", a_visitor("a"), guide="G1"))["invitation"]
    assert (alone["chatUrl"], alone["code"]["qrUrl"][:8]) == (None, "https://")
    # The company has bought links meanwhile.
    stub.has_links = True
    await run(shop, "OpenWays", HEAD_OFFICE, store="S1")
    await run(shop, "SetWelcome", HEAD_OFFICE, guide="G1", welcome={"text": "我是小雨"})
    wanted = {"kind": "STOREFRONT", "targetId": "S1", "scene": "MOMENTS"}
    made = await shop.query(LINK, GUIDE, input=wanted)
    code = made.data["shareLinkCreate"]["shareLink"]["code"]
    for name in ("came", "lent"):
        await shop.query(OPEN, a_visitor(name), code=code)
    states = {one: await state_of(shop, a_visitor(one)) for one in ("came", "lent", "stray")}
    assert states["came"] == await state_of(shop, a_visitor("came"))
    other = await state_of(shop, a_visitor("came"), "G2")
    assert all(len(one) <= 30 for one in (*states.values(), other))
    events = [stub.add("xue", f"wm-{name}", state) for name, state in states.items()]
    events += [stub.add("xue", "wm-second", states["lent"]), stub.add("lin", "wm-lin", other)]
    events += [stub.add("lin", "wm-stolen", states["came"])]
    await tell(shop, stub, *events)
    await comes_to(4, lambda: _count(shop, "G1"))
    await comes_to(2, lambda: _count(shop, "G2"))

    change = {"$set": {"judge_at": now()}, "$inc": {"version": 1}}
    await database["bonds"].update_many({}, change)

    async def judged() -> dict[str, str | None]:
        found = await database["bonds"].find({}).to_list(None)
        return {one["external_id"]: one["verdict"] for one in found}

    await comes_to(False, lambda: _any_none(judged))
    told = await judged()
    lent = {told.pop("wm-lent"), told.pop("wm-second")}
    assert lent == {"VALID", "UNKNOWN"}  # a link that is passed on counts once
    assert told == {
        "wm-came": "VALID",
        "wm-stray": "UNKNOWN",  # came by no link
        "wm-lin": "UNKNOWN",  # came by another guide's
        "wm-stolen": "UNKNOWN",
    }
    # By the link they are welcomed as by the guide's own code.
    said = {one["text"]["content"] for one in stub.welcomes.values()}
    assert said == {"我是小雨", "欢迎"}
    nobody = await shop.query(SHOWN["Invite"], ANONYMOUS, guide="G1")
    assert nobody.data["friendInvite"]["userErrors"][0]["code"] == "UNAUTHENTICATED"


async def _count(service: Service, guide: str) -> int:
    return len(await ids(service, guide))


async def _any_none(judged) -> bool:
    return None in (await judged()).values()
