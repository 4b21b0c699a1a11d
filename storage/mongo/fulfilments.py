"""The fulfilments of orders in MongoDB, one document each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.mall.fulfilment import Fulfilment, PartState
from domain.mall.stores import StoreId
from storage.mongo.database import ASCENDING, Database
from storage.mongo.documents import from_document, save_version, to_document


class MongoFulfilments:
    """Each fulfilment under its order's id.

    Beside the value a document has `queues`, one word for each live part and where it waits, and
    `attend_at`, when the whole needs attention.
    """

    def __init__(self, database: Database) -> None:
        self._fulfilments = database["fulfilments"]

    async def by_id(self, id: str) -> Fulfilment | None:
        """The fulfilment of an order."""
        found = await self._fulfilments.find_one({"_id": id})
        return from_document(Fulfilment, found) if found else None

    async def save(self, fulfilment: Fulfilment, *, attend_at: datetime | None) -> Fulfilment:
        """Write it over the version that it was made from and answer the new version."""
        saved = replace(fulfilment, version=fulfilment.version + 1)
        document = to_document(saved)
        document["queues"] = [_queue(part.store_id, part.state) for part in saved.live_parts()]
        document["waiting"] = attend_at is not None
        document["attend_at"] = attend_at
        await save_version(self._fulfilments, document, expected=fulfilment.version)
        return saved

    async def claim_due(self, now: datetime, *, until: datetime, most: int) -> Sequence[str]:
        """Claim orders that need attention by now, so that nobody else gets them before `until`."""
        due = self._fulfilments.find(
            {"waiting": True, "attend_at": {"$lte": now}}, {"attend_at": 1}
        ).sort("attend_at", ASCENDING)
        claimed = []
        for found in await due.limit(most).to_list(None):
            result = await self._fulfilments.update_one(
                {"_id": found["_id"], "attend_at": found["attend_at"]},
                {"$set": {"attend_at": until}},
            )
            if result.matched_count:
                claimed.append(found["_id"])
        return claimed


def _queue(store_id: StoreId | None, state: PartState) -> str:
    return f"{store_id or ''}:{state}"
