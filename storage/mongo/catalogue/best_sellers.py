"""What sold most lately, one ranking for each store, each region and the brand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from domain.catalogue.best_sellers import BRAND, DaySales, UnitsSold
from domain.catalogue.catalogue import ProductId
from storage.mongo.kernel.database import EARLIEST, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import replace_all
from storage.mongo.kernel.folds import MongoFolds

# Holds when the rankings were last begun, and when they were last complete; no scope has this name.
_TURN = "turn"


class MongoBestSellers:
    """Rankings by the names of their scopes, made from the sales."""

    def __init__(self, database: Database) -> None:
        self._rankings = database["best_sellers"]

    async def best_sellers(self) -> Sequence[ProductId]:
        """The products that sold in the whole brand, most units first; one round trip."""
        found = await self._rankings.find_one({"_id": BRAND})
        return found["products"] if found else ()

    async def claim(self, *, made_before: datetime, now: datetime) -> datetime | None:
        """Take it on to make rankings anew, if they are older than that; one process alone may."""
        turn = await self._rankings.find_one({"_id": _TURN}) or {}
        taken_at, complete_at = turn.get("taken_at"), turn.get("complete_at", EARLIEST)
        if taken_at is not None and taken_at > made_before:
            return None
        taken = {"_id": _TURN, "taken_at": now, "complete_at": complete_at}
        try:
            result = await self._rankings.replace_one(
                {"_id": _TURN, "taken_at": taken_at}, taken, upsert=True
            )
        except DuplicateKeyError:
            return None
        won = result.matched_count == 1 or result.upserted_id is not None
        return complete_at if won else None

    async def scopes(self) -> Collection[str]:
        """The scopes that have a ranking."""
        found = await self._rankings.find({}, {"_id": 1}).to_list(None)
        return [one["_id"] for one in found if one["_id"] != _TURN]

    async def made(self, *, claimed_at: datetime) -> None:
        """Note that the rankings lack nothing of what was there when they were claimed."""
        await self._rankings.update_one(
            {"_id": _TURN, "taken_at": claimed_at}, {"$set": {"complete_at": claimed_at}}
        )

    async def replace(self, rankings: Mapping[str, Sequence[ProductId]]) -> None:
        """Write each ranking over the one of its name; the others stay."""
        await replace_all(
            self._rankings,
            [{"_id": scope, "products": list(products)} for scope, products in rankings.items()],
        )


class MongoSales(MongoFolds[DaySales]):
    """A document for each scope and day in `sales`."""

    def __init__(self, database: Database) -> None:
        self._sales = database["sales"]
        self._rankings = database["best_sellers"]
        super().__init__(self._sales, _read, _fields)

    async def scopes_changed(self, since: datetime) -> Collection[str]:
        """The scopes in which a day's sales changed at or after a moment."""
        found = await self._sales.find({"changed_at": {"$gte": since}}, {"scope": 1}).to_list(None)
        return {one["scope"] for one in found}

    async def since(self, scopes: Sequence[str], day: date) -> Sequence[tuple[str, UnitsSold]]:
        """What was sold in some scopes on a day and after it, each with its scope."""
        wanted = {"scope": {"$in": list(scopes)}, "day": {"$gte": str(day)}}
        found = await self._sales.find(wanted).to_list(None)
        return [(one["scope"], _read(one).units) for one in found]

    async def forget(self) -> None:
        """Take back all sales and rankings, to be made anew from the facts."""
        await self._sales.delete_many({})
        await self._rankings.delete_many({})


def _read(document: Document) -> DaySales:
    units = {one["product"]: one["units"] for one in document["units"]}
    return DaySales(units=units, changed_at=document["changed_at"])


def _fields(key: str, sales: DaySales) -> Document:
    scope, _, day = key.rpartition(" ")
    # A product's code may have a dot in it, which the name of a field may not.
    units = [{"product": product, "units": n} for product, n in sales.units.items()]
    return {"scope": scope, "day": day, "units": units, "changed_at": sales.changed_at}
