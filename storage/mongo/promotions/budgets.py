"""What is taken of offers' budgets in MongoDB."""

from collections.abc import Collection, Mapping

from domain.promotions.budgets import FEN, USES
from domain.promotions.offers import OfferId
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import find_by_ids


class MongoSpent:
    """See `domain.promotions.budgets.Spent`."""

    def __init__(self, database: Database) -> None:
        self._budgets = database["offer_budgets"]

    async def spent(self, ids: Collection[OfferId]) -> Mapping[OfferId, Mapping[str, int]]:
        """So many fen and uses of each offer; of one of which nothing is counted there is none."""
        found = await find_by_ids(self._budgets, sorted(ids), {FEN: 1, USES: 1})
        return {OfferId(one["_id"]): {name: -one[name] for name in (FEN, USES)} for one in found}
