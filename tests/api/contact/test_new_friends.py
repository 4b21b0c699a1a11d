"""What new friends are worth, by guide and by store, over HTTP."""

import time
from datetime import timedelta

import pytest

from domain.kernel.days import beijing_day
from qianmian.clock import now
from scripts.wecom_stub import WecomStub
from storage.mongo.contact.friend_days import MongoFriendDays
from storage.mongo.kernel.database import Database
from tests.api.contact.test_friends import MANAGER, friends, ids, rules, run
from tests.api.members.test_feeds import FEED
from tests.conftest import Service
from tests.support.documents import documents_of
from tests.support.network import HEAD_OFFICE
from tests.support.waiting import comes_to
from tests.support.wecom import connected, tell

pytestmark = pytest.mark.anyio

BOUGHT = """mutation($purchases: [PurchaseFeedInput!]!) {
  purchasesFeed(channel: "POS", purchases: $purchases) {
    purchases { isMatched refusal } userErrors { message } } }"""
BRING = """mutation($members: [MemberFeedInput!]!) {
  membersFeed(channel: "POS", members: $members) {
    members { memberId refusal } userErrors { message } } }"""


@pytest.fixture
def stub() -> WecomStub:
    """Its clock stands at this moment's second."""
    at = time.time()
    return WecomStub(now=lambda: at)


@pytest.fixture
async def shop(mongodb_uri, database, tmp_path, stub):
    async with connected(mongodb_uri, database, tmp_path, stub) as service:
        yield service


async def bring(service: Service, *names: str) -> list[str]:
    """Members whom a till knows, each by a unionid."""
    said = [{"id": one, "unionid": f"u-{one}"} for one in names]
    fed = (await service.query(BRING, FEED, members=said)).data["membersFeed"]
    assert fed["userErrors"] == []
    return [one["memberId"] for one in fed["members"]]


async def verdicts(database: Database) -> dict[str, str | None]:
    found = await database["bonds"].find({}).to_list(None)
    return {one["_id"]: one["verdict"] for one in found}


async def test_only_who_is_new_and_known_and_stays_counts_and_so_many_a_day(
    shop: Service, stub: WecomStub, database: Database
):
    # Nobody is judged before all are known: the verdict of each waits for a moment that is set.
    await rules(shop, validAfterDays=90, capADay=1)
    one, two = await bring(shop, "one", "two")
    for name in ("one", "two"):
        stub.contacts[f"wm-{name}"] = {"name": name, "unionid": f"u-{name}"}
    await tell(shop, stub, stub.add("xue", "wm-one"), stub.add("xue", "wm-two"))
    await tell(shop, stub, stub.add("xue", "wm-three"), stub.add("xue", "wm-four"))
    await comes_to(
        {"wm-one": one, "wm-two": two, "wm-three": None, "wm-four": None}, lambda: friends(shop)
    )
    await tell(shop, stub, stub.part("xue", "wm-four") | {"CreateTime": str(int(stub.now()) + 1)})
    await comes_to({"wm-one", "wm-two", "wm-three"}, lambda: ids(shop, "G1"))
    for number, name in enumerate(("wm-one", "wm-two", "wm-three", "wm-four")):
        due = now() - timedelta(seconds=9 - number)
        await database["bonds"].update_one(
            {"external_id": name}, {"$set": {"judge_at": due}, "$inc": {"version": 1}}
        )

    async def judged():
        return sorted(filter(None, (await verdicts(database)).values()))

    await comes_to(["GONE", "OVER_CAP", "UNKNOWN", "VALID"], judged)

    async def said():
        pages = await database["facts"].find({}).to_list(None)
        told = [fact for page in pages for fact in page["facts"]]
        return [one["data"]["externalUser"] for one in told if one["kind"] == "friend.valid"]

    await comes_to(1, lambda: _count(said))
    [day] = (await figures(shop))["guides"]
    assert day == {"guideId": "G1", "added": 4, "gone": 1, "duplicates": 0, "valid": 1}


async def _count(ask) -> int:
    return len(await ask())


async def figures(service: Service) -> dict:
    day = str(beijing_day(now()))
    return await run(service, "Day", MANAGER, store="S1", day=day)


async def test_the_cap_of_a_day_is_in_the_write_and_nobody_counts_twice(database: Database):
    days = MongoFriendDays(database)
    assert await days.take("xue", "2026-11-01", "wm1:xue", 2)
    assert await days.take("xue", "2026-11-01", "wm1:xue", 2)
    assert await days.take("xue", "2026-11-01", "wm2:xue", 2)
    assert not await days.take("xue", "2026-11-01", "wm3:xue", 2)
    assert await days.take("xue", "2026-11-01", "wm2:xue", 2)
    assert await days.take("xue", "2026-11-02", "wm3:xue", 2)


async def test_a_burst_and_who_was_somebodys_friend_before_are_shown_with_evidence(
    shop: Service, stub: WecomStub
):
    await rules(shop, burst=4)
    await tell(shop, stub, stub.add("qin", "wm0"))
    await comes_to({"wm0"}, lambda: ids(shop, "G3"))
    later = stub.now() + 1
    stub.now = lambda: later
    events = [stub.add("xue", f"wm{number}") for number in range(5)]
    await tell(shop, stub, *events)
    await comes_to({f"wm{number}" for number in range(5)}, lambda: ids(shop, "G1"))
    found = await figures(shop)
    assert found["guides"] == [
        {"guideId": "G1", "added": 5, "gone": 0, "duplicates": 1, "valid": 0}
    ]
    [suspicion] = found["suspicions"]
    assert (suspicion["kind"], suspicion["count"]) == ("BURST", 5)
    assert set(suspicion["externalIds"]) == {f"wm{number}" for number in range(5)}


async def test_of_those_who_paid_in_a_store_it_is_told_how_many_are_friends(
    shop: Service, stub: WecomStub
):
    [paying, other] = await bring(shop, "one", "two")
    stub.contacts["wm1"] = {"name": "one", "unionid": "u-one"}
    await tell(shop, stub, stub.add("xue", "wm1"))
    await comes_to({"wm1": paying}, lambda: friends(shop))
    at = now().isoformat()
    purchases = [
        {
            "number": f"{name}-{number}",
            "at": at,
            "storeId": "S1",
            "channelMemberId": name,
            "lines": [{"sku": "x", "quantity": 1, "paidFen": 100}],
        }
        for name in ("one", "two")
        for number in range(2)
    ]
    told = (await shop.query(BOUGHT, FEED, purchases=purchases)).data["purchasesFeed"]
    assert [one["isMatched"] for one in told["purchases"]] == [True] * 4, told

    async def counted():
        found = await figures(shop)
        return found["paying"], found["friends"]

    await comes_to((2, 1), counted)
    assert other != paying


async def test_who_does_not_run_the_store_sees_none_of_it(shop: Service):
    document = documents_of("contact.md")["Day"]
    day = str(beijing_day(now()))
    answer = await shop.query(document, MANAGER, store="S2", day=day)
    assert answer.errors[0]["extensions"]["code"] == "FORBIDDEN"
    assert (await shop.query(document, HEAD_OFFICE, store="S2", day=day)).data
