"""What outside systems are told of orders: every step, in order for each order, at least once."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NewType, Protocol
from urllib.parse import urlsplit

from domain.kernel.facts import Batch, Fact, Stream
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound
from domain.mall.fulfilment.step_facts import step_fact_id
from domain.people.act import Act

WebhookId = NewType("WebhookId", str)

# How long whoever delivers keeps an order's events to itself; sending a batch must fit in it.
LEASE = timedelta(seconds=60)
MOST_IN_A_BATCH = 8
# So many orders are told of before others have their turn.
MOST_TOLD = 50
FIRST_RETRY = timedelta(seconds=5)
LAST_RETRY = timedelta(hours=1)
# With waits doubling from 5 seconds to an hour, that is about three days.
MOST_FAILURES = 80
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of every order's steps, and the secret that signs what it gets."""

    id: WebhookId
    url: str
    secret: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far one webhook has been told of one order: `sent` of its `wanted` steps have arrived."""

    webhook_id: WebhookId
    order_id: str
    wanted: int = 0
    sent: int = 0
    failures: int = 0


class Webhooks(Protocol):
    """The webhooks, and what each is still to be told."""

    async def all(self) -> Sequence[Webhook]:
        """All of them, the oldest first."""

    async def add(self, webhook: Webhook) -> None:
        """Keep a webhook."""

    async def remove(self, id: WebhookId) -> bool:
        """Forget a webhook and what it was to be told; tell whether there was one."""

    async def make_due(
        self, ids: Sequence[WebhookId], newest: Mapping[str, int], *, now: datetime
    ) -> None:
        """Have these webhooks told of orders up to the newest step of each; again, it is the same.

        What waits to be tried again waits on.
        """

    async def claim_due(self, now: datetime, *, until: datetime) -> Delivery | None:
        """Claim the delivery that is due longest, so that nobody else gets it before `until`."""

    async def note_progress(
        self, delivery: Delivery, *, attend_at: datetime | None, now: datetime
    ) -> None:
        """Note how far a delivery has come, and when to go on; None if all is told for now.

        Where steps were noted since it was claimed, it goes on at once.
        """

    async def failing(self) -> Mapping[WebhookId, int]:
        """For each webhook, of how many orders it could not be told at the last try."""


class Sender(Protocol):
    """Carries signed messages to webhooks."""

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the address has taken it: any answer of 200 to 299 within its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPorts(Ports):
    """The ports that telling outside systems needs; `clock` tells how long receivers take."""

    webhooks: Webhooks
    sender: Sender
    stream: Stream
    clock: Callable[[], datetime]
    new_secret: Callable[[], str]


async def add_webhook(ports: WebhookPorts, act: Act, url: str) -> Webhook:
    """Tell an address of every order from its next step on, with what came before it."""
    act.viewer.require("webhook.keep")
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise Invalid("Give an address that starts with https://.", field=["url"])
    webhook = Webhook(
        id=WebhookId(act.new_id("webhook")),
        url=url,
        secret=ports.new_secret(),
        created_by=act.viewer.id,
        created_at=act.at,
    )
    await ports.webhooks.add(webhook)
    return webhook


async def remove_webhook(ports: WebhookPorts, act: Act, id: str) -> None:
    """Tell an address no more."""
    act.viewer.require("webhook.keep")
    if not await ports.webhooks.remove(WebhookId(id)):
        raise NotFound(f"There is no webhook {id}; look its id up in the list.")


async def list_webhooks(ports: WebhookPorts, act: Act) -> Sequence[tuple[Webhook, int]]:
    """All webhooks, each with the number of orders that it could not be told of at the last try."""
    act.viewer.require("webhook.keep")
    failing = await ports.webhooks.failing()
    return [(one, failing.get(one.id, 0)) for one in await ports.webhooks.all()]


def event_of(fact: Fact) -> dict[str, Any]:
    """A step of an order's payment or fulfilment as it is told: JSON values only."""
    data = fact.data
    details = dict(data["details"])
    if "units" in details:
        details["units"] = {one["sku"]: one["quantity"] for one in details["units"]}
    return {
        "id": f"{data['orderId']}:{data['sequence']}",
        "type": fact.kind,
        "orderId": data["orderId"],
        "sequence": data["sequence"],
        "at": fact.at.isoformat(timespec="milliseconds"),
        "subject": data["of"],
        "before": data["before"],
        "after": data["after"],
        "reason": data["reason"],
        "data": details,
    }


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The Qianmian-Signature header: HMAC-SHA256 over the timestamp, a dot, and the body."""
    message = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def retry_in(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    doubled = FIRST_RETRY * 2 ** min(failures - 1, 20)
    return doubled if doubled < LAST_RETRY else LAST_RETRY


async def note_steps(ports: WebhookPorts, act: Act, batch: Batch) -> None:
    """Note for every order that took a step that each webhook is to be told of it."""
    newest = {fact.data["orderId"]: fact.data["sequence"] for fact in batch.facts}
    webhooks = await ports.webhooks.all()
    await ports.webhooks.make_due([one.id for one in webhooks], newest, now=act.at)


async def tell(ports: WebhookPorts, act: Act, *, most: int = MOST_TOLD) -> None:
    """Deliver what is due, which is what was noted by the moment of the act or after it.

    Orders are claimed one by one, so that each is done before its claim ends. A webhook that does
    not answer is left alone until the next time, so that it does not hold the others up.
    """
    known = {webhook.id: webhook for webhook in await ports.webhooks.all()}
    down: set[WebhookId] = set()
    faults: list[Exception] = []
    for _ in range(most):
        now = ports.clock()
        delivery = await ports.webhooks.claim_due(now, until=now + LEASE)
        if delivery is None:
            break
        webhook = known.get(delivery.webhook_id)
        if webhook is None:  # removed just now
            await ports.webhooks.note_progress(delivery, attend_at=None, now=now)
        elif webhook.id in down:
            await ports.webhooks.note_progress(delivery, attend_at=now + FIRST_RETRY, now=now)
        else:
            try:
                if not await _deliver(ports, webhook, delivery, now):
                    down.add(webhook.id)
            except Exception as fault:  # one order's trouble is not the others'
                faults.append(fault)
    if faults:
        raise ExceptionGroup("some orders could not be told of", faults)


async def _deliver(
    ports: WebhookPorts, webhook: Webhook, delivery: Delivery, now: datetime
) -> bool:
    """Send an order's next steps one after the other; the first that fails ends it for now.

    Tells whether all of them were taken.
    """
    numbers = range(delivery.sent + 1, delivery.wanted + 1)[:MOST_IN_A_BATCH]
    facts = await ports.stream.by_ids([step_fact_id(delivery.order_id, one) for one in numbers])
    if len(facts) < len(numbers):
        raise LookupError(f"{delivery.order_id} is to be told of, and some step of it is not known")
    for fact in facts:
        event = event_of(fact)
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "Qianmian-Event-Id": str(event["id"]),
            "Qianmian-Signature": signature(webhook.secret, int(now.timestamp()), body),
        }
        if not await ports.sender.send(webhook.url, body, headers):
            failed = replace(delivery, failures=delivery.failures + 1)
            given_up = failed.failures >= MOST_FAILURES
            attend_at = None if given_up else now + retry_in(failed.failures)
            await ports.webhooks.note_progress(failed, attend_at=attend_at, now=now)
            return False
        delivery = replace(delivery, sent=event["sequence"], failures=0)
    more = delivery.sent < delivery.wanted
    await ports.webhooks.note_progress(delivery, attend_at=now if more else None, now=now)
    return True
