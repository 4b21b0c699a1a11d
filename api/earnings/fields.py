"""What this group adds to the schema: its own, and a field of others' types."""

from api.earnings import attribution, commission, ledger

ADDED = (commission.commission,)
QUERIES = (*ledger.QUERIES, *attribution.QUERIES)
MUTATIONS = ledger.MUTATIONS
