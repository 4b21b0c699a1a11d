"""The examples of docs/fulfilment.md, run in their order."""

import pytest

from domain.people.viewer import Viewer
from tests.api.mall.orders.test_orders import MEMBER, L, M
from tests.conftest import Service
from tests.support.documents import documents_of
from tests.support.fulfilling import a_manager, an_order, open_stores_with_stock
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio
SHOWN = documents_of("fulfilment.md")


async def run(service: Service, name: str, viewer: Viewer, **variables):
    """Run one of the page's operations and answer its one field."""
    [answer] = (await service.query(SHOWN[name], viewer, **variables)).data.values()
    assert not answer.get("userErrors"), answer
    return answer


async def test_the_pages_examples_lead_an_order_from_payment_to_return(service: Service):
    await open_stores_with_stock(service)
    await run(service, "AddWebhook", HEAD_OFFICE, url="https://till.example/orders")
    order = await an_order(service)
    payment = await run(service, "Pay", MEMBER, order=order)
    await service.http.post(payment["sandboxUrl"].removeprefix(service.settings.public_url))
    checked = await run(service, "Check", MEMBER, order=order)
    assert checked["payment"]["state"] == "PAID"
    units = [{"sku": M, "quantity": 1}]
    await run(service, "Cancel", MEMBER, order=order, units=units, key="k1")

    queue = await run(service, "Queue", a_manager("S1"), store="S1")
    [first] = queue["nodes"]
    missing = [{"sku": L, "quantity": 1}]
    rejected = await run(service, "Reject", a_manager("S1"), id=first["id"], missing=missing)
    [second] = rejected["nextFulfilmentOrders"]
    assert second["store"]["id"] == "S2"
    await run(service, "Accept", a_manager("S2"), id=second["id"])
    await run(service, "Ship", a_manager("S2"), id=second["id"])

    wanted = {"order": order, "store": "S1", "units": units, "key": "k2"}
    asked = await run(service, "AskToReturn", MEMBER, **wanted)
    [back] = asked["progress"]["returns"]
    await run(service, "WhoInspects", HEAD_OFFICE, version=0)
    await run(service, "Receive", HEAD_OFFICE, id=back["id"])
    await run(service, "Take", a_manager("S1"), id=back["id"])
    seen = await run(service, "Follow", MEMBER, order=order)
    assert seen["state"] == "DONE"
    assert [refund["state"] for refund in seen["payment"]["refunds"]] == ["DONE", "DONE"]


async def test_the_pages_examples_let_head_office_decide(service: Service):
    await open_stores_with_stock(service)
    order = await an_order(service, lines={M: 1})
    payment = await run(service, "Pay", MEMBER, order=order)
    await service.http.post(payment["sandboxUrl"].removeprefix(service.settings.public_url))
    for number, store in ((1, "S1"), (2, "S2")):
        await run(service, "Reject", a_manager(store), id=f"{order}-{number}")
    waiting = await run(service, "Exceptions", HEAD_OFFICE)
    [exception] = waiting["nodes"][0]["exceptions"]
    assert exception == {"kind": "NO_STORE_LEFT", "subject": f"{order}-3", "said": ""}


@pytest.mark.parametrize("pays", [True, False])
async def test_a_key_stands_for_one_request_as_the_page_says(service: Service, pays):
    await open_stores_with_stock(service)
    order = await an_order(service)
    units = [{"sku": M, "quantity": 1}] if pays else None
    if pays:
        payment = await run(service, "Pay", MEMBER, order=order)
        await service.http.post(payment["sandboxUrl"].removeprefix(service.settings.public_url))
    first = await run(service, "Cancel", MEMBER, order=order, units=units, key="k1")
    assert await run(service, "Cancel", MEMBER, order=order, units=units, key="k1") == first
    other = {"order": order, "units": [{"sku": L, "quantity": 1}], "key": "k1"}
    answer = await service.query(SHOWN["Cancel"], MEMBER, **other)
    [error] = answer.data["orderCancel"]["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["idempotencyKey"])
