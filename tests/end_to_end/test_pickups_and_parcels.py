"""Pickups and parcels that want the same units, over HTTP."""

from typing import Any

import pytest

from storage.mongo.kernel.database import Database
from tests.api.mall.fulfilment.test_fulfilment import stock_of
from tests.api.mall.orders.test_carts import QUOTE
from tests.api.mall.orders.test_orders import MEMBER, M, a_count, import_stock, open_mall, place
from tests.conftest import Service
from tests.support.fulfilling import (
    a_manager,
    a_paid_order,
    act,
    an_order,
    pay,
    progress,
    store_row,
)
from tests.support.network import HEAD_OFFICE
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

HERE = {"longitude": 120.62, "latitude": 31.33, "datum": "GCJ02"}
NEARBY = """query($here: PositionInput!, $skus: [ID!], $today: Boolean!) {
  nearbyStores(position: $here, skus: $skus, pickupToday: $today) {
    store { id } pickupToday units { units } } }"""
CANCEL = """mutation($order: ID!, $units: [SkuUnitsInput!], $key: String!) {
  orderCancel(orderId: $order, units: $units, reason: "买多了", idempotencyKey: $key) {
    progress { payment { refunded { fen } } } userErrors { code message } } }"""
EXPLAIN = """query($sku: ID!) { stockExplain(storeId: "S1", sku: $sku, first: 50) {
  nodes { event orderId onHand reserved } } }"""
REFUND = """mutation($order: ID!) { orderRefund(orderId: $order, amountFen: 1, reason: "补偿",
  idempotencyKey: "r") { userErrors { message } } }"""


async def three_stores(service: Service) -> None:
    """S1 with five, S2 with four and S3 with one unit, each a little farther from the buyer.

    They never close, so that goods can be fetched today at whatever hour the test runs.
    """
    rows = (store_row(f"S{number}", number) for number in (1, 2, 3))
    await open_mall(service, *({**row, "opening_hours": "00:00-24:00"} for row in rows))
    left = {"S1": 5, "S2": 4, "S3": 1}
    await import_stock(service, *(a_count(store, M, n) for store, n in left.items()))


def picked_up(store: str) -> dict[str, Any]:
    return {"delivery": None, "pickupStoreId": store}


async def has_all(service: Service, quantity: int) -> dict[str, bool]:
    wanted = {"storeId": "S1", "lines": [{"sku": M, "quantity": quantity}], "position": HERE}
    quote = (await service.query(QUOTE, MEMBER, input=wanted)).data["orderQuote"]
    return {one["store"]["id"]: one["hasAll"] for one in quote["pickup"]}


async def test_a_parcel_leaves_the_units_of_a_pickup_where_they_are(service: Service):
    await three_stores(service)
    assert (await place(service, {M: 4}, **picked_up("S1")))["userErrors"] == []
    order = await a_paid_order(service, lines={M: 2}, key="k2")
    [part] = (await progress(service, order))["fulfilmentOrders"]
    assert part["store"] == {"id": "S2"}
    verdicts = {one["store"]["id"]: one["verdict"] for one in part["candidates"]}
    assert verdicts == {"S1": "NEEDS_MORE_STORES", "S2": "CHOSEN", "S3": "NEEDS_MORE_STORES"}
    assert (await has_all(service, 1))["S1"]
    assert not (await has_all(service, 2))["S1"]


async def test_a_pickup_of_more_than_its_store_has_goes_to_no_other(
    service: Service, database: Database
):
    await three_stores(service)
    await an_order(service, {M: 2})
    assert await has_all(service, 4) == {"S1": False, "S2": True, "S3": False}
    refused = await place(service, {M: 4}, key="k2", **picked_up("S1"))
    assert (refused["order"], refused["shortLines"]) == (None, [{"sku": M, "left": 3}])
    assert "Only 3 of" in refused["userErrors"][0]["message"]
    assert await stock_of(database, M) == {"S1": (5, 2), "S2": (4, 0), "S3": (1, 0)}


async def test_a_store_that_has_none_is_not_offered_for_today(service: Service):
    await three_stores(service)
    asked = {"here": HERE, "skus": [M]}
    before = await service.query(NEARBY, MEMBER, **asked, today=True)
    assert [one["store"]["id"] for one in before.data["nearbyStores"]] == ["S1", "S2", "S3"]
    await an_order(service, {M: 1}, **picked_up("S3"))

    async def today() -> list[str]:
        after = (await service.query(NEARBY, MEMBER, **asked, today=True)).data["nearbyStores"]
        return [one["store"]["id"] for one in after]

    await comes_to(["S1", "S2"], today)
    every = (await service.query(NEARBY, MEMBER, **asked, today=False)).data["nearbyStores"]
    assert [(one["pickupToday"], one["units"]) for one in every][2] == (False, [{"units": 0}])
    assert await has_all(service, 1) == {"S1": True, "S2": True, "S3": False}


async def test_a_part_that_is_cancelled_gives_its_units_back_once(
    service: Service, database: Database
):
    await open_mall(service, store_row("S1", 1))
    await import_stock(service, a_count("S1", M, 10))
    order = await an_order(service, {M: 6})
    await pay(service, order)
    units = [{"sku": M, "quantity": 4}]
    for _ in range(3):
        answer = await service.query(CANCEL, MEMBER, order=order, units=units, key="K")
        assert answer.data["orderCancel"] == {
            "progress": {"payment": {"refunded": {"fen": 4 * 239900}}},
            "userErrors": [],
        }
    assert await stock_of(database, M) == {"S1": (10, 2)}
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
    shipped = ', carrier: "顺丰", number: "SF1"'
    await act(service, a_manager("S1"), "fulfilmentOrderShip", f"{order}-1", shipped)
    assert (await service.query(REFUND, HEAD_OFFICE, order=order)).data["orderRefund"] == {
        "userErrors": []
    }
    assert await stock_of(database, M) == {"S1": (8, 0)}

    async def moved() -> list[int]:
        told = (await service.query(EXPLAIN, HEAD_OFFICE, sku=M)).data["stockExplain"]["nodes"]
        mine = [one for one in told if one["orderId"] == order]
        return [sum(one[what] for one in mine) for what in ("onHand", "reserved")]

    await comes_to([-2, 0], moved)
