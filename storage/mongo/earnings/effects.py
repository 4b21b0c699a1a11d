"""What content brings, in MongoDB: one document for each thing and period."""

from domain.earnings.effects import ContentEffect, EffectCounts, EffectOf
from domain.kernel.money import Fen
from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import DESCENDING, Database, Document
from storage.mongo.kernel.folds import MongoFolds
from storage.mongo.kernel.pages import page

BEST = Cursors("what sells", int, str)
COUNTED = ("visits", "orders", "net")


class MongoEffects(MongoFolds[EffectCounts]):
    """See `domain.earnings.effects.Effects`."""

    def __init__(self, database: Database) -> None:
        self._effects = database["effects"]
        super().__init__(self._effects, _counts, _fields)

    async def by_key(self, of: EffectOf, period: str, id: str) -> ContentEffect | None:
        """What one thing brought in a period."""
        found = await self._effects.find_one({"_id": f"{of}|{period}|{id}"})
        return _effect(found) if found else None

    async def best(self, of: EffectOf, period: str, request: PageRequest) -> Page[ContentEffect]:
        """What things of a kind brought in a period, whatever brought most money first."""
        wanted, order = {"of": of, "period": period}, (("net", DESCENDING), ("_id", DESCENDING))
        return await page(self._effects, wanted, order, request, BEST, _effect)


def _counts(document: Document) -> EffectCounts:
    return EffectCounts(**{name: document[name] for name in COUNTED})


def _fields(key: str, counts: EffectCounts) -> Document:
    of, period, id_ = key.split("|", 2)
    counted = {name: getattr(counts, name) for name in COUNTED}
    return {"of": of, "period": period, "thing": id_, **counted}


def _effect(document: Document) -> ContentEffect:
    counts = {name: document[name] for name in ("visits", "orders")}
    return ContentEffect(
        kind=EffectOf(document["of"]),
        id=document["thing"],
        period=document["period"],
        net=Fen(document["net"]),
        **counts,
    )
