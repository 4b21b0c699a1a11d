"""Friends in WeCom, from the platform's calls to the guide's list, over HTTP."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from scripts.wecom_stub import WecomStub, encrypted, signed
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from storage.mongo.sharing.touches import MongoTouches
from tests.conftest import Service
from tests.support.documents import documents_of
from tests.support.network import HEAD_OFFICE, as_csv, counts, take_in
from tests.support.waiting import comes_to
from tests.support.wecom import connected, tell, tell_badly

pytestmark = pytest.mark.anyio

SHOWN = documents_of("contact.md")
MANAGER = Viewer(id=PersonId("manager"), role=Role.STORE_MANAGER, store_id="S1")
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
OTHER_GUIDE = Viewer(id=PersonId("G2"), role=Role.GUIDE, store_id="S1")
SIGN_IN = 'mutation {memberSignIn(code: "sandbox:mei") {viewer {id} userErrors {message}}}'


@pytest.fixture
def stub() -> WecomStub:
    """Its clock stands still, an hour from now, so that no welcome is late on a slow machine."""
    at = time.time() + 3_600
    return WecomStub(now=lambda: at)


@pytest.fixture
async def shop(mongodb_uri, database, tmp_path, stub):
    async with connected(mongodb_uri, database, tmp_path, stub) as service:
        yield service


async def run(service: Service, name: str, viewer: Viewer, /, **variables) -> dict[str, Any]:
    answer = await service.query(SHOWN[name], viewer, **variables)
    found: dict[str, Any] = next(iter(answer.data.values()))
    assert not found.get("userErrors"), found
    return found


async def friends(service: Service, guide: str = "G1") -> dict[str, str | None]:
    """A guide's friends as the list shows them, each with the member they are."""
    found = await run(service, "Friends", HEAD_OFFICE, guide=guide)
    return {one["externalId"]: one["memberId"] for one in found["friends"]["nodes"]}


async def rules(service: Service, **changes) -> None:
    said = {"validAfterDays": 7, "capADay": 50, "burst": 20, **changes}
    version = (await run(service, "Rules", HEAD_OFFICE))["version"]
    await run(service, "SetRules", HEAD_OFFICE, input=said, version=version)


async def test_of_two_new_friends_in_one_second_told_three_times_each_is_welcomed_once(
    shop: Service, stub: WecomStub
):
    await rules(shop, welcome={"text": "欢迎"})
    first, second, other_guide = (
        stub.add("xue", "wm1"),
        stub.add("xue", "wm2"),
        stub.add("lin", "wm1"),
    )
    await tell(shop, stub, first, second, first, other_guide, first)
    await comes_to({"wm1", "wm2"}, lambda: ids(shop, "G1"))
    await comes_to({"wm1"}, lambda: ids(shop, "G2"))
    codes = {one["WelcomeCode"] for one in (first, second, other_guide)}
    await comes_to(codes, lambda: welcomed(stub))
    # One asked of each code that was answered, and none again for the repeats.
    assert stub.asked["/cgi-bin/externalcontact/send_welcome_msg"] == 3


async def ids(service: Service, guide: str) -> set[str]:
    return set(await friends(service, guide))


async def welcomed(stub: WecomStub) -> set[str]:
    return set(stub.welcomes)


async def outcomes(database: Database) -> dict[str, str | None]:
    found = await database["contact_inbox"].find({}).to_list(None)
    return {one["event"]["ExternalUserID"]: one.get("welcomed") for one in found}


async def test_a_welcome_that_another_app_is_sending_is_tried_again_and_one_sent_counts_as_sent(
    shop: Service, stub: WecomStub, database: Database
):
    await rules(shop, welcome={"text": "欢迎"})
    stub.trouble["/cgi-bin/externalcontact/send_welcome_msg"] = [41096, 41051]
    await tell(shop, stub, stub.add("xue", "wm1"))

    async def outcome():
        return (await outcomes(database))["wm1"]

    await comes_to(True, lambda: _is(outcome, {"SENT_BEFORE", "TOO_LATE"}))
    assert await welcomed(stub) == set()


async def _is(ask, values) -> bool:
    return await ask() in values


async def test_a_welcome_comes_never_after_twenty_seconds(
    shop: Service, stub: WecomStub, database: Database
):
    await rules(shop, welcome={"text": "欢迎"})
    event = stub.add("xue", "wm1")
    event["CreateTime"] = str(int(time.time()) - 21)
    await tell(shop, stub, event)
    await comes_to({"wm1": "TOO_LATE"}, lambda: outcomes(database))
    assert stub.asked["/cgi-bin/externalcontact/send_welcome_msg"] == 0


async def test_the_welcome_fits_the_code(shop: Service, stub: WecomStub):
    await rules(shop, welcome={"text": "欢迎"})
    ways = (await run(shop, "OpenWays", MANAGER, store="S1"))["ways"]
    assert [one["guideIds"] for one in ways] == [["G1"], ["G2"]]
    page = {"text": "新人礼", "title": "领券", "url": "https://mall.example/coupon"}
    campaign = await run(shop, "SetWay", MANAGER, store="S1", name="开业", welcome=page)
    assert len(stub.ways) == 3
    assert (await run(shop, "OpenWays", MANAGER, store="S1"))["ways"] == ways
    assert len(stub.ways) == 3
    event = stub.add("xue", "wm1", campaign["way"]["id"])
    await tell(shop, stub, event)
    await comes_to({event["WelcomeCode"]}, lambda: welcomed(stub))
    sent = stub.welcomes[event["WelcomeCode"]]
    assert sent["text"]["content"] == "新人礼"
    assert sent["attachments"][0]["link"]["url"] == "https://mall.example/coupon"


async def test_a_stores_code_set_again_leads_to_who_is_there_by_then(
    shop: Service, stub: WecomStub
):
    first = (await run(shop, "SetWay", MANAGER, store="S1", name="开业"))["way"]
    [code] = stub.ways.values()
    assert code["user"] == ["xue", "lin"]
    moved = {"guide_id": "G3", "name": "导购G3", "store_id": "S1", "wecom_user_id": "qin"}
    counts(await take_in(shop, "guides", as_csv(moved)))
    again = (await run(shop, "SetWay", MANAGER, store="S1", name="开业"))["way"]
    assert again == first
    [code] = stub.ways.values()
    assert code["user"] == ["xue", "lin", "qin"]


async def test_a_friend_is_the_member_whom_wechat_names_whoever_comes_first(
    shop: Service, stub: WecomStub, database: Database
):
    mei = (await shop.query(SIGN_IN)).data["memberSignIn"]["viewer"]["id"]
    stub.contacts["wm1"] = {"name": "梅", "unionid": "sandbox-unionid-mei"}
    stub.contacts["wm2"] = {"name": "菊", "unionid": "sandbox-unionid-ju"}
    await tell(shop, stub, stub.add("xue", "wm1"), stub.add("xue", "wm2"))
    await comes_to({"wm1": mei, "wm2": None}, lambda: friends(shop))
    ju = (await shop.query(SIGN_IN.replace("mei", "ju"))).data["memberSignIn"]["viewer"]["id"]
    await comes_to({"wm1": mei, "wm2": ju}, lambda: friends(shop))
    for member in (mei, ju):
        credit = await MongoTouches(database).last_credit(
            [PersonId(member)], since=now() - timedelta(days=1)
        )
        assert credit is not None
        assert credit.guide_id == "G1"
        assert (
            await MongoTouches(database).last_credit(
                [PersonId(member)], since=now() - timedelta(days=1), by_link=True
            )
            is None
        )


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_lost_doubled_and_shuffled_is_repaired_by_reading_the_list_once(
    shop: Service, stub: WecomStub, database: Database, seed: int
):
    clock = [time.time() - 600]
    stub.now = lambda: clock[0]
    events = []
    for number in range(120):
        clock[0] += number % 2
        customer = f"wm{number % 45}"
        if ("xue", customer) in stub.friends:
            events.append(stub.part("xue", customer, by_customer=number % 3 > 0))
        else:
            events.append(stub.add("xue", customer, "s" if number % 4 else ""))
    await tell_badly(shop, stub, events, seed)
    await comes_to(0, lambda: waiting(database))
    await database["friend_lists"].update_one(
        {"_id": "xue"}, {"$set": {"due_at": now(), "read_at": None}}, upsert=True
    )
    await comes_to(True, lambda: was_read(shop))
    truth = {external for user, external in stub.friends if user == "xue"}
    await comes_to(truth, lambda: every_friend(database))
    since = {
        one["external_id"]: (one["added_at"], one["state"] or "")
        for one in await database["bonds"].find({"standing": True}).to_list(None)
    }
    assert since == {
        external: (datetime.fromtimestamp(one["createtime"], UTC), one["state"])
        for (_, external), one in stub.friends.items()
    }


async def every_friend(database: Database) -> set[str]:
    found = await database["bonds"].find({"user_id": "xue", "standing": True}).to_list(None)
    return {one["external_id"] for one in found}


async def waiting(database: Database) -> int:
    """How many facts the mirror has not put into itself yet."""
    unsaid = await database["contact_inbox"].count_documents({"outbox.last": {"$exists": True}})
    place = await database["followers"].find_one({"_id": "friends in WeCom"})
    return unsaid + await MongoStream(database).head() - (place["n"] if place else 0)


async def was_read(service: Service) -> bool:
    return (await run(service, "Friends", HEAD_OFFICE, guide="G1"))["readAt"] is not None


async def test_a_guide_sees_their_own_friends_and_nobody_elses(shop: Service, stub: WecomStub):
    await tell(shop, stub, stub.add("xue", "wm1"))
    await comes_to({"wm1"}, lambda: ids(shop, "G1"))
    mine = await run(shop, "Friends", GUIDE, guide="G1")
    assert [one["externalId"] for one in mine["friends"]["nodes"]] == ["wm1"]
    refused = await shop.query(SHOWN["Friends"], OTHER_GUIDE, guide="G1")
    assert refused.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_address_is_proved_and_nobody_else_is_heard(
    shop: Service, stub: WecomStub, database: Database
):
    closed = encrypted("42")
    answer = await shop.http.get("/wecom/callback", params={**signed(closed), "echostr": closed})
    assert (answer.status_code, answer.text) == (200, "42")
    query, body = stub.call(stub.add("xue", "wm1"))
    forged = await shop.http.post(
        "/wecom/callback", params={**query, "nonce": "other"}, content=body
    )
    assert forged.status_code == 403
    for at in ("", "now", "9" * 30):
        query, body = stub.call({**stub.add("xue", "wm1"), "CreateTime": at})
        odd = await shop.http.post("/wecom/callback", params=query, content=body)
        assert odd.status_code == 400
    assert await database["contact_inbox"].count_documents({}) == 0


async def test_an_event_of_nobody_holds_nothing_up(
    shop: Service, stub: WecomStub, database: Database
):
    event = stub.add("xue", "wm1")
    await tell(shop, stub, {**event, "UserID": ""}, {"MsgType": "event", **_when(event)})
    await comes_to(0, lambda: waiting(database))
    assert await database["held_facts"].count_documents({}) == 0
    assert await database["bonds"].count_documents({}) == 0


def _when(event: dict[str, str]) -> dict[str, str]:
    nobody = {"Event": "change_external_contact", "ChangeType": "del_follow_user"}
    return {**nobody, "CreateTime": event["CreateTime"]}
