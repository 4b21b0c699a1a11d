"""Sending goods from store to store over HTTP."""

import pytest

from tests.api.mall.orders.test_orders import M, a_count, import_stock, open_mall
from tests.api.mall.stock.test_stock import MANAGER, OTHER, level
from tests.conftest import Service
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio

TRANSFER = """transfer { state lines { sku sent received missing }
  receipts { verdict actor reason lines { sku quantity } } } userErrors { code field message }"""
SEND = f"""mutation($input: StockTransferInput!) {{
  stockTransferSend(id: "T1", input: $input) {{ {TRANSFER} }} }}"""
RECEIVE = f"""mutation($lines: [OrderLineInput!], $key: String!) {{
  stockTransferReceive(id: "T1", lines: $lines, idempotencyKey: $key) {{ {TRANSFER} }} }}"""
DECIDE = f"""mutation($verdict: StockTransferVerdict!, $key: String!) {{ stockTransferDecide(
  id: "T1", verdict: $verdict, reason: "quoted", idempotencyKey: $key) {{ {TRANSFER} }} }}"""
UNDER_WAY = """query($store: ID) { stockTransfersUnderWay(storeId: $store) {
  totalCount nodes { id toStore { id } lines { missing } } } }"""


async def ask(service: Service, text: str, viewer=OTHER, **variables) -> dict:
    (answer,) = (await service.query(text, viewer, **variables)).data.values()
    return answer


async def receive(service: Service, units: int, *, key: str) -> dict:
    return await ask(service, RECEIVE, lines=[{"sku": M, "quantity": units}], key=key)


async def test_a_transfer_comes_in_parts_and_head_office_decides_on_the_rest(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 12), a_count("S2", M, 1))
    lines = [{"sku": M, "quantity": 12}]
    wanted = {"fromStoreId": "S1", "toStoreId": "S2", "lines": lines}
    sent = await ask(service, SEND, MANAGER, input=wanted)
    assert sent == await ask(service, SEND, MANAGER, input=wanted)
    assert sent["transfer"]["lines"] == [{"sku": M, "sent": 12, "received": 0, "missing": 12}]
    first = await receive(service, 8, key="first")
    assert first == await receive(service, 8, key="first")
    assert first["transfer"]["state"] == "PART_RECEIVED"
    [error] = (await receive(service, 5, key="second"))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["lines"])
    assert M in error["message"]
    found = await level(service, store="S2", viewer=OTHER)
    assert (found["onHand"], found["incoming"], found["regionAvailable"]) == (9, 4, 9)
    [listed] = (await ask(service, UNDER_WAY, HEAD_OFFICE))["nodes"]
    assert (listed["toStore"], listed["lines"]) == ({"id": "S2"}, [{"missing": 4}])
    [error] = (await ask(service, DECIDE, verdict="LOST", key="d"))["userErrors"]
    assert error["code"] == "FORBIDDEN"
    decided = await ask(service, DECIDE, HEAD_OFFICE, verdict="LOST", key="d")
    assert decided["transfer"]["state"] == "RECEIVED"
    assert decided["transfer"]["receipts"][1] == {
        "verdict": "LOST",
        "actor": HEAD_OFFICE.id,
        "reason": "quoted",
        "lines": [{"sku": M, "quantity": 4}],
    }
    assert (await ask(service, UNDER_WAY, store="S2"))["totalCount"] == 0
    found = await level(service, store="S2", viewer=OTHER)
    assert (found["onHand"], found["incoming"]) == (9, 0)


async def test_a_transfer_of_what_is_no_sku_is_refused_and_its_id_is_free(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 12))
    wanted = {"fromStoreId": "S1", "toStoreId": "S2"}
    unknown = {**wanted, "lines": [{"sku": f"{M}X", "quantity": 1}]}
    [error] = (await ask(service, SEND, MANAGER, input=unknown))["userErrors"]
    assert error["code"] == "NOT_FOUND"
    assert f"{M}X" in error["message"]
    known = {**wanted, "lines": [{"sku": M, "quantity": 1}]}
    assert (await ask(service, SEND, MANAGER, input=known))["transfer"]["state"] == "SENT"
