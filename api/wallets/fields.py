"""What this group adds to the schema."""

from api.wallets import points, points_rules, tills

QUERIES = (*points.QUERIES, *points_rules.QUERIES)
MUTATIONS = (*points.MUTATIONS, *points_rules.MUTATIONS, *tills.MUTATIONS)
