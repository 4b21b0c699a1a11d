"""The versions of a rule in MongoDB, in memory by the stream of changes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic

from domain.kernel.refusals import Conflict
from domain.kernel.rule_versions import R
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import all_of, to_document


class MongoRuleVersions(Generic[R]):
    """See `domain.kernel.rule_versions.RuleVersions`; one document a version in a collection.

    `first` holds before any is set, and says of what kind they are; `field` is blamed for Conflict.
    """

    def __init__(
        self, database: Database, collection: str, first: R, *, field: Sequence[str]
    ) -> None:
        self._name = collection
        self._rules = database[collection]
        self._first = first
        self._newest = first
        self._field = field

    def now(self) -> R:
        """The newest version, as known in this process."""
        return self._newest

    async def add(self, rule: R) -> None:
        """Write a version down; Conflict where it is there already, or the one before is not."""
        newest = max((one.version for one in await self.versions()), default=0)
        try:
            if newest == rule.version - 1:
                await self._rules.insert_one(to_document(rule, key="version"))
                self._take(rule)
                return
        except DuplicateKeyError:
            pass
        raise Conflict(
            "Somebody else has set another version; load the newest and repeat.",
            field=self._field,
        )

    async def versions(self) -> Sequence[R]:
        """All versions that were ever set, the newest first."""
        found = await self._rules.find({}).to_list(None)
        rules = all_of(type(self._first), found, key="version")
        return sorted(rules, key=lambda one: -one.version)

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """Whose changes matter; it reads the documents itself."""
        return {self._name: ()}

    async def opened(self) -> None:
        """Load everything."""
        for rule in await self.versions():
            self._take(rule)

    async def replaced(self, collection: str) -> None:
        """Read the collection again, which may have been put back from a backup."""
        self._newest = self._first
        await self.opened()

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """Read what is new."""
        await self.opened()

    def in_step(self) -> None:
        """Nobody waits for this."""

    def _take(self, rule: R) -> None:
        if rule.version > self._newest.version:
            self._newest = rule
