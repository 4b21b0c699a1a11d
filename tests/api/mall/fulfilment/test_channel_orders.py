"""Orders of other shops, sent from the stores: each once, out of the one stock."""

import asyncio

import pytest

from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.catalogue.test_catalogue import DOWN, DOWN_L, SHELL, csv_of, take_in
from tests.api.mall.orders.test_orders import DELIVERY, M, place
from tests.api.members.test_feeds import FEED
from tests.api.members.test_purchases import a_member, counted, told
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import a_manager, act, open_stores_with_stock
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

FEED_ORDERS = documents_of("fulfilment.md")["SendForAnother"]
STOCK = '{ storefront(storeId: "S1") { available(skus: ["10001-NVY-M"]) { units } } }'
QUEUE = """{ fulfilmentQueue(storeId: "S1") { nodes {
  id state lines { sku quantity } note } } }"""
ERASE = "mutation ($id: ID!) { memberErase(memberId: $id) { userErrors { code } } }"
AT = now().isoformat()
PHONE = "13800138000"


def an_order(number: str = "230001", units: int = 2, sku: str = M, **changes):
    lines = [{"sku": sku, "quantity": units, "paidFen": units * 100_000}]
    return {"number": number, "at": AT, "lines": lines, "delivery": DELIVERY, **changes}


def a_refund(refund: str, units: int, number: str = "230001"):
    lines = [{"sku": M, "quantity": units, "paidFen": units * 100_000}]
    return {"number": number, "at": AT, "lines": lines, "refundNumber": refund}


async def ordered(service: Service, *orders, text: str = FEED_ORDERS):
    answer = await service.query(text, FEED, orders=list(orders))
    return answer.data["channelOrdersFeed"]["orders"]


async def a_mall(service: Service) -> None:
    """Five coats in each of two stores, sold everywhere; one jacket is for the mall, one not."""
    await open_stores_with_stock(service)
    coat = DOWN.replace("mini_program;store", "mini_program;ecommerce")
    elsewhere = SHELL.replace("10002", "10003").replace("mini_program", "ecommerce")
    taken = await take_in(service, csv_of(coat, DOWN_L, SHELL, elsewhere))
    assert taken.data["productsImport"]["report"]["errors"] == []


async def left(service: Service) -> int:
    units: int = (await service.query(STOCK)).data["storefront"]["available"][0]["units"]
    return units


async def reserved(database: Database) -> int:
    pools = await database["pools"].find({}).to_list(None)
    return sum(one["reserved"] for pool in pools for one in pool["stores"].values())


async def test_it_is_sent_and_counted_once_and_what_is_paid_back_is_released_once(
    service: Service, database: Database
):
    await a_mall(service)
    member = await a_member(service, PHONE)
    assert await left(service) == 10
    answers = await asyncio.gather(*(ordered(service, an_order(phone=PHONE)) for _ in range(3)))
    [again] = await ordered(service, an_order(phone=PHONE))
    assert {one["orderId"] for [one] in answers} == {again["orderId"]}
    assert (again["state"], again["code"]) == ("PREPARING", None)
    assert [one["storeId"] for one in again["parcels"]] == ["S1"]
    await comes_to(8, lambda: left(service))
    assert await reserved(database) == 2
    # It is the member's by its purchase alone, and no order of theirs.
    await comes_to((200_000, 1, 2_000), lambda: counted(database, member))
    # One of the two is paid back, told by two at once and again.
    await asyncio.gather(*(told(service, a_refund("R1", 1), channel="TMALL") for _ in range(2)))
    await told(service, a_refund("R1", 1), channel="TMALL")
    await comes_to(9, lambda: left(service))
    [part] = (await service.query(QUEUE, a_manager())).data["fulfilmentQueue"]["nodes"]
    assert part["lines"] == [{"sku": M, "quantity": 1}]
    assert part["note"] == "TMALL 230001"
    await act(service, a_manager(), "fulfilmentOrderAccept", part["id"])
    sent = ', carrier: "顺丰", number: "SF1"'
    await act(service, a_manager(), "fulfilmentOrderShip", part["id"], sent)
    [shipped] = await ordered(service, an_order(phone=PHONE))
    assert shipped["state"] == "DONE"
    assert [(one["done"], one["trackingNumber"]) for one in shipped["parcels"]] == [(True, "SF1")]
    # What is on its way comes back by hand: paying it back releases nothing.
    await told(service, a_refund("R2", 1), channel="TMALL")
    [over] = await ordered(service, an_order(phone=PHONE))
    assert (over["state"], await left(service), await reserved(database)) == ("DONE", 9, 0)
    # Who is erased leaves no address with what was sent to them.
    erased = await service.query(ERASE, HEAD_OFFICE, id=member)
    assert erased.data["memberErase"]["userErrors"] == []
    for name in ("orders", "fulfilments"):
        [kept] = await database[name].find({}).to_list(None)
        assert kept["recipient"] is None


async def test_what_cannot_be_sent_costs_itself_and_says_what_to_do(
    service: Service, database: Database
):
    await a_mall(service)
    far = {**DELIVERY, "district": "440106"}
    both = {"pickupStoreId": "S2"}
    answers = await ordered(
        service,
        an_order("1", 11),
        an_order("2", 1, sku="10002-BLK-M"),
        an_order("3", 1, sku="none"),
        an_order("4", 1, delivery=far),
        an_order("5", 1, **both),
        an_order("6", 1, delivery=None),
        an_order("7", 10),
    )
    codes = [one["code"] for one in answers]
    assert codes == [
        "OUT_OF_STOCK", "INVALID", "NOT_FOUND", "INVALID", "INVALID", "INVALID", None,
    ]  # fmt: skip
    assert await reserved(database) == 10
    [elsewhere] = await ordered(service, an_order("7", 10, delivery={**DELIVERY, "name": "林"}))
    assert elsewhere["code"] == "CONFLICT"
    [refusal] = (await place(service, {"10003-BLK-M": 1}))["userErrors"]
    assert (refusal["code"], "not for sale" in refusal["message"]) == ("INVALID", True)
    # All of it is paid back: it is called off, and another one can have it, in a store.
    await told(service, a_refund("R7", 10, "7"), channel="TMALL")
    await comes_to(0, lambda: reserved(database))
    [called_off] = await ordered(service, an_order("7", 10))
    assert (called_off["state"], called_off["parcels"]) == ("CANCELLED", [])
    at_douyin = FEED_ORDERS.replace("TMALL", "DOUYIN")
    [picked] = await ordered(service, an_order("8", 5, delivery=None, **both), text=at_douyin)
    assert [one["storeId"] for one in picked["parcels"]] == ["S2"]
    # Paid back before it was told: there is nothing to send.
    await told(service, a_refund("R9", 1, "9"), channel="TMALL")
    [nothing] = await ordered(service, an_order("9", 1))
    assert (nothing["orderId"], nothing["code"], await reserved(database)) == (None, None, 5)
