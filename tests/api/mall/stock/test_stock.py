"""Feeding, keeping and explaining stock over HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.api.mall.orders.test_orders import L, M, a_count, import_stock, open_mall, place
from tests.conftest import Service
from tests.support.fulfilling import a_paid_order, open_stores_with_stock, progress, store_row
from tests.support.network import HEAD_OFFICE, as_csv

pytestmark = pytest.mark.anyio

FEED = Viewer(id=PersonId("till"), role=Role.FEED)
MANAGER = Viewer(id=PersonId("staff_1"), role=Role.STORE_MANAGER, store_id="S1")
OTHER = Viewer(id=PersonId("staff_2"), role=Role.STORE_MANAGER, store_id="S2")

LEVELS = """query($store: ID!, $skus: [ID!]!) { stockLevels(storeId: $store, skus: $skus) {
  sku onHand reserved safety damaged incoming available regionAvailable } }"""
EXPLAIN = """query($store: ID!, $sku: ID!) { stockExplain(storeId: $store, sku: $sku) {
  totalCount nodes { event onHand reserved actor orderId } } }"""
ADJUST = """mutation($id: ID!, $input: StockDifferenceInput!) {
  stockAdjust(id: $id, input: $input) { changed userErrors { code field message } } }"""
RULE = """mutation($input: SafetyRuleInput!) { safetyRuleSet(input: $input) {
  rule { id units } userErrors { code message } } }"""


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what the service does by the clock, every two seconds."""
    deadline = time.monotonic() + 60
    while not await true():
        assert time.monotonic() < deadline, "not so after 60 s"
        await asyncio.sleep(0.1)


async def level(service: Service, sku=M, store="S1", viewer=MANAGER) -> dict:
    answer = await service.query(LEVELS, viewer, store=store, skus=[sku])
    return answer.data["stockLevels"][0]


async def adjust(service: Service, units: int, *, id="r1", viewer=FEED):
    answer = await service.query(
        ADJUST, viewer, id=id, input={"storeId": "S1", "sku": M, "units": units}
    )
    return answer.data["stockAdjust"]


async def test_a_store_sees_its_stock_and_how_it_came_to_be_so(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 5), a_count("S2", M, 2))
    assert (await adjust(service, -1))["changed"]
    assert not (await adjust(service, -1))["changed"]
    order = (await place(service, {M: 2}))["order"]
    found = await level(service)
    assert (found["onHand"], found["reserved"], found["available"]) == (4, 2, 2)
    assert found["regionAvailable"] == 4

    async def explained() -> list[dict]:
        answer = await service.query(EXPLAIN, MANAGER, store="S1", sku=M)
        return answer.data["stockExplain"]["nodes"]

    async def written() -> bool:
        return len(await explained()) == 3

    await until(written)
    events = {one["event"]: one for one in await explained()}
    assert set(events) == {"COUNTED", "SOLD", "RESERVED"}
    assert events["RESERVED"]["orderId"] == order["id"]
    assert events["SOLD"]["onHand"] == -1


async def test_another_stores_people_see_none_of_it(service: Service):
    await open_mall(service)
    answer = await service.query(LEVELS, OTHER, store="S1", skus=[M])
    assert answer.errors[0]["extensions"]["code"] == "FORBIDDEN"
    refused = await adjust(service, 1, viewer=OTHER)
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"


async def test_a_file_of_differences_counts_each_once(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 5), a_count("S1", L, 5))
    text = """mutation($file: Upload!) { stockDifferencesImport(file: $file) {
      report { rows changed unchanged } userErrors { message } } }"""
    rows = [
        {"id": f"r{i}", "store_id": "S1", "sku": sku, "units": "-1", "at": "2026-11-02T00:00:00Z"}
        for i, sku in enumerate([M, M, L])
    ]
    file = ("sales.csv", as_csv(*rows), "text/csv")
    first = (await service.upload(text, file, FEED)).data["stockDifferencesImport"]["report"]
    again = (await service.upload(text, file, FEED)).data["stockDifferencesImport"]["report"]
    assert (first["changed"], again["changed"], again["unchanged"]) == (3, 0, 3)
    assert (await level(service))["onHand"] == 3


async def test_the_narrower_safety_rule_wins_and_its_end_frees_the_units(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 5), a_count("S1", L, 5))
    for rule in ({"units": 1}, {"units": 2, "category": ["服装"]}, {"units": 4, "sku": M}):
        answer = await service.query(RULE, HEAD_OFFICE, input=rule)
        assert answer.data["safetyRuleSet"]["userErrors"] == []
    assert (await level(service, M))["available"] == 1
    assert (await level(service, L))["available"] == 3
    removed = await service.query(
        "mutation($id: ID!) { safetyRuleRemove(id: $id) { userErrors { message } } }",
        HEAD_OFFICE,
        id=answer.data["safetyRuleSet"]["rule"]["id"],
    )
    assert removed.data["safetyRuleRemove"]["userErrors"] == []
    assert (await level(service, M))["available"] == 3


async def test_a_manager_sets_rules_for_their_own_store_alone(service: Service):
    await open_mall(service)
    for scope in ({}, {"storeId": "S2"}):
        answer = await service.query(RULE, MANAGER, input={"units": 1, **scope})
        assert answer.refused("safetyRuleSet")[0]["code"] == "FORBIDDEN"
    answer = await service.query(RULE, MANAGER, input={"units": 1, "storeId": "S1"})
    assert answer.data["safetyRuleSet"]["rule"]["units"] == 1


async def test_a_shortage_is_shown_to_its_store(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 5))
    await place(service, {M: 4})
    await import_stock(service, a_count("S1", M, 1, counted_at="2026-11-20T00:00:00Z"))
    answer = await service.query(
        '{ stockShortages(storeId: "S1") { sku onHand missing } }', MANAGER
    )
    assert answer.data["stockShortages"] == [{"sku": M, "onHand": 1, "missing": 3}]


async def test_orders_of_a_store_that_counts_too_few_go_to_the_next(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service, lines={M: 4})
    before = (await progress(service, order))["fulfilmentOrders"]
    assert [part["store"]["id"] for part in before] == ["S1"]
    await import_stock(service, a_count("S1", M, 1, counted_at="2026-11-20T00:00:00Z"))

    async def passed_on() -> bool:
        parts = (await progress(service, order))["fulfilmentOrders"]
        return [part["state"] for part in parts] == ["REJECTED", "OFFERED"]

    async def shortages() -> list:
        answer = await service.query('{ stockShortages(storeId: "S1") { sku } }', MANAGER)
        return answer.data["stockShortages"]

    await until(passed_on)
    after = (await progress(service, order))["fulfilmentOrders"]
    assert [part["store"]["id"] for part in after] == ["S1", "S2"]

    async def attended_to() -> bool:
        return await shortages() == []

    await until(attended_to)
    found = await level(service)
    assert (found["onHand"], found["reserved"], found["available"]) == (1, 0, 1)


async def test_a_missing_unit_moves_one_order_on_and_no_more(service: Service):
    await open_stores_with_stock(service, store_row("S1", 1))  # no other store to go to
    orders = [await a_paid_order(service, lines={M: 1}, key=f"k{n}") for n in range(3)]
    await import_stock(service, a_count("S1", M, 2, counted_at="2026-11-20T00:00:00Z"))

    async def leaving() -> int:
        parts = [(await progress(service, one))["fulfilmentOrders"] for one in orders]
        return sum(one[0]["state"] == "REJECTED" for one in parts)

    async def somebody_leaves() -> bool:
        return await leaving() > 0

    await until(somebody_leaves)
    await asyncio.sleep(4.5)  # two more looks of the clock at the shortage that can only wait
    assert await leaving() == 1
