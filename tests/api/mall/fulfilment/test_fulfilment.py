"""Payment and fulfilment over HTTP, on the real stock."""

from datetime import timedelta
from functools import partial

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian import composition
from storage.mongo.kernel.database import Database
from storage.mongo.mall.stock.stock import MongoPools
from tests.api.mall.orders.test_orders import MEMBER, L, M
from tests.conftest import Service
from tests.support.fulfilling import (
    PROGRESS,
    START,
    a_manager,
    a_paid_order,
    act,
    an_order,
    open_stores_with_stock,
    pay,
    progress,
    store_row,
)
from tests.support.network import HEAD_OFFICE
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

VISITOR = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)
QUEUE = """query($store: ID!) { fulfilmentQueue(storeId: $store) {
  totalCount nodes { id state lines { sku quantity name options } acceptBy
    recipient { name phone names address } } } }"""


async def stock_of(database: Database, sku: str) -> dict[str, tuple[int, int]]:
    pool = (await MongoPools(database).load("320500", [sku]))[sku]
    return {store: (one.on_hand, one.reserved) for store, one in sorted(pool.stores.items())}


async def test_a_rejected_order_goes_to_the_next_nearest_store_which_ships_it(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    first = f"{order}-1"
    assert await stock_of(database, M) == {"S1": (5, 2), "S2": (5, 0)}
    queue = (await service.query(QUEUE, a_manager("S1"), store="S1")).data["fulfilmentQueue"]
    [asked] = queue["nodes"]
    assert asked["id"] == first
    assert asked["recipient"] == {
        "name": "梅",
        "phone": "139****0000",
        "names": ["江苏省", "苏州市", "姑苏区"],
        "address": "人民路1号",
    }
    assert [line["quantity"] for line in asked["lines"]] == [2, 1]
    assert asked["lines"][0]["name"] == "极寒长款羽绒服"

    rejected = await act(
        service, a_manager("S1"), "fulfilmentOrderReject", first, ", reason: TOO_BUSY"
    )
    assert rejected["userErrors"] == []
    second = f"{order}-2"
    assert rejected["nextFulfilmentOrders"] == [
        {"id": second, "state": "OFFERED", "store": {"id": "S2"}}
    ]
    await act(service, a_manager("S2"), "fulfilmentOrderAccept", second)
    await act(
        service,
        a_manager("S2"),
        "fulfilmentOrderShip",
        second,
        ', carrier: "顺丰", number: "SF1234567890"',
    )
    assert await stock_of(database, M) == {"S1": (5, 0), "S2": (3, 0)}
    assert await stock_of(database, L) == {"S1": (5, 0), "S2": (4, 0)}
    seen = await progress(service, order)
    assert seen["state"] == "DONE"
    assert [
        (one["store"]["id"], one["state"], one["trackingNumber"])
        for one in seen["fulfilmentOrders"]
    ] == [("S1", "REJECTED", None), ("S2", "SHIPPED", "SF1234567890")]
    assert seen["fulfilmentOrders"][1]["candidates"] == [
        {"store": {"id": "S1"}, "distanceM": 1000, "verdict": "REFUSED_BEFORE"},
        {"store": {"id": "S2"}, "distanceM": 2000, "verdict": "CHOSEN"},
    ]


async def test_a_store_that_has_refused_no_longer_sees_who_gets_the_parcel(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    await act(service, a_manager("S1"), "fulfilmentOrderReject", f"{order}-1", ", reason: CLOSED")
    text = """query($order: ID!) { orderProgress(orderId: $order) {
      fulfilmentOrders { recipient { name } } } }"""
    seen = {}
    for viewer in (a_manager("S1"), a_manager("S2"), MEMBER):
        parts = (await service.query(text, viewer, order=order)).data["orderProgress"]
        seen[viewer.id] = [one["recipient"] is not None for one in parts["fulfilmentOrders"]]
    assert seen == {
        "manager_S1": [False, False],
        "manager_S2": [False, True],
        "member_1": [True, True],
    }


SHOW = """mutation($id: ID!) {
  recipientShow(id: $id) { recipient { name phone } userErrors { code } } }"""


async def test_a_store_at_work_sees_a_number_in_full_and_each_look_is_recorded(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    part = f"{order}-1"
    for viewer in (a_manager("S1"), HEAD_OFFICE, MEMBER):
        shown = (await service.query(SHOW, viewer, id=part)).data["recipientShow"]
        assert shown == {"recipient": {"name": "梅", "phone": "13900000000"}, "userErrors": []}
    [refused] = (await service.query(SHOW, a_manager("S2"), id=part)).refused("recipientShow")
    assert refused["code"] == "FORBIDDEN"
    await act(service, a_manager("S1"), "fulfilmentOrderReject", part, ", reason: CLOSED")
    [refused] = (await service.query(SHOW, a_manager("S1"), id=part)).refused("recipientShow")
    assert refused["code"] == "WRONG_STATE"
    text = """query($id: ID!) { recordsOf(kind: "order", id: $id) {
      nodes { action actor { id } } } }"""
    looks = (await service.query(text, HEAD_OFFICE, id=order)).data["recordsOf"]["nodes"]
    assert [(one["action"], one["actor"]["id"]) for one in looks] == [
        ("recipientShow", HEAD_OFFICE.id),
        ("recipientShow", "manager_S1"),
    ]


async def test_a_reject_for_goods_not_on_the_shelf_corrects_the_count(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    arguments = f', reason: NOT_ON_SHELF, missing: [{{sku: "{M}", quantity: 1}}]'
    await act(service, a_manager("S1"), "fulfilmentOrderReject", f"{order}-1", arguments)
    assert await stock_of(database, M) == {"S1": (4, 0), "S2": (5, 2)}
    assert await stock_of(database, L) == {"S1": (5, 0), "S2": (5, 1)}


async def test_a_payment_told_twice_makes_one_set_of_fulfilment_orders(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    again = await service.http.post(f"/pay/sandbox/{order}")
    assert again.json() == {"orderId": order, "state": "PAID"}
    assert len((await progress(service, order))["fulfilmentOrders"]) == 1


async def test_only_the_buyer_pays_and_only_what_waits_for_it(service: Service):
    await open_stores_with_stock(service)
    order = await an_order(service)
    other = await service.query(START, HEAD_OFFICE, order=order)
    assert other.refused("paymentStart")[0]["code"] == "FORBIDDEN"
    await pay(service, order)
    again = await service.query(START, MEMBER, order=order)
    assert again.refused("paymentStart")[0]["code"] == "WRONG_STATE"
    unknown = await service.http.post("/pay/sandbox/order_none")
    assert unknown.status_code == 409


async def test_a_store_sees_its_own_queue_alone(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    answer = await service.query(QUEUE, a_manager("S2"), store="S1")
    assert answer.errors[0]["extensions"]["code"] == "FORBIDDEN"
    refused = await act(service, a_manager("S2"), "fulfilmentOrderAccept", f"{order}-1")
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("buyer", [MEMBER, VISITOR])
async def test_an_order_shows_its_progress_from_the_moment_it_is_placed(service: Service, buyer):
    await open_stores_with_stock(service)
    order = await an_order(service, viewer=buyer)
    text = "query($id: ID!) { order(id: $id) { state progress { state version } } }"
    before = (await service.query(text, buyer, id=order)).data["order"]
    assert before == {"state": "PLACED", "progress": {"state": "UNPAID", "version": 0}}
    for viewer in (buyer, HEAD_OFFICE):
        placed = await progress(service, order, viewer)
        assert (placed["state"], placed["payment"]["state"]) == ("UNPAID", "OPEN")
        assert placed["fulfilmentOrders"] == placed["history"] == []
    for stranger in (Viewer(id=PersonId("member_2"), role=Role.MEMBER), a_manager("S1")):
        unknown = await service.query(PROGRESS, stranger, order=order)
        assert unknown.errors[0]["extensions"]["code"] == "NOT_FOUND"
    await service.query(START, buyer, order=order)
    assert (await progress(service, order, buyer))["state"] == "UNPAID"
    await pay(service, order, buyer)
    after = (await service.query(text, buyer, id=order)).data["order"]
    assert (after["state"], after["progress"]["state"]) == ("PAID", "PREPARING")


async def test_what_was_paid_and_is_not_routed_yet_is_being_prepared(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await an_order(service)
    await service.query(START, MEMBER, order=order)
    arrived = {
        "payment.state": "PAID",
        "payment.transaction_id": "T1",
        # The clock does not get to it while this test looks.
        "attend_at": composition.now() + timedelta(hours=1),
    }
    await database["fulfilments"].update_one({"_id": order}, {"$set": arrived})
    seen = await progress(service, order)
    assert (seen["state"], seen["fulfilmentOrders"]) == ("PREPARING", [])


async def test_an_order_that_was_called_off_unpaid_is_cancelled(service: Service):
    await open_stores_with_stock(service)
    order = await an_order(service)
    text = """mutation($order: ID!) { orderCancel(orderId: $order, reason: "不要了",
      idempotencyKey: "c") { progress { state payment { state } } userErrors { message } } }"""
    cancelled = {"state": "CANCELLED", "payment": {"state": "CLOSED"}}
    for _ in range(2):
        answer = (await service.query(text, MEMBER, order=order)).data["orderCancel"]
        assert answer == {"progress": cancelled, "userErrors": []}
    seen = await progress(service, order)
    assert (seen["state"], seen["payment"]["state"]) == ("CANCELLED", "CLOSED")


async def expired_while_paying(service: Service, database: Database, key: str) -> str:
    """An order whose payment was begun, and which the service has expired since."""
    order = await an_order(service, {M: 2}, key=key)
    await service.query(START, MEMBER, order=order)
    await database["orders"].update_one({"_id": order}, {"$set": {"expires_at": composition.now()}})
    text = "query($id: ID!) { order(id: $id) { state } }"

    async def state() -> str:
        return (await service.query(text, MEMBER, id=order)).data["order"]["state"]

    await comes_to("EXPIRED", state)
    return order


async def until_stock_is(database: Database, wanted: dict[str, tuple[int, int]]) -> None:
    """Wait for what follows the state of an order: its units are released right after it."""
    await comes_to(wanted, partial(stock_of, database, M))


async def test_a_late_payment_revives_its_order_or_comes_back_when_the_goods_are_gone(
    service: Service, database: Database
):
    await open_stores_with_stock(service, store_row("S1", 1))
    first = await expired_while_paying(service, database, "k1")
    second = await expired_while_paying(service, database, "k2")
    await until_stock_is(database, {"S1": (5, 0)})
    revived = await service.http.post(f"/pay/sandbox/{first}")
    assert revived.json()["state"] == "PAID"
    assert await stock_of(database, M) == {"S1": (5, 2)}
    await an_order(service, {M: 2}, key="k3")
    refunded = await service.http.post(f"/pay/sandbox/{second}")
    assert refunded.json()["state"] == "REFUNDED"
    assert await stock_of(database, M) == {"S1": (5, 4)}
    states = [(await progress(service, order))["state"] for order in (first, second)]
    assert states == ["PREPARING", "CANCELLED"]


async def test_a_buyer_sees_every_step_but_not_which_of_the_brands_people_took_it(
    service: Service,
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
    mine = (await progress(service, order))["history"]
    theirs = (await progress(service, order, a_manager("S1")))["history"]
    steps = ["OPEN", "PAID", "OFFERED", "ACCEPTED"]
    assert [step["after"] for step in mine] == [step["after"] for step in theirs] == steps
    assert [step["actor"] for step in mine] == ["member_1", "system", "system", None]
    assert theirs[-1]["actor"] == "manager_S1"
