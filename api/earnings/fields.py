"""What this group adds to the schema: its own, and a field of others' types."""

from api.earnings import commission, ledger

ADDED = (commission.commission,)
QUERIES = ledger.QUERIES
MUTATIONS = ledger.MUTATIONS
