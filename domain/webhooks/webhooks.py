"""What outside systems are told of orders: every step, in order for each order, at least once."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NewType, Protocol
from urllib.parse import urlsplit

from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound
from domain.mall.fulfilment.fulfilments import PART, Fulfilment
from domain.mall.fulfilment.ports import Fulfilments
from domain.mall.fulfilment.refunds import PAYMENT, REFUND
from domain.mall.fulfilment.returning import RETURN, find
from domain.people.viewer import Role, Viewer

WebhookId = NewType("WebhookId", str)

# How long whoever delivers keeps an order's events to itself; sending a batch must fit in it.
LEASE = timedelta(seconds=60)
MOST_IN_A_BATCH = 8
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
    """How far one webhook has been told of one order: the first `sent` steps have arrived."""

    webhook_id: WebhookId
    order_id: str
    sent: int = 0
    failures: int = 0


class Outbox(Protocol):
    """The webhooks, and what each is still to be told."""

    async def webhooks(self) -> Sequence[Webhook]:
        """All of them, the oldest first."""

    async def add(self, webhook: Webhook) -> None:
        """Keep a webhook."""

    async def remove(self, id: WebhookId) -> bool:
        """Forget a webhook and what it was to be told; tell whether there was one."""

    async def publish(self, webhooks: Sequence[Webhook], *, now: datetime, most: int) -> None:
        """Note for every order that took a step that each webhook is to be told of it."""

    async def claim_due(self, now: datetime, *, until: datetime) -> Delivery | None:
        """Claim the delivery that is due longest, so that nobody else gets it before `until`."""

    async def save(self, delivery: Delivery, *, attend_at: datetime | None, now: datetime) -> None:
        """Note how far a delivery has come, and when to go on; None if all is told for now.

        Where steps were taken since it was claimed, it goes on at once.
        """

    async def failing(self) -> Mapping[WebhookId, int]:
        """For each webhook, of how many orders it could not be told at the last try."""


class Sender(Protocol):
    """Carries signed messages to webhooks."""

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the address has taken it: any answer of 200 to 299 within its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPorts(Ports):
    """The ports that telling outside systems needs."""

    outbox: Outbox
    sender: Sender
    fulfilments: Fulfilments


async def add_webhook(
    outbox: Outbox,
    viewer: Viewer,
    url: str,
    *,
    now: datetime,
    new_id: Callable[[str], str],
    secret: str,
) -> Webhook:
    """Tell an address of every order from its next step on, with what came before it."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise Invalid("Give an address that starts with https://.", field=["url"])
    webhook = Webhook(
        id=WebhookId(new_id("webhook")),
        url=url,
        secret=secret,
        created_by=viewer.id,
        created_at=now,
    )
    await outbox.add(webhook)
    return webhook


async def remove_webhook(outbox: Outbox, viewer: Viewer, id: str) -> None:
    """Tell an address no more."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    if not await outbox.remove(WebhookId(id)):
        raise NotFound(f"There is no webhook {id}; look its id up in the list.")


def event_of(fulfilment: Fulfilment, number: int) -> dict[str, Any]:
    """The step of this number, counted from 0, as it is told: JSON values only."""
    step = fulfilment.history[number]
    return {
        "id": f"{fulfilment.id}:{number + 1}",
        "type": f"{step.kind.replace(' ', '_')}.{step.after.lower()}",
        "orderId": fulfilment.id,
        "sequence": number + 1,
        "at": step.at.isoformat(timespec="milliseconds"),
        "subject": step.subject,
        "before": step.before,
        "after": step.after,
        "reason": step.reason,
        "data": _details(fulfilment, step.kind, step.subject),
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


async def tell(telling: WebhookPorts, *, clock: Callable[[], datetime], most: int = 50) -> None:
    """Publish the steps that were taken, and deliver what is due.

    Orders are claimed one by one, so that each is done before its claim ends. A webhook that does
    not answer is left alone until the next time, so that it does not hold the others up.
    """
    webhooks = await telling.outbox.webhooks()
    await telling.outbox.publish(webhooks, now=clock(), most=most)
    known = {webhook.id: webhook for webhook in webhooks}
    down: set[WebhookId] = set()
    for _ in range(most):
        now = clock()
        delivery = await telling.outbox.claim_due(now, until=now + LEASE)
        if delivery is None:
            return
        webhook = known.get(delivery.webhook_id)
        if webhook is None:  # removed just now
            await telling.outbox.save(delivery, attend_at=None, now=now)
        elif webhook.id in down:
            await telling.outbox.save(delivery, attend_at=now + FIRST_RETRY, now=now)
        elif not await _deliver(telling, webhook, delivery, now):
            down.add(webhook.id)


async def _deliver(
    telling: WebhookPorts, webhook: Webhook, delivery: Delivery, now: datetime
) -> bool:
    """Send an order's next steps one after the other; the first that fails ends it for now.

    Tells whether all of them were taken.
    """
    fulfilment = await telling.fulfilments.by_id(delivery.order_id)
    if fulfilment is None:
        raise LookupError(f"{delivery.order_id} is to be told of and does not exist")
    for number in range(delivery.sent, len(fulfilment.history))[:MOST_IN_A_BATCH]:
        event = event_of(fulfilment, number)
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "Qianmian-Event-Id": str(event["id"]),
            "Qianmian-Signature": signature(webhook.secret, int(now.timestamp()), body),
        }
        if not await telling.sender.send(webhook.url, body, headers):
            failed = replace(delivery, failures=delivery.failures + 1)
            given_up = failed.failures >= MOST_FAILURES
            attend_at = None if given_up else now + retry_in(failed.failures)
            await telling.outbox.save(failed, attend_at=attend_at, now=now)
            return False
        delivery = replace(delivery, sent=number + 1, failures=0)
    more = delivery.sent < len(fulfilment.history)
    await telling.outbox.save(delivery, attend_at=now if more else None, now=now)
    return True


def _details(fulfilment: Fulfilment, kind: str, subject: str) -> dict[str, Any]:
    if kind == PAYMENT:
        return {"amountFen": fulfilment.payment.amount}
    if kind == REFUND:
        refund = next(one for one in fulfilment.payment.refunds if one.id == subject)
        return {"amountFen": refund.amount}
    if kind == RETURN:
        found = find(fulfilment, subject)
        return {"storeId": found.store_id, "units": dict(found.units)}
    if kind == PART:
        part = fulfilment.part(subject)
        return {
            "storeId": part.store_id,
            "units": dict(part.units),
            "carrier": part.carrier,
            "trackingNumber": part.tracking_number,
        }
    return {}
