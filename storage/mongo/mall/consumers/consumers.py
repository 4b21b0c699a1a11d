"""What is remembered of consumers in MongoDB."""

from collections.abc import Mapping, Sequence

from domain.kernel.ids import PersonId
from domain.kernel.sealing import KeyRing
from domain.mall.consumers.profiles import Consumer
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import from_document, one_of, save_version, to_document
from storage.mongo.kernel.personal import ADDRESS, closed, opened


class MongoConsumers:
    """One document for each consumer; the database forgets them at their moment.

    Their addresses are sealed.
    """

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._consumers = database["consumers"]
        self._ring = ring

    async def by_id(self, id: PersonId) -> Consumer | None:
        """What is remembered of one."""
        return (await self.by_ids([id])).get(id)

    async def by_ids(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Consumer]:
        """What is remembered of those of whom anything is."""
        found = await self._consumers.find({"_id": one_of(ids)}).to_list(None)
        return {one["_id"]: self._consumer(one) for one in found}

    def _consumer(self, found: Document) -> Consumer:
        plain = [opened(self._ring, one, found["_id"]) for one in found.get("addresses", ())]
        return from_document(Consumer, {**found, "addresses": plain})

    async def save(self, consumer: Consumer, *, expected: int) -> None:
        """Write it over its expected version, 0 for none; Conflict if it has another."""
        document = to_document(consumer)
        document["addresses"] = [
            closed(self._ring, one, ADDRESS, consumer.id) for one in document["addresses"]
        ]
        await save_version(self._consumers, document, expected=expected)

    async def forget(self, id: PersonId) -> None:
        """Forget one."""
        await self._consumers.delete_one({"_id": id})
