"""How many round trips a checkout costs, from a visit to a payment, in a city of many stores."""

import pytest

from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import (
    DELIVERY,
    PLACE,
    L,
    M,
    a_count,
    import_stock,
    open_mall,
)
from tests.conftest import Service
from tests.support.network import a_store_row

pytestmark = pytest.mark.anyio

VISIT = "mutation { visitStart { accessToken viewer { id } userErrors { message } } }"
PAY = """mutation($id: ID!) { paymentStart(orderId: $id) {
  payment { state } sandboxUrl userErrors { message } } }"""
STORES = 72


async def test_a_checkout_of_two_lines_reads_nothing_twice(
    service: Service, database: Database, round_trips: list[str]
):
    stores = [f"S{number}" for number in range(1, STORES + 1)]
    await open_mall(service, *map(a_store_row, stores))
    await import_stock(service, *(a_count(store, sku, 9) for store in stores for sku in (M, L)))
    costs = []

    def next_call() -> None:
        costs.append(sorted(round_trips))
        round_trips.clear()

    round_trips.clear()
    visit = await service.query(VISIT)
    next_call()
    viewer = Viewer(id=visit.data["visitStart"]["viewer"]["id"], role=Role.VISITOR)
    lines = [{"sku": sku, "quantity": 1} for sku in (M, L)]
    wanted = {"storeId": "S1", "lines": lines, "delivery": DELIVERY}
    placed = await service.query(PLACE, viewer, input=wanted, key="k")
    order_id = placed.data["orderPlace"]["order"]["id"]
    next_call()
    started = await service.query(PAY, viewer, id=order_id)
    assert started.data["paymentStart"]["payment"] == {"state": "OPEN"}
    next_call()
    assert (await service.http.post(f"/pay/sandbox/{order_id}")).status_code == 200
    next_call()
    assert costs == [
        ["update tallies"],
        [
            "find orders",
            "find pools",
            "find touches",
            "insert orders",
            "update orders",
            "update pools",
            "update unpaid",
        ],
        ["find orders", "insert fulfilments", "insert sandbox_payments"],
        [
            "find fulfilments",
            "find orders",
            "find sandbox_payments",
            "update fulfilments",
            "update fulfilments",
            "update orders",
            "update sandbox_payments",
            "update store_days",
        ],
    ]
