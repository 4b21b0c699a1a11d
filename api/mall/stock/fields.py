"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.mall.stock import transfers
from api.mall.stock.safety import SafetyMutation, SafetyQuery
from api.mall.stock.stock import StockMutation, StockQuery

QUERIES = (
    *fields_of(SafetyQuery),
    *transfers.QUERIES,
    *fields_of(StockQuery),
)
MUTATIONS = (
    *fields_of(SafetyMutation),
    *transfers.MUTATIONS,
    *fields_of(StockMutation),
)
