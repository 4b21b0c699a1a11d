"""Everything else that changes stock while orders come in: each may be told several times."""

import asyncio
import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from domain.kernel.ids import PersonId
from domain.network.stores import RegionId, StoreId
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id, now
from scripts.chaos_load import Load, Told

HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)
SAID = "userErrors { code message }"
CANCEL = f"""mutation($order: ID!, $key: String!) {{ done: orderCancel(
  orderId: $order, reason: "chaos", idempotencyKey: $key) {{ {SAID} }} }}"""
PARTS = """query($order: ID!) { orderProgress(orderId: $order) {
  fulfilmentOrders { id state pickupCode store { id } } } }"""
ACCEPT = f"mutation($id: ID!) {{ done: fulfilmentOrderAccept(id: $id) {{ {SAID} }} }}"
REJECT = f"""mutation($id: ID!) {{ done: fulfilmentOrderReject(id: $id, reason: NOT_ON_SHELF) {{
  {SAID} }} }}"""
SHIP = f"""mutation($id: ID!) {{ done: fulfilmentOrderShip(
  id: $id, carrier: "SF", number: "1") {{ {SAID} }} }}"""
READY = f"mutation($id: ID!) {{ done: fulfilmentOrderReady(id: $id) {{ {SAID} }} }}"
HAND_OVER = f"""mutation($id: ID!, $code: String!) {{ done: fulfilmentOrderHandOver(
  id: $id, code: $code) {{ {SAID} }} }}"""
UNCLAIMED = f"""mutation($id: ID!) {{ done: fulfilmentOrderUnclaimed(id: $id, reason: "chaos") {{
  {SAID} }} }}"""
SEND = f"""mutation($id: ID!, $input: StockTransferInput!) {{ done: stockTransferSend(
  id: $id, input: $input) {{ transfer {{ state }} {SAID} }} }}"""
RECEIVE = f"""mutation($id: ID!, $lines: [OrderLineInput!], $key: String!) {{
  done: stockTransferReceive(id: $id, lines: $lines, idempotencyKey: $key) {{ {SAID} }} }}"""
DECIDE = f"""mutation($id: ID!, $verdict: StockTransferVerdict!, $key: String!) {{
  done: stockTransferDecide(
    id: $id, verdict: $verdict, reason: "chaos", idempotencyKey: $key) {{ {SAID} }} }}"""
PAUSE = f"mutation($id: ID!) {{ done: storePause(id: $id) {{ {SAID} }} }}"
RESUME = f"mutation($id: ID!) {{ done: storeResume(id: $id) {{ {SAID} }} }}"
RULE = f"""mutation($input: SafetyRuleInput!) {{ done: safetyRuleSet(input: $input) {{
  {SAID} }} }}"""
NO_RULE = f"mutation($id: ID!) {{ done: safetyRuleRemove(id: $id) {{ {SAID} }} }}"
MOVE = f"""mutation($id: ID!, $region: ID!) {{ done: storeMove(id: $id, regionId: $region) {{
  {SAID} }} }}"""
COUNT = f"""mutation($file: Upload!) {{ done: stockImport(file: $file) {{
  report {{ rows }} {SAID} }} }}"""


async def times(n: int, load: Load, viewer: Viewer, text: str, **variables: Any) -> list[bool]:
    """Ask for the same thing several times at once, of whichever services; tell which were done."""
    answers = await asyncio.gather(*(load.ask(viewer, text, **variables) for _ in range(n)))
    return [not answer["userErrors"] for answer in answers]


async def call_off(load: Load, told: Told) -> None:
    """Buyers who change their minds, each saying so three times."""
    while not load.stopped:
        await asyncio.sleep(0.5)
        left = [one for one in told.orders if one not in told.touched]
        if left:
            order = load.dice.choice(left)
            told.touched.add(order)
            await times(3, load, HEAD_OFFICE, CANCEL, order=order, key=new_id("key"))


async def serve(load: Load, told: Told) -> None:
    """Stores that take orders on, turn some down, and ship the others, telling it twice.

    Pickups come first every other time: there are fewer, and each takes more steps.
    """
    while not load.stopped:
        await asyncio.sleep(0.1)
        left = [one for one in told.paid if one not in told.touched]
        if not left:
            continue
        fetched = [one for one in left if one in told.pickups]
        order = load.dice.choice(load.dice.choice([fetched, left]) or left)
        told.touched.add(order)
        found = await load.look(HEAD_OFFICE, PARTS, order=order)
        for part in (found or {"fulfilmentOrders": []})["fulfilmentOrders"]:
            if load.dice.random() < 0.2:
                await times(2, load, HEAD_OFFICE, REJECT, id=part["id"])
                continue
            await load.ask(HEAD_OFFICE, ACCEPT, id=part["id"])
            if order in told.pickups:
                await _at_the_counter(load, told, order, part["id"])
            elif any(await times(2, load, HEAD_OFFICE, SHIP, id=part["id"])):
                told.shipped.add(order)


async def _at_the_counter(load: Load, told: Told, order: str, part: str) -> None:
    """A pickup that is ready and fetched, or not; what nobody fetches is called off or waits."""
    if not any(await times(2, load, HEAD_OFFICE, READY, id=part)):
        return
    found = await load.look(told.buyers[order], PARTS, order=order)
    codes = {one["id"]: one["pickupCode"] for one in (found or {}).get("fulfilmentOrders", ())}
    if load.dice.random() < 0.3:
        if any(await times(2, load, HEAD_OFFICE, UNCLAIMED, id=part)):
            told.unclaimed.add(part)
        if load.dice.random() < 0.5:
            await times(2, load, HEAD_OFFICE, CANCEL, order=order, key=new_id("key"))
    elif (code := codes.get(part)) and any(
        await times(2, load, HEAD_OFFICE, HAND_OVER, id=part, code=code)
    ):
        told.fetched.add(part)
        told.shipped.add(order)


async def transfer(load: Load, stores: Sequence[StoreId]) -> None:
    """Goods that go from store to store and arrive in parts; each step is told twice at once.

    The last part arrives, is found or is lost, or stays on its way.
    """
    while not load.stopped:
        source, target = load.dice.sample(list(stores), 2)
        number, sku = new_id("t")[:40], load.dice.choice(load.skus)
        sent, part = [{"sku": sku, "quantity": 3}], [{"sku": sku, "quantity": 1}]
        wanted = {"fromStoreId": source, "toStoreId": target, "lines": sent}
        await times(2, load, HEAD_OFFICE, SEND, id=number, input=wanted)
        for key in ("first", "second"):
            await times(2, load, HEAD_OFFICE, RECEIVE, id=number, lines=part, key=key)
        verdict = load.dice.choice(["FOUND", "LOST", "ARRIVED", "MISSING"])
        if verdict == "ARRIVED":
            await times(2, load, HEAD_OFFICE, RECEIVE, id=number, lines=None, key="rest")
        elif verdict != "MISSING":
            await times(2, load, HEAD_OFFICE, DECIDE, id=number, verdict=verdict, key="rest")
        await asyncio.sleep(0.3)


async def hold_back(load: Load, stores: Sequence[StoreId]) -> None:
    """Safety rules of a store or of all, set twice at once with others, or removed."""
    while not load.stopped:
        store, sku = load.dice.choice([*stores, None]), load.dice.choice(load.skus)
        rules = [{"storeId": store, "sku": sku, "units": load.dice.randint(0, 2)} for _ in range(2)]
        await asyncio.gather(*(load.ask(HEAD_OFFICE, RULE, input=rule) for rule in rules))
        if load.dice.random() < 0.5:
            await times(2, load, HEAD_OFFICE, NO_RULE, id=f"{store or ''}|{sku}|")
        await asyncio.sleep(0.5)


async def rest(load: Load, stores: Sequence[StoreId]) -> None:
    """Stores that pause and resume over and over, each told twice at once."""
    while not load.stopped:
        store = load.dice.choice(stores)
        await times(2, load, HEAD_OFFICE, PAUSE, id=store)
        await asyncio.sleep(load.dice.uniform(0, 1))
        await times(2, load, HEAD_OFFICE, RESUME, id=store)
        await asyncio.sleep(load.dice.uniform(0, 1))


async def move(load: Load, store: StoreId, regions: Sequence[RegionId]) -> None:
    """One store that goes to and fro between regions, told to go to both at once."""
    while not load.stopped:
        await load.ask(HEAD_OFFICE, PAUSE, id=store)
        await asyncio.gather(
            *(load.ask(HEAD_OFFICE, MOVE, id=store, region=one) for one in regions)
        )
        await load.ask(HEAD_OFFICE, RESUME, id=store)
        await asyncio.sleep(1)


async def count(load: Load, stores: Sequence[StoreId]) -> None:
    """A store that counts what it has of a SKU now and then, and sends the count twice."""
    till = Viewer(id=PersonId("till_counts"), role=Role.FEED)
    while not load.stopped:
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["store_id", "sku", "on_hand", "counted_at"])
        rows.writerow([load.dice.choice(stores), load.dice.choice(load.skus), 6, now().isoformat()])
        form = {"operations": json.dumps({"query": COUNT, "variables": {"file": None}})}
        form["map"] = json.dumps({"0": ["variables.file"]})
        for _ in range(2):
            await load.send_file(till, form, "counts.csv", text.getvalue().encode())
        await asyncio.sleep(0.5)
