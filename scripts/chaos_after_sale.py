"""What comes after the sale: returns, refunds of goodwill, and payments that come too late."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from domain.network.stores import StoreId
from domain.people.viewer import Viewer
from qianmian.clock import new_id, now
from scripts.chaos_load import Load, Told
from scripts.chaos_processes import PAY_WITHIN_S
from scripts.chaos_upheaval import HEAD_OFFICE, SAID, times
from storage.mongo.kernel.database import Database, PyMongoError

FOUND = """query($order: ID!) { orderProgress(orderId: $order) {
  fulfilmentOrders { state lines { sku quantity } } returns { id reason } } }"""
ASK = f"""mutation($order: ID!, $store: ID!, $units: [SkuUnitsInput!]!, $key: String!) {{
  done: returnRequest(orderId: $order, storeId: $store, units: $units, reason: $key,
  idempotencyKey: $key) {{ {SAID} }} }}"""
RECEIVE = f"mutation($id: ID!) {{ done: returnReceive(id: $id) {{ {SAID} }} }}"
CALL_OFF = f"mutation($id: ID!) {{ done: returnCancel(id: $id) {{ {SAID} }} }}"
REFUSE = f"""mutation($id: ID!) {{ done: returnRefuse(id: $id, reason: "chaos") {{ {SAID} }} }}"""
ACCEPT = f"""mutation($id: ID!, $damaged: [SkuUnitsInput!]!) {{ done: returnAccept(
  id: $id, damaged: $damaged) {{ {SAID} }} }}"""
REFUND = f"""mutation($order: ID!, $amount: Int!, $key: String!) {{ done: orderRefund(
  orderId: $order, amountFen: $amount, reason: $key, idempotencyKey: $key) {{ {SAID} }} }}"""
DONE = ("SHIPPED", "HANDED_OVER")
# By then the clock has expired an order and closed its payment, if it is not held up.
LATE_S = PAY_WITHIN_S + 3


async def bring_back(load: Load, told: Told, stores: Sequence[StoreId]) -> None:
    """Goods that come back to any store, or are kept after all; some are damaged, some refused.

    Each step is told twice at once.
    """
    while not load.stopped:
        await asyncio.sleep(0.2)
        if not told.shipped:
            continue
        order = told.shipped.pop()
        found = await load.look(HEAD_OFFICE, FOUND, order=order)
        parts = (found or {"fulfilmentOrders": []})["fulfilmentOrders"]
        lines = [line for part in parts if part["state"] in DONE for line in part["lines"]]
        if not lines:
            continue
        units, key = load.dice.choice(lines), new_id("return")
        asked = {"order": order, "store": load.dice.choice(stores), "units": [units], "key": key}
        if not all(await times(2, load, told.buyers[order], ASK, **asked)):
            continue
        told.returned[key] = order
        found = await load.look(HEAD_OFFICE, FOUND, order=order)
        for one in (found or {"returns": []})["returns"]:
            if one["reason"] == key:
                end = await _end(load, told.buyers[order], one["id"], units)
                told.returns |= {key: end} if end else {}


async def _end(load: Load, buyer: Viewer, back: str, units: dict[str, Any]) -> str | None:
    """Take a return to one of its ends; tell which, if it was acknowledged twice."""
    end = load.dice.choice(["ACCEPTED", "ACCEPTED", "REFUSED", "CANCELLED"])
    if end == "CANCELLED":
        done = await times(2, load, buyer, CALL_OFF, id=back)
        return end if all(done) else None
    await times(2, load, HEAD_OFFICE, RECEIVE, id=back)
    if end == "REFUSED":
        done = await times(2, load, HEAD_OFFICE, REFUSE, id=back)
        return end if all(done) else None
    broken = load.dice.randint(0, units["quantity"])
    damaged = [{"sku": units["sku"], "quantity": broken}] if broken else []
    done = await times(2, load, HEAD_OFFICE, ACCEPT, id=back, damaged=damaged)
    return end if all(done) else None


async def show_goodwill(load: Load, told: Told) -> None:
    """Head office pays a little back of orders in whatever state, each time telling it thrice."""
    while not load.stopped:
        await asyncio.sleep(0.5)
        if told.paid:
            order, key = load.dice.choice(sorted(told.paid)), new_id("goodwill")
            asked = {"order": order, "amount": load.dice.randint(1, 5000), "key": key}
            if all(await times(3, load, HEAD_OFFICE, REFUND, **asked)):
                told.goodwill[key] = order


async def pay_late(load: Load, told: Told, database: Database) -> None:
    """Buyers' banks that were slow: the money comes when the order has expired, said thrice.

    The payment is closed by then, so that the bank's side of the sandbox is written directly.
    """
    while not load.stopped:
        await asyncio.sleep(0.2)
        slow = [one for one, since in told.unpaid.items() if time.monotonic() > since + LATE_S]
        if slow:
            order = load.dice.choice(slow)
            del told.unpaid[order]
            await _arrive(database, order)
            await asyncio.gather(*(load.insist_on_paying(order) for _ in range(3)))
            told.late.add(order)


async def _arrive(database: Database, order_id: str) -> None:
    paid = {"state": "PAID", "paid_at": now(), "transaction_id": f"sandbox-{order_id}"}
    while True:
        try:
            await database["sandbox_payments"].update_one({"_id": order_id}, {"$set": paid})
            return
        except PyMongoError:
            await asyncio.sleep(0.2)
