"""Safety stock rules in MongoDB, one small document each."""

from domain.mall.stock.safety import SafetyRule
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import converter


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
