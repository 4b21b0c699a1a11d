"""What a later version of the service has written loses nothing here, and stops nothing."""

import copy
from functools import partial
from typing import Any

import pytest

from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import MEMBER
from tests.conftest import Service, serving
from tests.support.content import EDITOR, approve, deposited
from tests.support.fulfilling import (
    a_manager,
    a_paid_order,
    act,
    open_stores_with_stock,
    progress,
)
from tests.support.network import HEAD_OFFICE
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

LATER = "later"
QUEUE = """query($store: ID!) { fulfilmentQueue(storeId: $store, first: 20) {
  nodes { id state } } }"""
ORDERS = "{ orders(first: 20) { nodes { id } } }"


def strewn(value: Any) -> Any:
    """A document in which every object has one thing more."""
    if isinstance(value, dict):
        return {name: strewn(one) for name, one in value.items()} | {LATER: {"word": 1}}
    return [strewn(one) for one in value] if isinstance(value, list) else value


def places(value: Any, *path: Any) -> set[tuple[Any, ...]]:
    """Where that is, an object of a list by the first thing that it says."""
    found: set[tuple[Any, ...]] = set()
    if isinstance(value, dict):
        found |= {path} if LATER in value else set()
        for name, one in value.items():
            found |= places(one, *path, name) if name != LATER else set()
    elif isinstance(value, list):
        for number, one in enumerate(value):
            found |= places(one, *path, number)
    return found


async def strew(database: Database, collection: str, id: str, *fields: str) -> set[tuple[Any, ...]]:
    """Have a later version add things everywhere inside some fields, and beside them."""
    document = await database[collection].find_one({"_id": id})
    assert document
    known = {name: one for name, one in document.items() if name in fields}
    added = strewn(copy.deepcopy(known))
    await database[collection].update_one({"_id": id}, {"$set": added})
    return places(added)


async def left(database: Database, collection: str, id: str, *fields: str) -> set[tuple[Any, ...]]:
    document = await database[collection].find_one({"_id": id})
    assert document
    return places({name: one for name, one in document.items() if name in (*fields, LATER)})


async def test_an_order_keeps_what_a_later_version_wrote_into_it_through_all_its_life(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    [part] = (await progress(service, order))["fulfilmentOrders"]
    manager = a_manager(part["store"]["id"])
    inside = ("lines", "payment", "parts", "credit")
    added = await strew(database, "fulfilments", order, *inside)
    assert {("lines", 0), ("lines", 1), ("payment",), ("parts", 0)} < added

    await act(service, manager, "fulfilmentOrderAccept", part["id"])
    shipping = ', carrier: "SF", number: "SF1"'
    done = await act(service, manager, "fulfilmentOrderShip", part["id"], shipping)
    assert done["userErrors"] == []

    now = await left(database, "fulfilments", order, *inside)
    # The units that were held went with the parcel.
    assert {one for one in added if one[2:3] != ("held",)} <= now
    shown = await progress(service, order)
    assert [one["state"] for one in shown["fulfilmentOrders"]] == ["SHIPPED"]


async def test_a_post_keeps_what_a_later_version_wrote_into_it(
    service: Service, database: Database
):
    post = await deposited(service, EDITOR)
    document = await database["posts"].find_one({"_id": post["id"]})
    fields = [
        name
        for name, one in document.items()
        if isinstance(one, dict | list) and name not in ("outbox", "ops")
    ]
    added = await strew(database, "posts", post["id"], *fields)
    assert len(added) > 1
    await approve(service, post)
    now = await left(database, "posts", post["id"], *fields)
    assert added <= now


async def test_a_state_that_is_not_known_is_told_as_such_and_holds_up_nobody_else(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    strange, known = await a_paid_order(service), await a_paid_order(service, key="k2")
    [part] = (await progress(service, strange))["fulfilmentOrders"]
    [other] = (await progress(service, known))["fulfilmentOrders"]
    await database["fulfilments"].update_one(
        {"_id": strange}, {"$set": {"parts.0.state": "TELEPORTED", "payment.later": True}}
    )

    asked = "query($id: ID!) { orderProgress(orderId: $id) { state } }"
    refused = await service.query(asked, MEMBER, id=strange)
    [error] = refused.errors
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "later version" in error["message"]
    tried = await act(service, a_manager(part["store"]["id"]), "fulfilmentOrderAccept", part["id"])
    assert [one["code"] for one in tried["userErrors"]] == ["UNAVAILABLE"]

    for store in {part["store"]["id"], other["store"]["id"]}:
        queue = await service.query(QUEUE, a_manager(store), store=store)
        ids = [one["id"] for one in queue.data["fulfilmentQueue"]["nodes"]]
        assert part["id"] not in ids
        assert (other["id"] in ids) == (store == other["store"]["id"])
    done = await act(service, a_manager(other["store"]["id"]), "fulfilmentOrderAccept", other["id"])
    assert done["userErrors"] == []
    # A later version finds it as it was.
    found = await database["fulfilments"].find_one({"_id": strange})
    assert (found["parts"][0]["state"], found["payment"]["later"]) == ("TELEPORTED", True)


async def test_reference_data_that_is_not_known_is_left_out_and_a_process_starts(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    await database["stores"].update_one({"_id": "S1"}, {"$set": {"state": "FLOATING"}})
    asked = "{ store(id: %s) { id } }"

    async def seen(of: Service) -> list[bool]:
        answers = [await of.query(asked % f'"{one}"', HEAD_OFFICE) for one in ("S1", "S2")]
        return [one.data["store"] is not None for one in answers]

    # Heard of by one that runs, and met by one that starts.
    await comes_to([False, True], partial(seen, service))
    async with serving(service.settings) as started:
        assert await seen(started) == [False, True]
        assert (await started.http.get("/ready")).status_code == 200
    await database["stores"].update_one({"_id": "S1"}, {"$set": {"state": "OPEN"}})
