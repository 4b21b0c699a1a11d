"""The versions of the rules of guides' work."""

from domain.guiding.guiding_rules import GuidingRule
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.rule_versions import MongoRuleVersions


def guiding_rules_of(database: Database) -> MongoRuleVersions[GuidingRule]:
    """Those of a database."""
    return MongoRuleVersions(database, "guiding_rules", GuidingRule(), field=["expectedVersion"])
