"""Coins and the shop of rewards over HTTP, in the order in which the page tells of them."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.content import GUIDE, HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.foundations import a_foundation
from tests.support.guiding import some_guides

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
SHOWN = documents_of("guiding.md")


async def run(service: Service, name: str, viewer: Viewer, **variables):
    data = (await service.query(SHOWN[name], viewer, **variables)).data
    payload = next(iter(data.values()))
    assert not (isinstance(payload, dict) and payload.get("userErrors")), payload
    return data if name.startswith("Own") else payload


async def test_a_guide_has_coins_and_buys_with_them(service: Service, database: Database):
    await some_guides(a_foundation(database), 2)
    rules = (await run(service, "SetGuidingRules", HEAD_OFFICE, version=0))["rules"]
    assert rules == {"version": 1, "coinMonths": 12}
    assert (await run(service, "GrantCoins", HEAD_OFFICE, guide="G1"))["entry"]["active"] == 500
    reward = (await run(service, "KeepReward", HEAD_OFFICE))["reward"]["id"]
    assert (await run(service, "StockReward", HEAD_OFFICE, id=reward))["reward"]["left"] == 20
    [shown] = (await run(service, "Shop", GUIDE))["nodes"]
    assert (shown["id"], shown["coins"], shown["left"]) == (reward, 300, 20)
    order = (await run(service, "OrderReward", GUIDE, id=reward))["order"]
    assert order["state"] == "ORDERED"
    own = await run(service, "OwnCoins", GUIDE)
    assert own["ownCoins"]["active"] == 200
    assert [one["kind"] for one in own["ownCoinEntries"]["nodes"]] == ["SPEND", "GRANT"]
    manager = Viewer(id=PersonId("staff_s1"), role=Role.STORE_MANAGER, store_id="S1")
    text = 'query { coinRewardOrders(storeId: "S1") { nodes { id guideName why name } } }'
    [waiting] = (await service.query(text, manager)).data["coinRewardOrders"]["nodes"]
    assert (waiting["id"], waiting["guideName"]) == (order["id"], "小林1")
    done = await run(service, "CancelReward", manager, order=order["id"])
    assert done["order"]["state"] == "CANCELLED"
    text = '{ guideCoins(guideId: "G1") { active } guideCoinEntries(guideId: "G1") { totalCount } }'
    seen = (await service.query(text, manager)).data
    assert (seen["guideCoins"], seen["guideCoinEntries"]) == ({"active": 500}, {"totalCount": 3})


async def test_words_that_may_not_be_said_are_refused_in_the_shop(service: Service):
    text = """mutation { coinRewardSave(
      input: {name: "全国第一保温杯", coins: 0}, expectedVersion: 0) {
      userErrors { code field } } }"""
    [price] = (await service.query(text, HEAD_OFFICE)).refused("coinRewardSave")
    assert price == {"code": "INVALID", "field": ["input", "coins"]}
    words = (await service.query(text.replace("coins: 0", "coins: 1"), HEAD_OFFICE)).refused(
        "coinRewardSave"
    )
    assert {(one["code"], *one["field"]) for one in words} == {("INVALID", "input", "name")}
