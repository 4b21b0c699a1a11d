"""The versions of the rule by which orders are split, in MongoDB."""

from collections.abc import Sequence

from domain.earnings.terms import SplitRule
from domain.kernel.refusals import Conflict
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import from_document, to_document


class MongoSplitRules:
    """One document for each version."""

    def __init__(self, database: Database) -> None:
        self._rules = database["split_rules"]

    async def all(self) -> Sequence[SplitRule]:
        """The versions in their order, without the first rule."""
        found = await self._rules.find({}).to_list(None)
        rules = [from_document(SplitRule, one, key="version") for one in found]
        return sorted(rules, key=lambda rule: rule.version)

    async def add(self, rule: SplitRule) -> None:
        """Add a version; Conflict where there is one of its number."""
        try:
            await self._rules.insert_one(to_document(rule, key="version"))
        except DuplicateKeyError:
            raise Conflict(
                "Somebody else has set the rule since you loaded it; load it again and repeat.",
                field=["input", "expectedVersion"],
            ) from None
