"""Customer groups, from WeCom's events to what goes to them and who has them next, over HTTP."""

import random
import time
from typing import Any

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from scripts.wecom_stub import WecomStub
from storage.mongo.kernel.database import Database
from tests.api.contact.test_friends import GUIDE, HEAD_OFFICE, MANAGER, SHOWN, run
from tests.conftest import Service
from tests.support.documents import documents_of
from tests.support.waiting import comes_to
from tests.support.wecom import connected, tell

pytestmark = pytest.mark.anyio

SAID = documents_of("messages.md")
GET = "/cgi-bin/externalcontact/groupchat/get"
FOREIGN = Viewer(id=PersonId("manager2"), role=Role.STORE_MANAGER, store_id="S2")


@pytest.fixture
def stub() -> WecomStub:
    at = time.time()
    return WecomStub(now=lambda: at)


@pytest.fixture
async def shop(mongodb_uri, database, tmp_path, stub):
    async with connected(mongodb_uri, database, tmp_path, stub) as service:
        yield service


async def groups(service: Service, store: str = "S1") -> dict[str, set[str]]:
    """A store's groups with the customers in each."""
    found = await run(service, "Groups", HEAD_OFFICE, store=store)
    return {
        one["id"]: {each["id"] for each in one["members"] if each["customer"]}
        for one in found["nodes"]
    }


async def say(service: Service, name: str, viewer: Viewer, **variables: Any) -> dict[str, Any]:
    answer = await service.query(SAID[name], viewer, **variables)
    found: dict[str, Any] = next(iter(answer.data.values()))
    assert not found.get("userErrors"), found
    return found


async def test_lost_doubled_and_shuffled_events_make_the_same_mirror_of_groups(
    shop: Service, stub: WecomStub, database: Database
):
    stub.groups.open("wr1", "xue", "wm1")
    stub.groups.open("wr2", "lin")
    events = [stub.told_of_group("wr1", "create"), stub.told_of_group("wr2", "create")]
    stub.groups.join("wr1", "wm2", state="code")
    stub.groups.groups["wr2"].owner = "qin"  # G3, of another store
    events += [stub.told_of_group("wr1"), stub.told_of_group("wr1"), stub.told_of_group("wr2")]
    random.Random(7).shuffle(events)
    await tell(shop, stub, *events[1:])
    await comes_to({"wr2": set()}, lambda: groups(shop, "S2"))
    await comes_to({"wm1", "wm2"}, lambda: customers(shop, "wr1"))
    del stub.groups.groups["wr1"]
    await tell(shop, stub, stub.told_of_group("wr1", "dismiss"))
    await comes_to(set(), lambda: customers(shop, "wr1"))


async def customers(service: Service, group: str) -> set[str] | None:
    return (await groups(service)).get(group)


async def test_a_group_is_for_somebody_gets_what_its_guide_sends_and_goes_over_with_them(
    shop: Service, stub: WecomStub, database: Database
):
    stub.groups.open("wr1", "xue", "wm1")
    await tell(shop, stub, stub.told_of_group("wr1", "create"))
    await comes_to({"wm1"}, lambda: customers(shop, "wr1"))
    wanted = {"group": "wr1", "line": "羽绒服", "age": "FROM_1_TO_3", "level": "GOLD"}
    set_now = await run(shop, "SetGroupPurpose", MANAGER, **wanted)
    assert set_now["group"]["productLine"] == "羽绒服"
    refused = await shop.query(SHOWN["SetGroupPurpose"], FOREIGN, **wanted)
    assert refused.data["customerGroupPurposeSet"]["userErrors"][0]["code"] == "FORBIDDEN"

    way = (await run(shop, "SetGroupWay", MANAGER, store="S1", name="门店", groups=["wr1"]))["way"]
    again = await run(shop, "SetGroupWay", MANAGER, store="S1", name="门店", groups=["wr1"])
    assert again["way"] == way
    assert len(stub.groups.ways) == 1
    ways = (await shop.query(SHOWN["GroupWays"], GUIDE, store="S1")).data["groupWays"]
    assert [one["groupIds"] for one in ways] == [["wr1"]]

    order = {
        "storeId": "S1",
        "kind": "GROUPS",
        "text": "今天上新",
        "title": "来看看",
        "targetKind": "STOREFRONT",
        "targetId": "S1",
    }

    async def ask() -> dict[str, Any]:
        answer = await say(shop, "AskGuides", MANAGER, input=order, key="k1")
        for one in answer["errands"]:
            # It is on its way by itself from the moment it was asked for.
            del one["state"]
        return answer

    asked = await ask()
    assert asked == await ask()
    for other in ({**order, "text": "明天上新"}, {**order, "kind": "MOMENT"}):
        refused = await shop.query(SAID["AskGuides"], MANAGER, input=other, key="k1")
        [error] = refused.data["errandsAsk"]["userErrors"]
        assert (error["code"], error["field"]) == ("CONFLICT", ["idempotencyKey"])
    # Of what an older version has asked for nothing was noted: it is answered as it was.
    await database["errands"].update_many({}, {"$unset": {"wanted": 1}})
    assert asked == await ask()
    [errand] = asked["errands"]
    assert (errand["guideId"], errand["groupId"]) == ("G1", "wr1")

    async def shown() -> list[tuple[str, int, tuple[str, ...]]]:
        return [(one.user, len(one.results), one.links) for one in stub.hands.asked.values()]

    await comes_to([("xue", 1, (errand["url"],))], shown)
    code = errand["url"].rsplit("/", 1)[1]
    sign_in = 'mutation {memberSignIn(code: "sandbox:group") {viewer {id}}}'
    member = (await shop.query(sign_in)).data["memberSignIn"]["viewer"]["id"]
    viewer = Viewer(id=PersonId(member), role=Role.MEMBER)
    for quantity in (1, 3):
        await say(shop, "Register", viewer, code=code, quantity=quantity)
    stub.hands.confirm("xue")

    async def came_of_it() -> tuple[str, int, list[int]]:
        await database["errands"].update_many(
            {"state": "ASKED"}, {"$set": {"due_at": now()}, "$inc": {"version": 1}}
        )
        [one] = (await say(shop, "Errands", GUIDE, store="S1"))["nodes"]
        return one["state"], one["sent"], [each["quantity"] for each in one["registrations"]]

    await comes_to(("DONE", 1, [3]), came_of_it)
    sold = (await shop.query(SAID["GroupSold"], MANAGER, group="wr1")).data["customerGroupSales"]
    assert (sold["sent"], sold["orders"], sold["net"]["text"]) == (1, 0, "¥0")

    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G2"])

    async def moves() -> list[dict[str, Any]]:
        return (await run(shop, "HandOver", HEAD_OFFICE, guide="G1"))["groups"]

    async def done() -> list[int | None]:
        await database["customer_groups"].update_many(
            {"hand_over.code": None}, {"$set": {"due_at": now()}, "$inc": {"version": 1}}
        )
        return [one["code"] for one in await moves()]

    await comes_to([0], done)
    assert stub.groups.handed == [("wr1", "lin")]
    assert {one["toUser"] for one in await moves()} == {"lin"}
