"""The versions of the rules of points."""

from domain.wallets.points_rules import PointsRule
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.rule_versions import MongoRuleVersions


def points_rules_of(database: Database) -> MongoRuleVersions[PointsRule]:
    """Those of a database."""
    return MongoRuleVersions(database, "points_rules", PointsRule(), field=["expectedVersion"])
