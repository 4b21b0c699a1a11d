"""Following orders over `graphql-transport-ws`."""

import asyncio
import json

import pytest
import websockets

from tests.api.mall.fulfilment.test_after_sale import CANCEL
from tests.api.mall.orders.test_orders import MEMBER
from tests.conftest import Service
from tests.support.fulfilling import a_manager, a_paid_order, act, an_order, open_stores_with_stock
from tests.support.sockets import connected, opened

pytestmark = pytest.mark.anyio

FOLLOW = """subscription($id: ID!) { orderProgress(orderId: $id) {
  state fulfilmentOrders { state } } }"""
STORE = "subscription($id: ID!) { fulfilmentOrderChanged(storeId: $id) { id state } }"


async def test_a_buyer_follows_an_order_as_stores_work_on_it(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    async with connected(service, MEMBER) as socket:
        await socket.subscribe(FOLLOW, id=order)
        first = await socket.next()
        assert first["data"]["orderProgress"]["fulfilmentOrders"] == [{"state": "OFFERED"}]
        await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
        second = await socket.next()
        assert second["data"]["orderProgress"]["fulfilmentOrders"] == [{"state": "ACCEPTED"}]


async def test_a_buyer_follows_an_order_that_is_not_paid_until_it_is_called_off(service: Service):
    await open_stores_with_stock(service)
    order = await an_order(service)
    async with connected(service, MEMBER) as socket:
        await socket.subscribe(FOLLOW, id=order)
        first = await socket.next()
        assert first["data"]["orderProgress"]["state"] == "UNPAID"
        await service.query(CANCEL, MEMBER, order=order)
        second = await socket.next()
        assert second["data"]["orderProgress"]["state"] == "CANCELLED"


async def test_a_store_hears_of_what_it_is_asked_for_and_of_nothing_else(service: Service):
    await open_stores_with_stock(service)
    offered = []
    async with connected(service, a_manager("S2")) as socket:
        await socket.subscribe(STORE, id="S2")
        next_one = asyncio.create_task(socket.next())
        # Nothing tells when a subscription stands: orders are passed on until one is heard of.
        while not next_one.done():
            order = await a_paid_order(service, key=f"k{len(offered)}")
            await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
            rejected = ", reason: TOO_BUSY"
            await act(service, a_manager("S1"), "fulfilmentOrderReject", f"{order}-1", rejected)
            offered.append({"id": f"{order}-2", "state": "OFFERED"})
            await asyncio.wait([next_one], timeout=2)
        assert (await next_one)["data"]["fulfilmentOrderChanged"] in offered


@pytest.mark.parametrize("viewer", [None, a_manager("S2")])
async def test_who_may_not_see_an_order_can_not_follow_it(service: Service, viewer):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    async with connected(service, viewer) as socket:
        await socket.subscribe(FOLLOW, id=order)
        [error] = (await socket.next())["errors"]
        assert error["extensions"]["code"] in {"NOT_FOUND", "UNAUTHENTICATED"}
        assert error["message"].startswith(("You have no such order", "Sign in first"))


async def test_a_bug_shows_nothing_of_its_insides(service: Service, monkeypatch):
    from api.mall.fulfilment import following

    def broken(*args):
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(following, "follow_changes", broken)
    async with connected(service, MEMBER) as socket:
        await socket.subscribe(FOLLOW, id="order_1")
        [error] = (await socket.next())["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert "1234" not in json.dumps(error)


async def test_a_socket_with_a_forged_token_is_closed(service: Service):
    async with opened(service) as socket:
        await socket.send(type="connection_init", payload={"authorization": "Bearer x"})
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive()
        assert closed.value.rcvd.code == 4403
