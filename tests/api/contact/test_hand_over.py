"""A leaver's customers, from the plan to the end of each, over HTTP."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.guiding.guide_todos import GuideTodo, TodoId
from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from scripts.wecom_stub import WecomStub
from storage.mongo.guiding.guide_todos import MongoGuideTodos
from storage.mongo.kernel.database import Database
from storage.mongo.sharing.touches import MongoTouches
from tests.api.contact.test_friends import HEAD_OFFICE, SHOWN, SIGN_IN, friends, ids, run
from tests.conftest import Service
from tests.support.waiting import comes_to
from tests.support.wecom import connected, tell

pytestmark = pytest.mark.anyio

ASKED = "/cgi-bin/externalcontact/resigned/transfer_customer"
MANY = 250


@pytest.fixture
def clock() -> list[float]:
    return [time.time() - 3_600]


@pytest.fixture
def stub(clock: list[float]) -> WecomStub:
    return WecomStub(now=lambda: clock[0])


@pytest.fixture
async def shop(mongodb_uri, database, tmp_path, stub):
    async with connected(mongodb_uri, database, tmp_path, stub) as service:
        yield service


async def has_friends(
    service: Service, stub: WecomStub, database: Database, many: int, user: str = "xue"
) -> None:
    """Somebody has so many friends in WeCom, whom the mirror gets by reading the list."""
    for number in range(many):
        stub.add(user, f"wm{number:03}")
    await database["friend_lists"].update_one(
        {"_id": user}, {"$set": {"due_at": now(), "read_at": None}}, upsert=True
    )

    async def mirrored():
        return await database["bonds"].count_documents({"user_id": user, "standing": True})

    await comes_to(many, mirrored, within_s=300)


async def counts(service: Service, guide: str = "G1") -> dict[str, int]:
    found = await run(service, "HandOver", HEAD_OFFICE, guide=guide)
    return {one["state"]: one["count"] for one in found["counts"]}


async def a_day_goes_by(database: Database, clock: list[float]) -> None:
    """What waits is due."""
    clock[0] += 86_401
    await database["customer_moves"].update_many(
        {"state": "ASKED"}, {"$set": {"due_at": now()}, "$inc": {"version": 1}}
    )


async def was_asked(database: Database) -> int:
    """How many of those asked for have been begun: a day is given to them."""
    soon = now() + timedelta(hours=1)
    return await database["customer_moves"].count_documents(
        {"state": "ASKED", "due_at": {"$gt": soon}}
    )


async def test_a_leavers_customers_go_over_in_hundreds_with_the_refusals_listed(
    shop: Service, stub: WecomStub, database: Database, clock: list[float]
):
    await has_friends(shop, stub, database, MANY)
    stub.left.add("xue")
    stub.refusing = {"wm007", "wm100"}
    begun = await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=True, takers=["G2"])
    assert sum(one["count"] for one in begun["counts"]) == MANY
    await comes_to(MANY, lambda: was_asked(database), within_s=300)
    assert stub.asked[ASKED] == 3
    # Nothing has moved yet.
    assert await ids(shop, "G2") == set()
    # Started again, it plans nobody a second time.
    again = await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=True, takers=["G3"])
    assert again["counts"] == [{"state": "ASKED", "count": MANY}]
    await a_day_goes_by(database, clock)
    await comes_to({"DONE": MANY - 2, "REFUSED": 2}, lambda: counts(shop), within_s=300)
    refused = await run(shop, "HandOver", HEAD_OFFICE, guide="G1", state="REFUSED")
    assert [one["externalId"] for one in refused["customers"]["nodes"]] == ["wm007", "wm100"]

    async def standing(user):
        return await database["bonds"].count_documents({"user_id": user, "standing": True})

    assert (await standing("xue"), await standing("lin")) == (2, MANY - 2)


async def test_a_member_is_the_takers_customer_only_once_it_is_done(
    shop: Service, stub: WecomStub, database: Database, clock: list[float]
):
    mei = (await shop.query(SIGN_IN)).data["memberSignIn"]["viewer"]["id"]
    stub.contacts["wm000"] = {"name": "梅", "unionid": "sandbox-unionid-mei"}
    await has_friends(shop, stub, database, 1)
    await comes_to({"wm000": mei}, lambda: friends(shop))
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False)
    await comes_to(1, lambda: was_asked(database))

    async def whose():
        since = now() - timedelta(days=2)
        found = await MongoTouches(database).last_credit([PersonId(mei)], since=since)
        return found.guide_id if found else None

    todo = GuideTodo(
        id=TodoId("t"),
        guide_id=GuideId("G1"),
        member_id=PersonId(mei),
        day=str(beijing_day(now() + timedelta(days=2))),
        words="问候",
        asked_at=now(),
    )
    # Another guide, whose friend she is too, is asked something of their own.
    others = replace(todo, id=TodoId("u"), guide_id=GuideId("G3"))
    await MongoGuideTodos(database).ask([todo, others])

    async def tasks() -> tuple[str | None, str]:
        """Who has a reason to turn to her, and who is asked to."""
        found = await database["guide_todos"].find({}).to_list(None)
        asked = {one["_id"]: one["guide_id"] for one in found}
        assert asked["u"] == "G3"
        care = await database["customer_care"].find_one({"_id": mei})
        return care["guide_id"] if care else None, asked["t"]

    await comes_to(("G1", "G1"), tasks)
    assert await whose() == "G1"
    await a_day_goes_by(database, clock)
    await comes_to({"DONE": 1}, lambda: counts(shop))
    assert await whose() == "G2"
    await comes_to(("G2", "G2"), tasks)
    assert await friends(shop, "G2") == {"wm000": mei}
    assert await friends(shop, "G1") == {}


async def test_where_the_taker_is_full_others_are_asked_when_it_is_started_again(
    shop: Service, stub: WecomStub, database: Database, clock: list[float]
):
    await has_friends(shop, stub, database, 2)
    stub.full = {"lin"}
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G2"])
    await comes_to(2, lambda: was_asked(database))
    await a_day_goes_by(database, clock)
    await comes_to({"FULL": 2}, lambda: counts(shop))
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G3"])
    await comes_to(2, lambda: was_asked(database))
    await a_day_goes_by(database, clock)
    await comes_to({"DONE": 2}, lambda: counts(shop))
    assert await ids(shop, "G3") == {"wm000", "wm001"}


async def test_what_a_lost_answer_began_is_looked_up_and_what_it_did_not_is_asked_again(
    shop: Service, stub: WecomStub, database: Database, clock: list[float]
):
    await has_friends(shop, stub, database, 1)
    path = "/cgi-bin/externalcontact/transfer_customer"
    stub.trouble[path] = [45009]
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G2"])
    await comes_to({"ASKED": 1}, lambda: counts(shop))
    await comes_to(True, lambda: _asked(stub, path))
    await database["customer_moves"].update_many(
        {"state": "ASKED"}, {"$set": {"due_at": now()}, "$inc": {"version": 1}}
    )
    await comes_to(1, lambda: was_asked(database))
    assert stub.asked[path] == 2
    await a_day_goes_by(database, clock)
    await comes_to({"DONE": 1}, lambda: counts(shop))


async def _asked(stub: WecomStub, path: str) -> bool:
    return stub.asked[path] > 0


async def test_nobody_who_is_not_at_work_takes_customers(shop: Service):
    answer = await shop.query(
        SHOWN["StartHandOver"], HEAD_OFFICE, guide="G1", left=True, takers=["G1", "nobody"]
    )
    [refusal] = answer.refused("handOverStart")
    assert (refusal["code"], refusal["field"]) == ("INVALID", ["takerIds"])


async def test_who_is_said_to_have_left_and_has_not_is_handed_over_as_at_work(
    shop: Service, stub: WecomStub, database: Database
):
    await has_friends(shop, stub, database, 1)
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=True, takers=["G2"])
    await comes_to({"FAILED": 1}, lambda: counts(shop))
    failed = await run(shop, "HandOver", HEAD_OFFICE, guide="G1", state="FAILED")
    assert [one["code"] for one in failed["customers"]["nodes"]] == [40100]
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G2"])
    await comes_to(1, lambda: was_asked(database))


async def test_who_comes_back_to_whom_they_were_taken_from_is_handed_over_again(
    shop: Service, stub: WecomStub, database: Database, clock: list[float]
):
    await has_friends(shop, stub, database, 1)
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G2"])
    await comes_to(1, lambda: was_asked(database))
    await a_day_goes_by(database, clock)
    await comes_to({"DONE": 1}, lambda: counts(shop))
    again = await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G3"])
    assert again["counts"] == [{"state": "DONE", "count": 1}]
    clock[0] += 60
    await tell(shop, stub, stub.add("xue", "wm000"))
    await comes_to({"wm000"}, lambda: ids(shop, "G1"))
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G3"])
    await comes_to(1, lambda: was_asked(database))
    await a_day_goes_by(database, clock)
    await comes_to({"wm000"}, lambda: ids(shop, "G3"))
    assert await ids(shop, "G1") == set()


async def test_what_wecom_does_not_tell_of_lets_others_go_first(
    shop: Service, stub: WecomStub, database: Database, clock: list[float]
):
    await has_friends(shop, stub, database, 1)
    await run(shop, "StartHandOver", HEAD_OFFICE, guide="G1", left=False, takers=["G2"])
    await comes_to(1, lambda: was_asked(database))
    path = "/cgi-bin/externalcontact/transfer_result"
    stub.trouble[path] = [40058]
    await a_day_goes_by(database, clock)

    async def put_off():
        return await database["customer_moves"].count_documents(
            {"state": "ASKED", "due_at": {"$gt": now()}}
        )

    await comes_to(1, put_off)
    assert stub.asked[path] == 1


async def test_the_brands_own_account_takes_who_has_nobody_else_and_registers_them(
    shop: Service, stub: WecomStub, database: Database
):
    # G3 is alone in S2.
    await has_friends(shop, stub, database, 2, user="qin")
    refused = await shop.query(SHOWN["StartHandOver"], HEAD_OFFICE, guide="G3", left=False)
    assert refused.data["handOverStart"]["userErrors"][0]["field"] == ["takerIds"]
    said = {"validAfterDays": 7, "capADay": 50, "burst": 20, "brandGuideId": "nobody"}
    wrong = await shop.query(SHOWN["SetRules"], HEAD_OFFICE, input=said, version=0)
    assert wrong.data["contactRulesSet"]["userErrors"][0]["field"] == ["brandGuideId"]
    await run(shop, "SetRules", HEAD_OFFICE, input={**said, "brandGuideId": "G1"}, version=0)

    async def planned_for():
        found = await run(shop, "HandOver", HEAD_OFFICE, guide="G3")
        return {one["toUser"] for one in found["customers"]["nodes"]}

    async def taken():
        await shop.query(SHOWN["StartHandOver"], HEAD_OFFICE, guide="G3", left=False)
        return await planned_for()

    await comes_to({"xue"}, taken)

    friend = Viewer(id=PersonId("G3"), role=Role.GUIDE, store_id="S2")
    stub.contacts["wm000"] = {"name": "梅", "unionid": "u-mei"}
    first = (await run(shop, "RegisterFriend", friend, friend="wm000"))["memberId"]
    await comes_to({"wm000": first, "wm001": None}, lambda: friends(shop, "G3"))
    assert (await run(shop, "RegisterFriend", friend, friend="wm000"))["memberId"] == first
    other = Viewer(id=PersonId("G2"), role=Role.GUIDE, store_id="S1")
    refused = await shop.query(SHOWN["RegisterFriend"], other, friend="wm001")
    assert refused.data["friendRegister"]["userErrors"][0]["code"] == "NOT_FOUND"
