"""Webhooks: signed, in order for each order, again until they are taken."""

import asyncio
import hashlib
import hmac
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.kernel.facts import Batch
from domain.kernel.relaying import relay
from domain.mall.fulfilment.payments import PAYMENT, PaymentState
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Viewer
from domain.webhooks.webhooks import (
    LAST_RETRY,
    LEASE,
    WebhookPorts,
    add_webhook,
    note_steps,
    retry_in,
    tell,
)
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoOutboxes, MongoStream
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.webhooks.webhooks import MongoWebhooks
from tests.api.mall.orders.test_orders import MEMBER
from tests.conftest import Service, serving
from tests.storage.mall.fulfilment.test_fulfilments import ACT, a_fulfilment
from tests.support.builders import NOON
from tests.support.fulfilling import a_manager, a_paid_order, act, open_stores_with_stock
from tests.support.keys import RING
from tests.support.network import HEAD_OFFICE
from tests.support.stub import listening

pytestmark = pytest.mark.anyio

ADD = """mutation($url: String!) { webhookAdd(url: $url) {
  webhook { id url } secret userErrors { code field } } }"""


class Till:
    """Another system that takes orders out; it fails as often as it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.failures = 0
        self.heard: dict[str, list[dict]] = defaultdict(list)
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []

    async def take(self, request: Request) -> Response:
        body = await request.body()
        if self.failures:
            self.failures -= 1
            return Response(status_code=500)
        event = json.loads(body)
        self.heard[event["orderId"]].append(event)
        self.headers.append(dict(request.headers))
        self.bodies.append(body)
        return Response(status_code=204)

    async def until(self, order: str, number: int, within_s: float = 90.0) -> list[dict]:
        deadline = time.monotonic() + within_s
        while len(self.heard[order]) < number:
            assert time.monotonic() < deadline, self.heard[order]
            await asyncio.sleep(0.05)
        return self.heard[order]


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    till = Till()
    async with listening(Starlette(routes=[Route("/", till.take, methods=["POST"])])) as url:
        till.url = f"{url}/"
        yield till


async def add(service: Service, till: Till) -> str:
    answer = (await service.query(ADD, HEAD_OFFICE, url=till.url)).data["webhookAdd"]
    assert answer["userErrors"] == []
    return answer["secret"]


async def test_a_system_is_told_of_every_step_in_order_and_can_check_who_says_it(
    service: Service, till: Till
):
    secret = await add(service, till)
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
    shipped = ', carrier: "顺丰", number: "SF1"'
    await act(service, a_manager("S1"), "fulfilmentOrderShip", f"{order}-1", shipped)
    heard = await till.until(order, 5)
    assert [event["type"] for event in heard] == [
        "payment.open",
        "payment.paid",
        "fulfilment_order.offered",
        "fulfilment_order.accepted",
        "fulfilment_order.shipped",
    ]
    assert [event["sequence"] for event in heard] == [1, 2, 3, 4, 5]
    assert heard[-1]["data"]["trackingNumber"] == "SF1"
    stamp, _, digest = till.headers[0]["qianmian-signature"].partition(",v1=")
    message = stamp.removeprefix("t=").encode() + b"." + till.bodies[0]
    assert hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() == digest


async def test_what_is_not_taken_is_told_again_before_anything_later(service: Service, till: Till):
    await add(service, till)
    till.failures = 1
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    heard = await till.until(order, 3)
    assert [event["sequence"] for event in heard] == [1, 2, 3]
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
    assert (await till.until(order, 4))[-1]["type"] == "fulfilment_order.accepted"


async def test_two_processes_tell_each_step_in_order(service: Service, till: Till):
    await add(service, till)
    await open_stores_with_stock(service)
    async with serving(service.settings) as other:
        orders = [await a_paid_order(one, key=f"k{i}") for i, one in enumerate((service, other))]
        for order in orders:
            heard = await till.until(order, 3)
            assert [event["sequence"] for event in heard] == [1, 2, 3]


async def test_only_head_office_adds_webhooks_and_only_safe_addresses(service: Service):
    refused = await service.query(ADD, MEMBER, url="https://till.example/")
    assert refused.refused("webhookAdd")[0]["code"] == "FORBIDDEN"
    for url in ("http://till.example/", "ftp://till.example/", "till"):
        answer = await service.query(ADD, HEAD_OFFICE, url=url)
        assert answer.refused("webhookAdd") == [{"code": "INVALID", "field": ["url"]}]


async def test_a_webhook_that_was_removed_hears_no_more(service: Service, till: Till):
    answer = (await service.query(ADD, HEAD_OFFICE, url=till.url)).data["webhookAdd"]
    text = """mutation($id: ID!) { webhookRemove(id: $id) { userErrors { code } } }"""
    webhook = answer["webhook"]["id"]
    assert (await service.query(text, HEAD_OFFICE, id=webhook)).data == {
        "webhookRemove": {"userErrors": []}
    }
    again = await service.query(text, HEAD_OFFICE, id=webhook)
    assert again.refused("webhookRemove")[0]["code"] == "NOT_FOUND"
    listed = await service.query("{ webhooks { id failingOrders } }", HEAD_OFFICE)
    assert listed.data == {"webhooks": []}


def test_waits_double_from_five_seconds_to_an_hour():
    waits = [retry_in(failures).total_seconds() for failures in range(1, 13)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == LAST_RETRY.total_seconds()


class Clock:
    """A clock that a slow receiver moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self):
        return self.now


class Receiver:
    """Takes `takes` messages of each address and no more; each answer takes five seconds."""

    def __init__(self, clock: Clock, **takes: int) -> None:
        self.clock = clock
        self.takes = takes
        self.asked: list[str] = []

    async def send(self, url, body, headers):
        self.clock.now += timedelta(seconds=5)
        name = url.removeprefix("https://").removesuffix(".example/")
        self.asked.append(name)
        self.takes[name] -= 1
        return self.takes[name] >= 0


def ports_for(database: Database, **takes: int) -> WebhookPorts:
    clock = Clock()
    return WebhookPorts(
        webhooks=MongoWebhooks(database),
        sender=Receiver(clock, **takes),
        stream=MongoStream(database),
        clock=clock,
        new_secret=lambda: "s",
    )


def by(viewer: Viewer, name: str) -> Act:
    return Act(viewer=viewer, at=NOON, new_id=lambda kind: f"{kind}_{name}")


SERVICE = by_the_clock(NOON, lambda kind: kind)


async def steps_are_taken(database: Database, ports: WebhookPorts, *orders: str) -> None:
    """Orders that each took one step, which the follower hears of."""
    fulfilments = MongoFulfilments(database, RING)
    for order in orders:
        begun = PAYMENT.begin(order, PaymentState.OPEN, ACT)
        await fulfilments.save(a_fulfilment(order, history=(begun,)), expected=0)
    outboxes = MongoOutboxes(database, ["fulfilments"])
    await relay(outboxes, ports.stream)
    facts = await ports.stream.after(0, 1_000)
    assert len(facts) == len(orders)
    await note_steps(ports, SERVICE, Batch(facts=tuple(facts), upto=len(facts)))


async def test_a_webhook_that_is_down_does_not_hold_the_others_up(database: Database):
    ports = ports_for(database, down=0, up=99)
    for name in ("down", "up"):
        await add_webhook(ports, by(HEAD_OFFICE, name), f"https://{name}.example/")
    await steps_are_taken(database, ports, *(f"order_{number:02}" for number in range(20)))
    await tell(ports, SERVICE)
    assert ports.sender.asked.count("down") == 1
    assert ports.sender.asked.count("up") == 20
    # Only the first of them was asked; the others have not failed, but wait with it.
    assert await ports.webhooks.failing() == {"webhook_down": 1}


async def test_an_order_that_cannot_be_told_of_does_not_hold_the_others_up(database: Database):
    ports = ports_for(database, till=99)
    await add_webhook(ports, by(HEAD_OFFICE, "till"), "https://till.example/")
    await ports.webhooks.make_due(["webhook_till"], {"order_gone": 1}, now=NOON)
    await steps_are_taken(database, ports, "order_1", "order_2")
    with pytest.raises(ExceptionGroup, match="could not be told of"):
        await tell(ports, SERVICE)
    assert ports.sender.asked == ["till", "till"]


async def test_a_step_that_is_noted_while_an_order_is_told_of_is_told_next(database: Database):
    ports = ports_for(database, till=99)
    await add_webhook(ports, by(HEAD_OFFICE, "till"), "https://till.example/")
    await steps_are_taken(database, ports, "order_1")
    claimed = await ports.webhooks.claim_due(NOON, until=NOON + LEASE)
    await ports.webhooks.make_due(["webhook_till"], {"order_1": 2}, now=NOON)
    told = replace(claimed, sent=1)
    await ports.webhooks.note_progress(told, attend_at=None, now=NOON)
    again = await ports.webhooks.claim_due(NOON, until=NOON + LEASE)
    assert (again.sent, again.wanted) == (1, 2)
    await ports.webhooks.note_progress(replace(again, sent=2), attend_at=None, now=NOON)
    assert await ports.webhooks.claim_due(NOON + 2 * LEASE, until=NOON + 3 * LEASE) is None


async def test_a_delivery_is_claimed_by_one_at_a_time_until_its_claim_ends(database: Database):
    ports = ports_for(database)
    webhooks = ports.webhooks
    await add_webhook(ports, by(HEAD_OFFICE, "1"), "https://till.example/")
    await steps_are_taken(database, ports, "order_1")
    until = NOON + LEASE
    claims = await asyncio.gather(*(webhooks.claim_due(NOON, until=until) for _ in range(5)))
    assert [claim is None for claim in claims].count(False) == 1
    assert await webhooks.claim_due(until - timedelta(seconds=1), until=until) is None
    assert await webhooks.claim_due(until, until=until + LEASE) is not None
