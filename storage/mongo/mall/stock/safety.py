"""Safety stock rules in MongoDB, one small document each."""

from collections.abc import Mapping

from domain.mall.stock.safety import SafetyRule
from domain.mall.stock.stocking import AppliedState
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import converter, from_document


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
        """Note one, unless others had a doubt since its own; tell whether it was noted."""
        wanted = {
            "_id": applied.store_id,
            "doubt": applied.doubt,
            "version": {"$gte": 0, "$lte": applied.version},
        }
        noted = {"state": applied.state, "version": applied.version, "doubt": None}
        return (await self._states.update_one(wanted, {"$set": noted})).matched_count == 1

    async def doubt(self, store_id: StoreId, doubt: str, *, version: int = 0) -> None:
        """Have a store's state applied anew, no older one than of a version."""
        update = {"$set": {"state": None, "doubt": doubt}, "$max": {"version": version}}
        await self._states.update_one({"_id": store_id}, update, upsert=True)
