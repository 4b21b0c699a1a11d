"""What is seen of members: by themselves, by who looks after them, and by nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import M
from tests.api.members.test_feeds import FEED
from tests.api.members.test_purchases import a_purchase, a_refund, counted, told
from tests.api.members.test_staff import somebody
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import an_order, open_stores_with_stock, pay
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHOWN = documents_of("members.md")
PHONE = "13800138000"
GUIDE = Viewer(id=PersonId("guide_1"), role=Role.GUIDE, store_id="S1")
OTHER_GUIDE = Viewer(id=PersonId("guide_2"), role=Role.GUIDE, store_id="S2")
MANAGER = Viewer(id=PersonId("manager_1"), role=Role.STORE_MANAGER, store_id="S1")
OTHER_MANAGER = Viewer(id=PersonId("manager_2"), role=Role.STORE_MANAGER, store_id="S2")
CONSENT = """mutation($purpose: Purpose!) { done: %s(purpose: $purpose, place: "我的") {
  userErrors { code } } }"""


async def run(service: Service, name: str, viewer: Viewer, **variables):
    return next(iter((await service.query(SHOWN[name], viewer, **variables)).data.values()))


async def code_of(service: Service, name: str, viewer: Viewer, **variables) -> str:
    answer = await service.query(SHOWN[name], viewer, **variables)
    return answer.body["errors"][0]["extensions"]["code"]


async def bring(service: Service) -> Viewer:
    [fed] = (await run(service, "Bring", FEED, phone=PHONE))["members"]
    return Viewer(id=PersonId(fed["memberId"]), role=Role.MEMBER)


async def comes_by(database: Database, member: Viewer, guide: Viewer) -> None:
    await database["touches"].insert_one(
        {
            "_id": f"touch of {member.id}",
            "person_id": member.id,
            "guide_id": guide.id,
            "store_id": guide.store_id,
            "touched_at": now(),
        }
    )


async def say(service: Service, member: Viewer, what: str, purpose: str) -> None:
    done = (await service.query(CONSENT % what, member, purpose=purpose)).data["done"]
    assert done["userErrors"] == []


async def bought(service: Service, member: Viewer, viewer: Viewer | None = None) -> list[str]:
    found = await run(service, "Bought", viewer or member, member=member.id)
    assert found["totalCount"] == len(found["nodes"])
    return [one["number"] for one in found["nodes"]]


async def test_own_orders_and_purchases_elsewhere_are_one_list_page_by_page(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    mei = await bring(service)
    order = await an_order(service, {M: 1}, viewer=mei)
    await pay(service, order, mei)
    unpaid = await an_order(service, {M: 1}, viewer=mei, key="k2")
    at = datetime(2026, 11, 1, 2, tzinfo=UTC)
    early = at - timedelta(days=1)
    # Several at one moment, one of them the order.
    await comes_to(1, lambda: database["orders"].count_documents({"_id": order, "state": "PAID"}))
    await database["orders"].update_one({"_id": order}, {"$set": {"placed_at": at}})
    numbers = [f"N{n}" for n in range(5)]
    told_then = [a_purchase(one, at=at.isoformat(), phone=PHONE) for one in numbers]
    await told(service, *told_then, a_purchase("FIRST", at=early.isoformat(), phone=PHONE))
    document = SHOWN["Bought"].replace("first: 20", "first: 2")
    found: list[str] = []
    after, more = None, True
    while more:
        page = (await service.query(document, mei, member=mei.id, after=after)).data[
            "memberPurchases"
        ]
        found += [one["number"] for one in page["nodes"]]
        assert page["totalCount"] == 7
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert sorted(found) == sorted([*numbers, "FIRST", order])
    assert found[-1] == "FIRST"
    assert unpaid not in found


async def test_what_was_bought_follows_merges_and_their_undoing(
    service: Service, database: Database
):
    mei = await bring(service)
    for _ in range(2):
        taken = (await run(service, "Tell", FEED, phone=PHONE))["purchases"]
    assert [(one["isNew"], one["isMatched"], one["code"]) for one in taken] == [
        (False, True, None),
        (False, True, None),
    ]
    [seen] = (await run(service, "Bought", mei, member=mei.id))["nodes"]
    assert (seen["paid"]["text"], seen["refunded"]["text"]) == ("¥999", "¥99")
    other = await somebody(service, "mei")
    assert await bought(service, other) == []
    merged = (await run(service, "MakeOne", HEAD_OFFICE, loser=mei.id, survivor=other.id))["merge"]
    assert await bought(service, other) == ["230001"]
    # What is told while they are one counts for that one, and stays with what named it.
    await told(service, a_purchase("T2", phone=PHONE))
    await told(service, a_refund("R9", 50_000, "T2"))
    assert await bought(service, other) == ["T2", "230001"]
    await comes_to((50_000 + 90_000, 2, 500), lambda: counted(database, mei.id))
    undone = (await run(service, "MakeTwo", HEAD_OFFICE, merge=merged["id"]))["merge"]
    assert undone["state"] == "UNDONE"
    assert await bought(service, other) == []
    assert await bought(service, mei) == ["T2", "230001"]


async def test_a_guide_and_a_manager_see_their_own_and_each_look_is_on_record(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    mei = await bring(service)
    await run(service, "Tell", FEED, phone=PHONE)
    for viewer in (GUIDE, MANAGER, OTHER_GUIDE, await somebody(service, "may")):
        for name in ("Look", "Bought"):
            assert await code_of(service, name, viewer, member=mei.id) == "NOT_FOUND"
    await comes_by(database, mei, GUIDE)
    for viewer in (OTHER_GUIDE, OTHER_MANAGER):
        assert await code_of(service, "Look", viewer, member=mei.id) == "NOT_FOUND"
        assert await code_of(service, "Look", viewer, member="nobody") == "NOT_FOUND"
    for viewer in (GUIDE, MANAGER):
        view = await run(service, "Look", viewer, member=mei.id)
        assert (view["name"], view["phone"]) == ("林梅", "138****8000")
        assert [one["channel"] for one in view["purchases"]] == ["TMALL"]
        assert view["tags"] is None
        assert view["cart"] is None
        assert await bought(service, mei, viewer) == ["230001"]
    await say(service, mei, "memberConsentGive", "PROFILING")
    view = await run(service, "Look", GUIDE, member=mei.id)
    assert (view["tags"], view["cart"]) == ([], [])
    await say(service, mei, "memberConsentWithdraw", "SERVICE")
    assert await code_of(service, "Look", GUIDE, member=mei.id) == "FORBIDDEN"
    assert (await run(service, "Look", HEAD_OFFICE, member=mei.id))["purchasesInAll"] == 1
    looks = database["records"].find({"subject.id": mei.id, "action": "customerView"})
    actors = [one["actor_id"] for one in await looks.to_list(None)]
    assert sorted(actors) == sorted([GUIDE.id, MANAGER.id, GUIDE.id, HEAD_OFFICE.id])


async def test_the_people_of_a_franchisee_see_who_allows_it(service: Service, database: Database):
    await open_stores_with_stock(service)
    mei = await bring(service)
    await comes_by(database, mei, GUIDE)
    [store] = await database["stores"].find({"_id": "S1"}).to_list(None)
    await database["owners"].update_one(
        {"_id": store["owner_id"]}, {"$set": {"kind": "FRANCHISEE"}}
    )

    async def code():
        answer = await service.query(SHOWN["Look"], GUIDE, member=mei.id)
        return answer.body.get("errors", [{"extensions": {"code": None}}])[0]["extensions"]["code"]

    await comes_to("FORBIDDEN", code)
    await say(service, mei, "memberConsentGive", "FRANCHISEE")
    assert await code() is None
