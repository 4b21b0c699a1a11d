"""What guides earned by day and by month, in MongoDB."""

from collections.abc import Mapping, Sequence

from domain.earnings.journals import EARNED
from domain.kernel.money import Fen
from domain.people.accounts import GuideId
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import find_by_ids


class MongoEarned:
    """One document for each guide and period, the target of counts."""

    def __init__(self, database: Database) -> None:
        self._earned = database["earned"]

    async def of_period(self, period: str) -> Mapping[GuideId, Fen]:
        """What each guide earned in a day or a month; one round trip."""
        fields = {"guide_id": 1, EARNED: 1}
        found = await self._earned.find({"period": period}, fields).to_list(None)
        return {one["guide_id"]: Fen(one[EARNED]) for one in found}

    async def of_guides(
        self, guide_ids: Sequence[GuideId], periods: Sequence[str]
    ) -> Mapping[tuple[GuideId, str], Fen]:
        """What guides earned in days or months in which they did; one round trip."""
        keys = [f"{period}|{guide_id}" for period in periods for guide_id in guide_ids]
        found = await find_by_ids(self._earned, keys)
        return {(one["guide_id"], one["period"]): Fen(one[EARNED]) for one in found}
