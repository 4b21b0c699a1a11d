"""Safety stock rules in MongoDB, one small document each."""

from collections.abc import Mapping

from domain.mall.stock.safety import SafetyRule
from domain.mall.stock.stocking import AppliedState
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import converter, from_document, to_document


class MongoSafetyRules:
    """Safety rules; see `domain.mall.stock.safety.SafetyRules`."""

    def __init__(self, database: Database) -> None:
        self._rules = database["safety_rules"]

    async def all(self) -> list[SafetyRule]:
        """Every rule."""
        found = await self._rules.find({}).to_list(None)
        return [converter.structure(one, SafetyRule) for one in found]

    async def put(self, rule: SafetyRule) -> None:
        """Write a rule over the one of its scope."""
        document = {"_id": rule.id, **converter.unstructure(rule)}
        await self._rules.replace_one({"_id": rule.id}, document, upsert=True)

    async def remove(self, id: str) -> bool:
        """Forget a rule; tell whether there was one."""
        return (await self._rules.delete_one({"_id": id})).deleted_count == 1


class MongoAppliedStates:
    """The states that stores' stock follows; see `domain.mall.stock.stocking.AppliedStates`."""

    def __init__(self, database: Database) -> None:
        self._states = database["applied_states"]

    async def all(self) -> Mapping[StoreId, AppliedState]:
        """Those of stores that have ever been paused or closed."""
        found = await self._states.find({}).to_list(None)
        read = [from_document(AppliedState, one, key="store_id") for one in found]
        return {one.store_id: one for one in read}

    async def put(self, applied: AppliedState) -> bool:
        """Note one, unless that of a later version is there; tell whether it was noted."""
        document = to_document(applied, key="store_id")
        wanted = {"_id": applied.store_id, "version": {"$gte": 0, "$lte": applied.version}}
        try:
            # Where a later version is there, this tries to insert a second one of the same id.
            await self._states.replace_one(wanted, document, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def doubt(self, store_id: StoreId) -> None:
        """Have it applied anew."""
        update = {"$set": {"state": None, "version": 0}}
        await self._states.update_one({"_id": store_id}, update)
