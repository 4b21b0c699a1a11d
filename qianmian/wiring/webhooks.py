"""Telling outside systems of what happened."""

import secrets

from domain.kernel.facts import Follower
from domain.mall.fulfilment.step_facts import STEP_FACTS
from domain.webhooks.webhooks import WebhookPorts, note_steps, tell
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.mongo.kernel.facts import MongoStream
from storage.mongo.webhooks.webhooks import MongoWebhooks
from storage.outside.webhooks import HttpSender

# Webhooks hear of a step at most this long after it was noted.
TELL_EVERY_S = 0.5


def webhook_ports(base: Foundation) -> WebhookPorts:
    """Webhooks and what they have been told."""
    return WebhookPorts(
        webhooks=base.made(MongoWebhooks),
        sender=HttpSender(base.http),
        stream=base.made(MongoStream),
        clock=now,
        new_secret=secrets.token_urlsafe,
    )


def webhook_followers(webhooks: WebhookPorts) -> tuple[Follower, ...]:
    """What webhooks follow."""
    return (follower("webhooks", STEP_FACTS, note_steps, webhooks),)


def webhook_jobs(webhooks: WebhookPorts) -> tuple[Job, ...]:
    """What the clock does for webhooks."""
    return (
        Job(
            name="telling of webhooks",
            work=lambda act: tell(webhooks, act),
            every_s=TELL_EVERY_S,
        ),
    )
