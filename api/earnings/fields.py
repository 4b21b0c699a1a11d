"""What this group adds to the schema: its own, and a field of others' types."""

from api.earnings import (
    attribution,
    bills,
    commission,
    crediting,
    effects,
    guide_payees,
    ledger,
    payees,
    payouts,
    rankings,
    split_rules,
    statements,
    transfers,
    viewing,
)

ADDED = (commission.commission,)
QUERIES = (
    *ledger.QUERIES,
    *split_rules.QUERIES,
    *attribution.QUERIES,
    *crediting.QUERIES,
    *statements.QUERIES,
    *payouts.QUERIES,
    *payees.QUERIES,
    *guide_payees.QUERIES,
    *rankings.QUERIES,
    *effects.QUERIES,
    *transfers.QUERIES,
    *bills.QUERIES,
    *viewing.QUERIES,
)
MUTATIONS = (
    *ledger.MUTATIONS,
    *split_rules.MUTATIONS,
    *statements.MUTATIONS,
    *payouts.MUTATIONS,
    *payees.MUTATIONS,
    *guide_payees.MUTATIONS,
    *transfers.MUTATIONS,
    *bills.MUTATIONS,
)
