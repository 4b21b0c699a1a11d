"""Two processes of the service at one order, over one database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.kernel.ids import PersonId
from domain.mall.stock.reconciling import reconcile
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id, now
from qianmian.opening import opened
from qianmian.wiring.stock import reconcile_ports
from storage.mongo.kernel.database import Database
from tests.api.mall.fulfilment.test_fulfilment import stock_of
from tests.api.mall.orders.test_orders import MEMBER, L, M, a_count, import_stock, place
from tests.conftest import Service, serving
from tests.support.fulfilling import (
    START,
    a_manager,
    a_paid_order,
    act,
    an_order,
    has_heard_of,
    open_stores_with_stock,
    progress,
    store_row,
)
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio

CANCEL = """mutation($order: ID!, $key: String!) { done: orderCancel(
  orderId: $order, reason: "changed my mind", idempotencyKey: $key) {
    userErrors { code message } } }"""
UNITS = 60


@pytest.fixture
async def both(service: Service) -> AsyncIterator[tuple[Service, Service]]:
    async with serving(service.settings) as other:
        yield service, other


async def test_a_payment_told_ten_times_at_once_makes_one_set_of_fulfilment_orders(
    both: tuple[Service, Service], database: Database
):
    service, other = both
    await open_stores_with_stock(service)
    await has_heard_of(other, "S1", "S2")
    order = await an_order(service)
    await service.query(START, MEMBER, order=order)
    told = [one.http.post(f"/pay/sandbox/{order}") for one in both for _ in range(5)]
    answers = await asyncio.gather(*told)
    assert {answer.status_code for answer in answers} == {200}
    seen = await progress(other, order)
    assert [one["id"] for one in seen["fulfilmentOrders"]] == [f"{order}-1"]
    assert [step["after"] for step in seen["history"]] == ["OPEN", "PAID", "OFFERED"]
    assert await stock_of(database, M) == {"S1": (5, 2), "S2": (5, 0)}


async def test_of_an_accept_and_a_reject_at_once_the_order_ends_in_one_store(
    both: tuple[Service, Service], database: Database
):
    service, other = both
    await open_stores_with_stock(service)
    await has_heard_of(other, "S1", "S2")
    orders = [await a_paid_order(service, lines={M: 1}, key=f"k{i}") for i in range(3)]
    for order in orders:
        first = f"{order}-1"
        await asyncio.gather(
            act(service, a_manager("S1"), "fulfilmentOrderAccept", first),
            act(other, a_manager("S1"), "fulfilmentOrderReject", first, ", reason: TOO_BUSY"),
            act(service, a_manager("S1"), "fulfilmentOrderReject", first, ", reason: CLOSED"),
        )
        parts = (await progress(service, order))["fulfilmentOrders"]
        assert [one["state"] for one in parts] == ["REJECTED", "OFFERED"]
    reserved = {store: n for store, (_, n) in (await stock_of(database, M)).items()}
    assert reserved == {"S1": 0, "S2": 3}


async def test_many_rejects_at_once_never_promise_more_than_the_next_store_has(
    both: tuple[Service, Service], database: Database
):
    service, other = both
    rows = (store_row("S1", 1), store_row("S2", 2))
    await open_stores_with_stock(service, *rows)
    await has_heard_of(other, "S1", "S2")
    orders = [await a_paid_order(service, lines={L: 1}, key=f"k{i}") for i in range(5)]
    for i in range(3):
        await a_paid_order(service, lines={L: 1}, key=f"m{i}")
    assert await stock_of(database, L) == {"S1": (5, 5), "S2": (5, 3)}
    rejects = [
        act(both[i % 2], a_manager("S1"), "fulfilmentOrderReject", f"{order}-1", ", reason: CLOSED")
        for i, order in enumerate(orders)
    ]
    await asyncio.gather(*rejects)
    states = [(await progress(other, order))["fulfilmentOrders"][-1]["state"] for order in orders]
    assert sorted(states) == ["OFFERED", "OFFERED", "UNASSIGNED", "UNASSIGNED", "UNASSIGNED"]
    assert await stock_of(database, L) == {"S1": (5, 3), "S2": (5, 5)}
    waiting = await service.query("{ orderExceptions { totalCount } }", HEAD_OFFICE)
    assert waiting.data["orderExceptions"]["totalCount"] == 3


async def test_orders_cancelled_three_times_at_once_while_others_buy_never_sell_a_unit_twice(
    both: tuple[Service, Service], database: Database
):
    service = both[0]
    await open_stores_with_stock(service, store_row("S1", 1))
    await has_heard_of(both[1], "S1")
    await import_stock(service, a_count("S1", M, UNITS, counted_at="2026-11-02T00:00:00Z"))
    # A member may have five orders unpaid at once.
    for start in range(0, UNITS, 5):
        await asyncio.gather(
            *(a_paid_order(both[n % 2], lines={M: 1}, key=f"k{n}") for n in range(start, start + 5))
        )
    paid = [one["_id"] async for one in database["orders"].find({"state": "PAID"})]
    assert len(paid) == UNITS
    assert (await stock_of(database, M))["S1"] == (UNITS, UNITS)

    async def cancel_thrice(order: str, key: str) -> None:
        asked = [one.query(CANCEL, MEMBER, order=order, key=key) for one in (*both, service)]
        await asyncio.gather(*asked)

    async def keep_buying(number: int) -> None:
        for turn in range(UNITS // 3):
            buyer = Viewer(id=PersonId(f"member_{number}_{turn}"), role=Role.MEMBER)
            await place(both[number % 2], {M: 1}, key="more", viewer=buyer)

    await asyncio.gather(
        *(cancel_thrice(order, f"c{n}") for n, order in enumerate(paid)),
        *(keep_buying(number) for number in range(6)),
    )
    placed = await database["orders"].count_documents({"state": "PLACED"})
    assert 0 < placed <= UNITS
    [left] = [one async for one in database["pools"].find({"sku": M})]
    assert left["stores"]["S1"]["reserved"] == placed
    assert left["available"] == UNITS - placed
    async with opened(service.settings) as base:
        await base.reference.opened()
        wrong = await reconcile(reconcile_ports(base), by_the_clock(now(), new_id))
    assert [str(one) for one in wrong] == []
