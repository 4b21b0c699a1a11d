"""Webhooks and their deliveries in MongoDB."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.webhooks.webhooks import Delivery, Webhook, WebhookId
from storage.mongo.kernel.database import (
    ASCENDING,
    Database,
    Document,
)
from storage.mongo.kernel.documents import all_of, from_document, insert_new, to_document

MOST_RIVALS = 8
BATCH = 100


class MongoWebhooks:
    """A document for each webhook, and one for each webhook and order that it is told of."""

    def __init__(self, database: Database) -> None:
        self._webhooks = database["webhooks"]
        self._deliveries = database["deliveries"]

    async def all(self) -> Sequence[Webhook]:
        """All of them, the oldest first."""
        found = await self._webhooks.find({}).to_list(None)
        return sorted(all_of(Webhook, found), key=lambda one: one.id)

    async def add(self, webhook: Webhook) -> None:
        """Keep a webhook."""
        await self._webhooks.insert_one(to_document(webhook))

    async def remove(self, id: WebhookId) -> bool:
        """Forget a webhook and what it was to be told; tell whether there was one."""
        result = await self._webhooks.delete_one({"_id": id})
        await self._deliveries.delete_many({"webhook_id": id})
        return result.deleted_count == 1

    async def make_due(
        self, ids: Sequence[WebhookId], newest: Mapping[str, int], *, now: datetime
    ) -> None:
        """Have these webhooks told of orders up to the newest step of each; again, it is the same.

        A delivery that does not wait was due in the past, and is due at once when it waits again.
        """
        known: dict[int, list[str]] = defaultdict(list)
        for webhook_id in ids:
            orders = list(newest.items())
            for start in range(0, len(orders), BATCH):
                some = dict(orders[start : start + BATCH])
                for order_id in await self._begin(webhook_id, some, now):
                    known[some[order_id]].append(_key(webhook_id, order_id))
        # One command for all orders that have come to the same step costs less than one for each.
        for number, keys in known.items():
            for start in range(0, len(keys), BATCH):
                await self._deliveries.update_many(
                    {"_id": {"$in": keys[start : start + BATCH]}},
                    {"$max": {"wanted": number}, "$set": {"waiting": True}},
                )

    async def _begin(
        self, webhook_id: WebhookId, newest: Mapping[str, int], now: datetime
    ) -> Sequence[str]:
        """Write the deliveries of orders that a webhook knows nothing of; answer the others."""
        orders = list(newest)
        begun = [
            {
                "_id": _key(webhook_id, order_id),
                "webhook_id": webhook_id,
                "order_id": order_id,
                "wanted": newest[order_id],
                "sent": 0,
                "failures": 0,
                "waiting": True,
                "attend_at": now,
            }
            for order_id in orders
        ]
        return [one["order_id"] for one in await insert_new(self._deliveries, begun)]

    async def claim_due(self, now: datetime, *, until: datetime) -> Delivery | None:
        """Claim the delivery that is due longest, so that nobody else gets it before `until`."""
        due = self._deliveries.find({"waiting": True, "attend_at": {"$lte": now}})
        # Others may claim the first few of them at the same time.
        for found in await due.sort("attend_at", ASCENDING).limit(MOST_RIVALS).to_list(None):
            result = await self._deliveries.update_one(
                {"_id": found["_id"], "attend_at": found["attend_at"]},
                {"$set": {"attend_at": until}},
            )
            if result.matched_count:
                return from_document(Delivery, found)
        return None

    async def note_progress(
        self, delivery: Delivery, *, attend_at: datetime | None, now: datetime
    ) -> None:
        """Note how far a delivery has come, and when to go on; None if all is told for now."""
        here = {"_id": _key(delivery.webhook_id, delivery.order_id)}
        progress: Document = {"sent": delivery.sent, "failures": delivery.failures}
        if attend_at is None:
            done = {"$set": {**progress, "waiting": False, "attend_at": now}}
            unless_more = {**here, "wanted": delivery.wanted}
            if (await self._deliveries.update_one(unless_more, done)).matched_count:
                return
        go_on = {"$set": {**progress, "attend_at": attend_at or now}}
        await self._deliveries.update_one(here, go_on)

    async def failing(self) -> Mapping[WebhookId, int]:
        """For each webhook, of how many orders it could not be told at the last try."""
        counted = self._deliveries.aggregate(
            [
                {"$match": {"failures": {"$gt": 0}}},
                {"$group": {"_id": "$webhook_id", "orders": {"$sum": 1}}},
            ]
        )
        return {WebhookId(one["_id"]): one["orders"] async for one in counted}


def _key(webhook_id: WebhookId, order_id: str) -> str:
    return f"{webhook_id}:{order_id}"
