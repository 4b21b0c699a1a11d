"""What is remembered of consumers in MongoDB."""

from domain.kernel.ids import PersonId
from domain.mall.consumers.profiles import Consumer
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document, save_version, to_document


class MongoConsumers:
    """One document for each consumer; the database forgets them at their moment."""

    def __init__(self, database: Database) -> None:
        self._consumers = database["consumers"]

    async def by_id(self, id: PersonId) -> Consumer | None:
        """What is remembered of one."""
        found = await self._consumers.find_one({"_id": id})
        return from_document(Consumer, found) if found else None

    async def save(self, consumer: Consumer, *, expected: int) -> None:
        """Write it over its expected version, 0 for none; Conflict if it has another."""
        await save_version(self._consumers, to_document(consumer), expected=expected)

    async def forget(self, id: PersonId) -> None:
        """Forget one."""
        await self._consumers.delete_one({"_id": id})
