"""How many round trips a checkout costs, from a visit to a payment, in a city of many stores."""

from collections import Counter

import pytest

from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import (
    DELIVERY,
    MEMBER,
    PLACE,
    L,
    M,
    a_count,
    import_stock,
    open_mall,
)
from tests.api.promotions.test_coupons import a_coupon, claim
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.network import a_store_row
from tests.support.promoting import drafted, let_out
from tests.support.waiting import comes_to

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
            "findAndModify sandbox_payments",
            "update fulfilments",
            "update fulfilments",
            "update orders",
        ],
    ]


GRANT = """mutation($m: ID!) { pointsGrant(
  memberId: $m, points: 5000, reason: "补偿", idempotencyKey: "g") { userErrors { message } } }"""


async def test_an_offer_a_coupon_and_points_cost_what_each_must_ask_and_hold(
    service: Service, database: Database, round_trips: list[str]
):
    await open_mall(service, a_store_row("S1"))
    await import_stock(service, *(a_count("S1", sku, 9) for sku in (M, L)))
    tenth = await drafted(service, {"percentOff": {"percent": 10}})
    await let_out(service, tenth)
    offer = await a_coupon(service)
    coupon = (await claim(service, offer))["coupon"]["id"]
    await database["members"].insert_one({"_id": MEMBER.id, "joined_at": now()})
    granted = await service.query(GRANT, HEAD_OFFICE, m=MEMBER.id)
    assert granted.data["pointsGrant"]["userErrors"] == []
    lines = [{"sku": sku, "quantity": 1} for sku in (M, L)]
    wanted = {"storeId": "S1", "lines": lines, "delivery": DELIVERY}
    costs = []
    for number, savings in enumerate(({}, {"couponIds": [coupon], "points": 1_000})):
        round_trips.clear()
        placed = await service.query(PLACE, MEMBER, input=wanted | savings, key=f"k{number}")
        order = placed.data["orderPlace"]["order"]
        assert order, placed.body
        costs.append(Counter(round_trips))
    assert costs[1] - costs[0] == Counter(
        {
            "find coupons": 1,
            "update coupons": 1,
            "insert wallet_entries": 1,
            "find wallets": 1,
            "update wallets": 1,
        }
    )
    assert costs[0] - costs[1] == Counter()

    async def held() -> str | None:
        """That the points are held is on record soon after."""
        [entry] = await database["wallet_entries"].find({"kind": "HOLD"}).to_list(None)
        return entry["state"]

    await comes_to("APPLIED", held)
