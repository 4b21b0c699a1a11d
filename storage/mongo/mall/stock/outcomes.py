"""The outcomes of promises in MongoDB, one small document each."""

from storage.mongo.kernel.database import Database, DuplicateKeyError


class MongoOutcomes:
    """Outcomes; see `domain.mall.fulfilment.stock_shelves.Outcomes`."""

    def __init__(self, database: Database) -> None:
        self._outcomes = database["promise_outcomes"]

    async def of(self, promise_id: str) -> bool | None:
        """Whether a promise stands; None while nobody has decided."""
        found = await self._outcomes.find_one({"_id": promise_id})
        return bool(found["stands"]) if found else None

    async def decide(self, promise_id: str, stands: bool) -> bool:
        """Decide it for everybody, unless somebody was faster; answer what was decided."""
        try:
            await self._outcomes.insert_one({"_id": promise_id, "stands": stands})
        except DuplicateKeyError:
            return bool(await self.of(promise_id))
        return stands
