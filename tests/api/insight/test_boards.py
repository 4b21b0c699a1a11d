"""Boards over HTTP, as the page tells of them."""

import random
from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import product

import pytest

from domain.contact.ways import Way, store_state
from domain.insight.metrics import Metric
from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.contact.contact import MongoWays
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import save_version
from storage.mongo.mall.reference import MongoReference
from storage.mongo.sharing.share_links import MongoShareLinks
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE, MANAGER
from tests.support.documents import documents_of
from tests.support.insight import (
    LINK,
    a_fact,
    a_refund,
    an_order,
    recounted,
    save_network,
    some_days,
    stock,
)
from tests.support.sharing import GUIDE, a_shop
from tests.support.sockets import connected
from tests.support.statements import looking_away
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
SHOWN = documents_of("insight.md")
M = "10001-NVY-M"
FINANCE = Viewer(id=PersonId("books"), role=Role.FINANCE)


async def said(database: Database, order: str, fact: Fact) -> None:
    """Have the service say a fact, as the document of an order would."""
    fields = {"_id": order, "version": 1, "buyer_id": order, "idempotency_key": order}
    await save_version(database["orders"], fields, expected=0, facts=[fact])


async def test_a_board_follows_what_happens_and_opens_to_its_rows(
    service: Service, database: Database
):
    await a_shop(service, database)
    at = now()
    day = beijing_day(at).isoformat()

    async def total(name: str = "BrandBoard", viewer=HEAD_OFFICE) -> dict:
        [shown] = (await service.query(SHOWN[name], viewer, day=day)).data.values()
        return {one["metric"]: one["value"] for one in shown["total"]["figures"]}

    assert await total() == {}
    async with connected(service, MANAGER) as socket:
        await socket.subscribe(SHOWN["LiveBoard"], day=day)
        first = await socket.next()
        assert first["data"]["boardChanged"]["total"]["figures"] == []
        # More than an Int can tell, as a brand sells in a month.
        await said(database, "o1", an_order("o1", at, 3_000_000_000))
        live: dict = {}
        while live.get("SALES_FEN") != "3000000000":
            shown = (await socket.next())["data"]["boardChanged"]
            live = {one["metric"]: one["value"] for one in shown["total"]["figures"]}
        assert live == {"ORDERS": "1", "UNITS": "2", "SALES_FEN": "3000000000"}
    assert await total() == live
    await said(database, "o2", a_refund("o1", 1, at, 1_000_000_000))
    back = {"REFUNDS": "1", "REFUND_FEN": "1000000000", "ORDER_REFUND_FEN": "1000000000"}
    await comes_to(live | back, total)
    board = (await service.query(SHOWN["BrandBoard"], HEAD_OFFICE, day=day)).data["board"]
    assert board["total"]["netFen"] == board["total"]["netOfOrdersFen"] == "2000000000"
    assert [(one["id"], one["name"]) for one in board["parts"]] == [("320500", "苏州市")]
    assert board["days"][-1] == {"day": day, "total": {"netFen": "2000000000"}}
    assert board["hours"][0]["total"] == {"netFen": "2000000000"}
    assert board["freshness"]["pending"] == 0
    rows = (await service.query(SHOWN["RowsBehind"], MANAGER, day=day)).data["boardRows"]
    assert [(one["kind"], one["about"], one["amount"]) for one in rows["nodes"]] == [
        ("SALE", "o1", "3000000000")
    ]
    file = (await service.query(SHOWN["BoardFile"], HEAD_OFFICE, day=day)).data["boardCsv"]
    assert len(file.splitlines()) == 3
    sellers = """query($day: String!) {
      board(scope: STORE, id: "S1", period: $day) { parts { id name } } }"""
    shown = (await service.query(sellers, MANAGER, day=day)).data["board"]["parts"]
    assert shown == [{"id": "S1/G1", "name": "林小雨"}]
    refused = await service.query(SHOWN["BrandBoard"], GUIDE, day=day)
    assert refused.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with connected(service, GUIDE) as socket:
        await socket.subscribe(SHOWN["LiveBoard"], day=day)
        assert (await socket.next())["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_each_board_is_what_a_recount_tells(service: Service, database: Database):
    await save_network(MongoReference(database))
    await MongoShareLinks(database).keep([LINK], lambda: LINK.code)

    async def known() -> bool:
        asked = '{ store(id: "S9") { id } }'
        return (await service.query(asked, HEAD_OFFICE)).data["store"] is not None

    await comes_to(True, known)
    facts = some_days(random.Random(7))
    fields = {"_id": "told", "version": 1, "buyer_id": "told", "idempotency_key": "told"}
    await save_version(database["orders"], fields, expected=0, facts=facts)
    values, _ = recounted(facts)
    days = ("2026-11-30", "2026-12")
    keys = {
        ("REGION", "320200"): ["region:320200"],
        ("STORE", "S1"): ["store:S1"],
        ("OWNER", "brand"): ["store:S1", "store:S2"],
        ("OWNER", "o9"): ["store:S9"],
        ("GUIDE", "G2"): [f"seller:{store}/G2" for store in ("S1", "S2", "S9")],
        ("CONTENT", ""): ["content:POST:post_1"],
        ("CONTENT", "POST:post_1"): ["content:POST:post_1"],
        ("CAMPAIGN", "双十一"): ["campaign:双十一"],
    }
    text = """query($scope: BoardScope!, $id: ID!, $day: String!) {
      board(scope: $scope, id: $id, period: $day) { total { figures { metric value } } } }"""

    async def told(scope: str, of: str, day: str) -> dict[str, int]:
        answer = await service.query(text, FINANCE, scope=scope, id=of, day=day)
        figures = answer.data["board"]["total"]["figures"]
        return {one["metric"]: int(one["value"]) for one in figures if one["value"] != "0"}

    assert set(values["brand|2026-11-30"]) | set(values["brand|2026-12"]) == set(Metric)
    for day in days:
        await comes_to(values[f"brand|{day}"], partial(told, "BRAND", "", day))
    for ((scope, of), some), day in product(keys.items(), days):
        whole = sum((Counter(values.get(f"{key}|{day}", {})) for key in some), Counter())
        await comes_to(dict(whole), partial(told, scope, of, day))
    franchisee = Viewer(id=PersonId("o9"), role=Role.FRANCHISEE, owner_id="o9")
    asked = {"scope": "OWNER", "day": days[0]}
    assert (await service.query(text, franchisee, id="o9", **asked)).data["board"]
    refused = await service.query(text, franchisee, id="brand", **asked)
    assert refused.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_stock_board_shows_what_sells_out_and_where(service: Service, database: Database):
    await a_shop(service, database)
    await stock(database, "320500", M, 1)

    async def board() -> list:
        answer = await service.query(SHOWN["StockBoard"], HEAD_OFFICE)
        found = answer.data["stockBoard"]
        return [found["complete"], found["skus"]["nodes"]]

    await comes_to([True, []], board)
    async with connected(service, HEAD_OFFICE) as socket:
        await socket.subscribe(SHOWN["LiveStockBoard"])
        first = (await socket.next())["data"]["stockBoardChanged"]
        assert first == {"complete": True, "skus": {"nodes": []}}
        await stock(database, "320500", M, 0)
        sold_out = (await socket.next())["data"]["stockBoardChanged"]["skus"]["nodes"]
        assert sold_out == [{"sku": M, "soldOutIn": 1}]
    where = [{"id": "320500", "name": "苏州市"}]
    [_, [line]] = await board()
    assert (line["sku"], line["soldOutIn"], line["ofRegions"], line["regions"]) == (M, 1, 1, where)
    file = (await service.query(SHOWN["StockBoardFile"], HEAD_OFFICE)).data["stockBoardCsv"]
    assert [row.split(",")[3:] for row in file.splitlines()[1:]] == [["1", "1", "320500"]]
    for viewer, ok in ((MANAGER, False), (FINANCE, True)):
        assert ("errors" in (await service.query(SHOWN["StockBoard"], viewer)).body) is not ok


async def test_a_touchpoint_brings_who_joins_and_a_test_shows_each_one_arm(
    service: Service, database: Database
):
    await a_shop(service, database)
    made = (await service.query(SHOWN["MakeTouchpoint"], MANAGER)).data["touchpointCreate"]
    assert made["userErrors"] == []
    touchpoint = made["touchpoint"]
    again = (await service.query(SHOWN["MakeTouchpoint"], HEAD_OFFICE)).data["touchpointCreate"]
    assert again["touchpoint"] == touchpoint
    opened = """mutation($code: String!) { shareLinkOpen(code: $code) {
      opened { title } userErrors { code } } }"""
    visitors = [Viewer(id=PersonId(f"visitor_{n}"), role=Role.VISITOR) for n in range(3)]
    for viewer in (*visitors, visitors[0]):
        found = (await service.query(opened, viewer, code=touchpoint["code"])).data
        assert found["shareLinkOpen"]["userErrors"] == []
    today = beijing_day(now())

    async def came() -> list:
        answer = await service.query(SHOWN["StoreTouchpoints"], MANAGER, month=today.isoformat())
        [result, *_] = answer.data["touchpoints"]
        assert result["funnel"]["joined"] == {"count": 0, "outOf": 0, "low": 0.0, "high": 1.0}
        return [(one["entered"], one["maturing"]) for one in result["days"]]

    await comes_to([(3, True)], came)
    way = Way(
        id=store_state("S1", "会员日"),
        store_id=StoreId("S1"),
        guide_ids=(GuideId("G1"),),
        name="会员日",
        version=1,
    )
    await MongoWays(database).save(way, expected=0)
    at = now()
    contact = {"externalUser": "w1", "member": None, "state": way.id, "addedAt": at.isoformat()}
    friend = a_fact("bond:w1", 1, "friend.added", at, guide="G1", store="S1", **contact)
    await said(database, "o1", friend)

    async def by_code() -> list:
        answer = await service.query(SHOWN["StoreTouchpoints"], MANAGER, month=today.isoformat())
        found = answer.data["touchpoints"][1:]
        return [
            (one["touchpoint"]["kind"], one["touchpoint"]["label"], day["entered"], day["friends"])
            for one in found
            for day in one["days"]
        ]

    await comes_to([("STORE_CODE", "会员日", 1, 1)], by_code)
    compared = await service.query(SHOWN["CompareDoors"], HEAD_OFFICE, month=today.isoformat())
    [cluster] = compared.data["touchpointComparison"]
    assert (cluster["name"], len(cluster["results"])) == ("M3", 1)
    # It may be tomorrow by now, when no test begins today any more.
    days = {"first": today + timedelta(days=2), "last": today + timedelta(days=9)}
    days = {name: day.isoformat() for name, day in days.items()}
    plan = (await service.query(SHOWN["PlanTest"], HEAD_OFFICE, **days)).data
    test = plan["touchpointTestCreate"]["test"]
    early = await service.query(SHOWN["TakePart"], visitors[0], test=test["id"])
    assert early.refused("touchpointTestEnter")[0]["code"] == "WRONG_STATE"
    with looking_away():
        begun = {"$set": {"starts_on": (today - timedelta(days=1)).isoformat()}}
        await database["touchpoint_tests"].update_one({"_id": test["id"]}, begun)
    for viewer in visitors:
        met = [
            (await service.query(SHOWN["TakePart"], viewer, test=test["id"])).data for _ in range(2)
        ]
        assert met[0] == met[1]
        assert met[0]["touchpointTestEnter"]["arm"]["name"] in {"旧版", "新版"}
    [shown] = (await service.query(SHOWN["Tests"], HEAD_OFFICE)).data["touchpointTests"]["nodes"]
    assert (shown["title"], shown["taken"]) == ("门口海报", [])
    monday = (today - timedelta(days=today.weekday())).isoformat()
    brief = (await service.query(SHOWN["Brief"], MANAGER, monday=monday)).data["weeklyBrief"]
    assert brief["advice"] == ["GO_ON"]
