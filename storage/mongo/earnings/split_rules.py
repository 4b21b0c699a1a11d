"""The versions of the rule by which orders are split, and how long a link counts by it."""

from datetime import timedelta

from domain.earnings.split_rules import FIRST_RULE, SplitRule
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.rule_versions import MongoRuleVersions


class MongoSplitRules(MongoRuleVersions[SplitRule]):
    """One document for each version; see `domain.sharing.attribution.CreditWindow`, too."""

    def __init__(self, database: Database) -> None:
        field = ["input", "expectedVersion"]
        super().__init__(database, "split_rules", FIRST_RULE, field=field)

    def window(self) -> timedelta:
        """How long a visit through a link counts, as known in this process."""
        return self.now().window
