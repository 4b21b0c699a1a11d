"""The versions of the rules of points, in memory by the stream of changes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from domain.kernel.refusals import Conflict
from domain.wallets.points_rules import PointsRule
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import from_document, to_document

RULES = "points_rules"


class MongoPointsRules:
    """See `domain.wallets.points_rules.PointsRules`."""

    def __init__(self, database: Database) -> None:
        self._rules = database[RULES]
        self._newest = PointsRule()

    def now(self) -> PointsRule:
        """The newest version, as known in this process; version 0 where none was ever set."""
        return self._newest

    async def add(self, rule: PointsRule) -> None:
        """Write a version down; Conflict where it is there already, or the one before it is not."""
        newest = max((one.version for one in await self.versions()), default=0)
        try:
            if newest == rule.version - 1:
                await self._rules.insert_one(to_document(rule, key="version"))
                self._take(rule)
                return
        except DuplicateKeyError:
            pass
        raise Conflict(
            "Somebody else has set other terms; load them again and repeat.",
            field=["expectedVersion"],
        )

    async def versions(self) -> Sequence[PointsRule]:
        """All versions, the newest first."""
        found = await self._rules.find({}).to_list(None)
        rules = [from_document(PointsRule, one, key="version") for one in found]
        return sorted(rules, key=lambda one: -one.version)

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """Whose changes matter; it reads the documents itself."""
        return {RULES: ()}

    async def opened(self) -> None:
        """Load everything."""
        for rule in await self.versions():
            self._take(rule)

    async def replaced(self, collection: str) -> None:
        """Read the collection again, which may have been put back from a backup."""
        self._newest = PointsRule()
        await self.opened()

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """Read what is new."""
        await self.opened()

    def in_step(self) -> None:
        """Nobody waits for this."""

    def _take(self, rule: PointsRule) -> None:
        if rule.version > self._newest.version:
            self._newest = rule
