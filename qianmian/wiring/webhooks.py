"""Telling outside systems of what happened."""

from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.webhooks.webhooks import WebhookPorts, tell
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from storage.mongo.webhooks.webhooks import MongoOutbox
from storage.outside.webhooks import HttpSender

# Webhooks hear of a step at most this long after it was taken.
TELL_EVERY_S = 1.0


def webhook_ports(base: Foundation, fulfilment: FulfilmentPorts) -> WebhookPorts:
    """Webhooks and what they have been told."""
    return WebhookPorts(
        outbox=base.made(MongoOutbox),
        sender=HttpSender(base.http),
        fulfilments=fulfilment.fulfilments,
    )


def webhook_jobs(webhooks: WebhookPorts) -> tuple[Job, ...]:
    """What the clock does for webhooks."""
    return (
        Job(
            name="telling of webhooks",
            work=lambda _: tell(webhooks, clock=now),
            every_s=TELL_EVERY_S,
        ),
    )
