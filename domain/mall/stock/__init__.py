"""The stock that a region sells from: pools, feeds, safety stock, transfers, the ledger."""
