"""Webhooks and their deliveries in MongoDB.

A fulfilment that was saved is marked as `unpublished`; publishing makes each webhook's delivery of
that order due and takes the mark off, unless the fulfilment was saved again meanwhile.
"""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.webhooks.webhooks import Delivery, Webhook, WebhookId
from storage.mongo.kernel.database import ASCENDING, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import from_document, to_document

MOST_RIVALS = 8


class MongoOutbox:
    """See `domain.webhooks.webhooks.Outbox`."""

    def __init__(self, database: Database) -> None:
        self._webhooks = database["webhooks"]
        self._deliveries = database["deliveries"]
        self._fulfilments = database["fulfilments"]

    async def webhooks(self) -> Sequence[Webhook]:
        """All of them, the oldest first."""
        found = await self._webhooks.find({}).to_list(None)
        return sorted((from_document(Webhook, one) for one in found), key=lambda one: one.id)

    async def add(self, webhook: Webhook) -> None:
        """Keep a webhook."""
        await self._webhooks.insert_one(to_document(webhook))

    async def remove(self, id: WebhookId) -> bool:
        """Forget a webhook and what it was to be told; tell whether there was one."""
        result = await self._webhooks.delete_one({"_id": id})
        await self._deliveries.delete_many({"webhook_id": id})
        return result.deleted_count == 1

    async def publish(self, webhooks: Sequence[Webhook], *, now: datetime, most: int) -> None:
        """Note for every order that took a step that each webhook is to be told of it."""
        marked = self._fulfilments.find({"unpublished": True}, {"version": 1}).limit(most)
        for found in await marked.to_list(None):
            for webhook in webhooks:
                await self._make_due(webhook.id, found["_id"], now)
            await self._fulfilments.update_one(
                {"_id": found["_id"], "version": found["version"]},
                {"$set": {"unpublished": False}},
            )

    async def claim_due(self, now: datetime, *, until: datetime) -> Delivery | None:
        """Claim the delivery that is due longest, so that nobody else gets it before `until`."""
        due = self._deliveries.find({"waiting": True, "attend_at": {"$lte": now}})
        # Others may claim the first few of them at the same time.
        for found in await due.sort("attend_at", ASCENDING).limit(MOST_RIVALS).to_list(None):
            result = await self._deliveries.update_one(
                {"_id": found["_id"], "attend_at": found["attend_at"]},
                {"$set": {"attend_at": until, "news": False}},
            )
            if result.matched_count:
                return from_document(Delivery, found)
        return None

    async def save(self, delivery: Delivery, *, attend_at: datetime | None, now: datetime) -> None:
        """Note how far a delivery has come, and when to go on; None if all is told for now."""
        key = _key(delivery.webhook_id, delivery.order_id)
        progress: Document = {"sent": delivery.sent, "failures": delivery.failures}
        if attend_at is not None:
            progress["attend_at"] = attend_at
            await self._deliveries.update_one({"_id": key}, {"$set": progress})
            return
        result = await self._deliveries.update_one(
            {"_id": key, "news": False}, {"$set": {**progress, "waiting": False}}
        )
        if result.matched_count == 0:
            await self._deliveries.update_one(
                {"_id": key}, {"$set": {**progress, "attend_at": now}}
            )

    async def failing(self) -> Mapping[WebhookId, int]:
        """For each webhook, of how many orders it could not be told at the last try."""
        counted = self._deliveries.aggregate(
            [
                {"$match": {"failures": {"$gt": 0}}},
                {"$group": {"_id": "$webhook_id", "orders": {"$sum": 1}}},
            ]
        )
        return {WebhookId(one["_id"]): one["orders"] async for one in counted}

    async def _make_due(self, webhook_id: WebhookId, order_id: str, now: datetime) -> None:
        """Have a webhook told of an order; whoever is telling it just now goes on with this."""
        key = _key(webhook_id, order_id)
        first = Delivery(webhook_id=webhook_id, order_id=order_id)
        with contextlib.suppress(DuplicateKeyError):
            await self._deliveries.insert_one(
                {
                    "_id": key,
                    "webhook_id": first.webhook_id,
                    "order_id": first.order_id,
                    "sent": first.sent,
                    "failures": first.failures,
                    "waiting": True,
                    "attend_at": now,
                    "news": True,
                }
            )
            return
        await self._deliveries.update_one(
            {"_id": key, "waiting": False},
            {"$set": {"waiting": True, "attend_at": now, "news": True}},
        )
        await self._deliveries.update_one({"_id": key}, {"$set": {"news": True}})


def _key(webhook_id: WebhookId, order_id: str) -> str:
    return f"{webhook_id}:{order_id}"
