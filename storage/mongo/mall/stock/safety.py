"""Safety stock rules in MongoDB, one small document each."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.mall.stock.safety import SafetyRule
from domain.mall.stock.stocking import AppliedState, SafetyDoubt
from domain.network.stores import StoreId
from storage.mongo.kernel.database import EARLIEST, Database
from storage.mongo.kernel.documents import all_of, converter, replace_all, to_document


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
        await replace_all(self._rules, [document])

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
        read = all_of(AppliedState, found, key="store_id")
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


class MongoSafetyDoubts:
    """Doubts; see `domain.mall.stock.stocking.SafetyDoubts`."""

    def __init__(self, database: Database) -> None:
        self._doubts = database["safety_doubts"]

    async def put(self, doubt: SafetyDoubt) -> None:
        """Write one down, or when it is looked at next."""
        await replace_all(self._doubts, [to_document(doubt)])

    async def end(self, ids: Collection[str]) -> None:
        """Forget some."""
        await self._doubts.delete_many({"_id": {"$in": list(ids)}})

    async def due(self, now: datetime, most: int) -> Sequence[SafetyDoubt]:
        """Those that are to be looked at by now."""
        wanted = {"look_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._doubts.find(wanted).limit(most).to_list(None)
        return all_of(SafetyDoubt, found)

    async def all(self) -> Sequence[SafetyDoubt]:
        """Every doubt."""
        found = await self._doubts.find({}).to_list(None)
        return all_of(SafetyDoubt, found)
