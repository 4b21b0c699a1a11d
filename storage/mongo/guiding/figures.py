"""Figures of guides' work and the titles that are made of them, in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.guiding.figures import FIGURES, WorkFigure
from domain.guiding.guide_sales import GuideSale
from domain.guiding.titles import TitleRoll
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    insert_new,
    to_document,
)


class MongoFigures:
    """See `domain.guiding.figures.Figures`."""

    def __init__(self, database: Database) -> None:
        self._figures = database["guide_figures"]
        self._buyers = database["guide_buyers"]
        self._sales = database["guide_sales"]

    async def of(self, lists: Sequence[str]) -> Sequence[WorkFigure]:
        """Those of some lists, by subject; one round trip."""
        found = self._figures.find({"list": {"$in": list(lists)}}).batch_size(20_000)
        figures = [
            WorkFigure(
                subject=one["subject"],
                store_id=one["store_id"],
                values={name: one[name] for name in FIGURES if name in one},
            )
            for one in await found.to_list(None)
        ]
        return sorted(figures, key=lambda one: one.subject)

    async def came_back(self, pairs: Mapping[str, str]) -> frozenset[str]:
        """Of orders, each by its guide and buyer, which ones their first was before."""
        firsts: dict[str, str] = {}
        for order, pair in pairs.items():
            firsts.setdefault(pair, order)
        new = [{"_id": pair, "order": order} for pair, order in firsts.items()]
        await insert_new(self._buyers, new)
        found = await find_by_ids(self._buyers, list(firsts))
        known = {one["_id"]: one["order"] for one in found}
        return frozenset(order for order, pair in pairs.items() if known[pair] != order)

    async def first_sale(self, since: datetime, until: datetime) -> GuideSale | None:
        """The first that any guide is credited for in some time."""
        wanted = {"sold_at": {"$gte": since, "$lt": until}, "guide_id": {"$gt": ""}}
        found = await self._sales.find(wanted).sort("sold_at").limit(1).to_list(None)
        return from_document(GuideSale, found[0]) if found else None


class MongoTitleRolls:
    """See `domain.guiding.titles.TitleRolls`."""

    def __init__(self, database: Database) -> None:
        self._rolls = database["guide_titles"]

    async def by_id(self, id: str) -> TitleRoll | None:
        """Those of a day or a month, once they are made."""
        found = await self._rolls.find_one({"_id": id})
        return from_document(TitleRoll, found) if found else None

    async def add(self, roll: TitleRoll) -> None:
        """Keep some for good; where there are those of the id, they stay."""
        await insert_new(self._rolls, [to_document(roll)])
