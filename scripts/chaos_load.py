"""Buyers and tills that try again until they are told what became of what they asked for."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx2

from domain.catalogue.catalogue import Sku
from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.tokens import issue_access_token
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id, now

PLACE = """mutation($input: OrderInput!, $key: String!) {
  done: orderPlace(input: $input, idempotencyKey: $key) {
    order { id } shortLines { sku left } userErrors { code message } } }"""
PAY = """mutation($order: ID!) { done: paymentStart(orderId: $order) {
  sandboxUrl userErrors { code message } } }"""
ADJUST = """mutation($id: ID!, $input: StockDifferenceInput!) {
  done: stockAdjust(id: $id, input: $input) { changed userErrors { code message } } }"""
DELIVERY = {"name": "梅", "phone": "13900000000", "district": "320508", "address": "人民路1号"}
SHARE_CODE = "chaos23456"
# What a client may try again with the same key.
TRY_AGAIN = {"UNAVAILABLE", "CONFLICT"}
ATTEMPT_S = 10.0
MOST_LOOKS = 20


@dataclass
class Told:
    """What buyers, tills and head office were told for certain.

    `touched` are orders that somebody has done more with than paying; `unpaid` since when which
    payments wait; `goodwill` and `returned` which order each key was for; `returns` what became of
    returns by their keys, `fetched` and `unclaimed` which fulfilment orders ended so.
    """

    orders: dict[str, dict[Sku, int]] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    unpaid: dict[str, float] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    shipped: set[str] = field(default_factory=set)
    returned: dict[str, str] = field(default_factory=dict)
    goodwill: dict[str, str] = field(default_factory=dict)
    buyers: dict[str, Viewer] = field(default_factory=dict)
    pickups: set[str] = field(default_factory=set)
    fetched: set[str] = field(default_factory=set)
    unclaimed: set[str] = field(default_factory=set)
    returns: dict[str, str] = field(default_factory=dict)
    short: int = 0
    receipts: set[str] = field(default_factory=set)
    fed: Counter[tuple[StoreId, Sku]] = field(default_factory=Counter)

    def answers(self) -> int:
        """How many orders were answered, one way or the other."""
        return len(self.orders) + self.short

    def summary(self) -> str:
        """One line."""
        return (
            f"{len(self.orders)} orders, {len(self.paid)} paid, {len(self.late)} late, "
            f"{self.short} told what is short, {len(self.returned)} returns, "
            f"{len(self.fetched)} fetched, {len(self.unclaimed)} unclaimed "
            f"of {len(self.pickups)} pickups, "
            f"{len(self.goodwill)} refunds of goodwill, {sum(self.fed.values())} differences"
        )


class Attempt(NamedTuple):
    """One request: when it began, how long it took in seconds, and what came of it."""

    began: float
    took: float
    met: str


class Load:
    """Sends requests to whichever service answers."""

    def __init__(
        self, urls: Sequence[str], secret: str, skus: Sequence[Sku], dice: random.Random
    ) -> None:
        self._urls = urls
        self._secret = secret
        self.skus = skus
        self.dice = dice
        self.stopped = False
        self._http = httpx2.AsyncClient(timeout=ATTEMPT_S)
        self.attempts: list[Attempt] = []

    def stop(self) -> None:
        """Begin nothing new."""
        self.stopped = True

    async def ask(self, viewer: Viewer, text: str, **variables: Any) -> dict[str, Any]:
        """Send a mutation again and again, until some service says what became of it."""
        while True:
            token = issue_access_token(viewer, secret=self._secret, now=now())
            answer = await self._post(
                "/graphql",
                headers={"Authorization": f"Bearer {token}"},
                json={"query": text, "variables": variables},
            )
            if answer is not None and "errors" not in answer:
                done: dict[str, Any] = answer["data"]["done"]
                if not TRY_AGAIN.intersection(error["code"] for error in done["userErrors"]):
                    return done
            await asyncio.sleep(self.dice.uniform(0.05, 0.3))

    async def look(self, viewer: Viewer, text: str, **variables: Any) -> dict[str, Any] | None:
        """Send a query with one field until a service answers; None where none does for seconds."""
        for _ in range(MOST_LOOKS):
            found = await self._look(viewer, text, **variables)
            if found is not None:
                return found
            await asyncio.sleep(self.dice.uniform(0.05, 0.3))
        return None

    async def _look(self, viewer: Viewer, text: str, **variables: Any) -> dict[str, Any] | None:
        token = issue_access_token(viewer, secret=self._secret, now=now())
        answer = await self._post(
            "/graphql",
            headers={"Authorization": f"Bearer {token}"},
            json={"query": text, "variables": variables},
        )
        if answer is None or "errors" in answer:
            return None
        [found] = answer["data"].values()
        return dict(found) if found else None

    async def send_file(
        self, viewer: Viewer, form: dict[str, str], name: str, data: bytes
    ) -> dict[str, Any] | None:
        """Send a file to a mutation; None where no service answers."""
        token = issue_access_token(viewer, secret=self._secret, now=now())
        headers = {"Authorization": f"Bearer {token}"}
        return await self._post("/graphql", headers=headers, data=form, files={"0": (name, data)})

    async def pay(self, order_id: str) -> bool | None:
        """Pay in the sandbox; None where nobody said what became of it."""
        answer = await self._post(f"/pay/sandbox/{order_id}")
        return None if answer is None else answer.get("state") == "PAID"

    async def insist_on_paying(self, order_id: str) -> None:
        """Tell of a payment that has arrived, until it is taken."""
        while True:
            answer = await self._post(f"/pay/sandbox/{order_id}")
            if answer is not None and "state" in answer:
                return
            await asyncio.sleep(self.dice.uniform(0.05, 0.3))

    async def try_once(self, viewer: Viewer | None, text: str, **variables: Any) -> None:
        """Send something once, only to see what comes of it."""
        headers = {}
        if viewer is not None:
            token = issue_access_token(viewer, secret=self._secret, now=now())
            headers["Authorization"] = f"Bearer {token}"
        await self._post("/graphql", headers=headers, json={"query": text, "variables": variables})

    async def _post(self, path: str, **request: Any) -> dict[str, Any] | None:
        began = time.monotonic()
        answer: dict[str, Any] | None = None
        try:
            response = await self._http.post(self.dice.choice(self._urls) + path, **request)
            answer = response.json()
            met = _said(response.status_code, answer or {})
        except (httpx2.TransportError, ValueError) as fault:
            met = type(fault).__name__
        self.attempts.append(Attempt(began, time.monotonic() - began, met))
        return answer


def _said(status: int, answer: dict[str, Any]) -> str:
    """The code of the first error of an answer, `answered` where there is none."""
    done = (answer.get("data") or {}).get("done") or {}
    errors = [one["extensions"]["code"] for one in answer.get("errors", ())]
    errors += [one["code"] for one in done.get("userErrors", ())]
    again = [one for one in errors if one in TRY_AGAIN]
    broken = errors if status >= 500 or "errors" in answer else []
    return next(iter([*again, *broken]), "answered")


async def buy_and_pay(
    load: Load,
    told: Told,
    stores: Sequence[StoreId],
    number: int,
    claim: Callable[[Load, Viewer], Awaitable[str | None]] | None = None,
) -> None:
    """One buyer after the other, of two SKUs at a time, through a guide's link every other time.

    Half are picked up, half with a coupon as long as there are any. Half of the orders are
    paid, a quarter begins to pay and does not, a quarter is forgotten.
    """
    while not load.stopped:
        # A member may leave few orders unpaid, so each is another one's.
        viewer = Viewer(id=PersonId(new_id(f"member_{number}")), role=Role.MEMBER)
        units = {sku: load.dice.randint(1, 3) for sku in load.dice.sample(load.skus, 2)}
        order: dict[str, Any] = {
            "storeId": "S0",
            "lines": [{"sku": sku, "quantity": n} for sku, n in units.items()],
            "shareCode": load.dice.choice([SHARE_CODE, None]),
        }
        picked_up = load.dice.random() < 0.5
        place = load.dice.choice(stores)
        coupon = await claim(load, viewer) if claim and load.dice.random() < 0.5 else None
        order["couponIds"] = [coupon] if coupon else []
        order |= {"pickupStoreId": place} if picked_up else {"delivery": DELIVERY}
        done = await load.ask(viewer, PLACE, input=order, key=new_id("key"))
        if done["order"] is None:
            told.short += len(done["shortLines"])
            continue
        order_id = done["order"]["id"]
        told.orders[order_id], told.buyers[order_id] = units, viewer
        if picked_up:
            told.pickups.add(order_id)
        will = load.dice.random()
        if will < 0.75:
            started = await load.ask(viewer, PAY, order=order_id)
            if not started["sandboxUrl"]:
                continue
            if will >= 0.5:
                told.unpaid[order_id] = time.monotonic()
            elif await load.pay(order_id):
                told.paid.add(order_id)


async def feed(load: Load, told: Told, stores: Sequence[StoreId], number: int) -> None:
    """One till, which tells of deliveries one by one."""
    viewer = Viewer(id=PersonId(f"till_{number}"), role=Role.FEED)
    while not load.stopped:
        store_id, sku = load.dice.choice(stores), load.dice.choice(load.skus)
        difference = {"storeId": store_id, "sku": sku, "units": 1}
        receipt = new_id("receipt")
        for _ in range(2):
            await load.ask(viewer, ADJUST, id=receipt, input=difference)
        told.receipts.add(f"till:{store_id}:{receipt}")
        told.fed[store_id, sku] += 1
        await asyncio.sleep(0.1)
