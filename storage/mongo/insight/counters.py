"""Figures, the rows behind them and what is known of orders, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.insight.cases import Case
from domain.insight.counting import Counter, Upto
from domain.insight.metrics import Dimension, FigureRow, Metric, RowKind, period_key
from domain.kernel.days import BEIJING
from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    insert_new,
    one_of,
    to_document,
)
from storage.mongo.kernel.folds import MongoFolds
from storage.mongo.kernel.pages import NEWEST_FIRST, page, since

ROWS = Cursors("rows behind a figure", datetime, str)
# Holds how far the counters have come; no scope has this name.
_UPTO = "upto"
# What a guide has is found by one index with what is part of a scope: each index of a document
# costs as much again whenever it changes.
_GUIDE = "guide:"


class MongoCases(MongoFolds[Case]):
    """A document for each order or purchase, and each visitor and day, in `insight_cases`."""

    def __init__(self, database: Database) -> None:
        self._cases = database["insight_cases"]
        super().__init__(self._cases, _case, _case_fields, alone=True)

    async def by_ids(self, ids: Sequence[str]) -> Sequence[Case]:
        """Those of which anything is known."""
        return [_case(one) for one in await find_by_ids(self._cases, ids)]


class MongoRows:
    """A document for each row in `insight_rows`, found by the scopes in which it counts."""

    def __init__(self, database: Database) -> None:
        self._rows = database["insight_rows"]

    async def add(self, rows: Sequence[FigureRow]) -> Sequence[FigureRow]:
        """Write rows; answer those that stand as they were handed in."""
        known = {one["_id"] for one in await insert_new(self._rows, [_row(row) for row in rows])}
        found = await find_by_ids(self._rows, sorted(known), {"n": 1})
        numbers = {one["_id"]: one["n"] for one in found}
        return [row for row in rows if numbers.get(row.id, row.n) == row.n]

    async def page(
        self,
        scopes: Collection[str],
        kind: RowKind,
        days: tuple[str, str],
        request: PageRequest,
        *,
        first_of: Dimension | None = None,
    ) -> Page[FigureRow]:
        """The rows of a kind in some scopes from a day to a day, the newest first."""
        first, last = (datetime.fromisoformat(day).replace(tzinfo=BEIJING) for day in days)
        wanted: Document = {
            "scopes": one_of(sorted(scopes)),
            "kind": kind.value,
            "at": {**since(first), "$lt": last + timedelta(days=1)},
        }
        if first_of is not None:
            wanted["first_of"] = first_of.value
        return await page(self._rows, wanted, NEWEST_FIRST, request, ROWS, _read_row)


class MongoCounters(MongoFolds[Counter]):
    """A document for each scope and period in `counters`.

    One follower writes them, a batch at a time, so that the brand's own is written once for a
    batch and needs no parts.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counters = database["counters"]
        super().__init__(self._counters, _counter, lambda _, value: _fields(value), alone=True)

    async def by_keys(self, keys: Sequence[str]) -> tuple[Mapping[str, Counter], Upto | None]:
        """Those of some keys, and how far all have come."""
        found = {one["_id"]: one for one in await find_by_ids(self._counters, [_UPTO, *keys])}
        upto = found.pop(_UPTO, None)
        came_to = Upto(n=upto["n"], at=upto["at"], pending=upto["pending"]) if upto else None
        return {key: _counter(one) for key, one in found.items()}, came_to

    async def of_parent(self, parent: str, period: str) -> Sequence[Counter]:
        """The parts of a scope in a period."""
        return await self._under(parent, period)

    async def of_guide(self, guide: str, period: str) -> Sequence[Counter]:
        """What a guide has in each store in a period."""
        return await self._under(_GUIDE + guide, period)

    async def came_to(self, upto: Upto) -> None:
        """Note how far they have come, never back."""
        fields = {"n": upto.n, "at": upto.at, "pending": upto.pending}
        try:
            await self._counters.update_one(
                {"_id": _UPTO, "n": {"$lte": upto.n}}, {"$set": fields}, upsert=True
            )
        except DuplicateKeyError:
            # It has come further by now.
            return

    async def forget(self) -> None:
        """Take back all figures, rows and cases, to be made anew from facts."""
        for name in ("counters", "insight_rows", "insight_cases"):
            await self._database[name].delete_many({})

    async def _under(self, key: str, period: str) -> Sequence[Counter]:
        # By itself a cursor brings 101 in the first round trip, and a region may have more stores.
        wanted = self._counters.find({"under": period_key(key, period)})
        return [_counter(one) for one in await wanted.batch_size(10_000).to_list(None)]


def _case(document: Document) -> Case:
    return from_document(Case, document)


def _case_fields(_: str, case: Case) -> Document:
    document = to_document(case)
    del document["_id"]
    if case.visited_at is None:  # by which visits have their time, and orders have not
        del document["visited_at"]
    return document


def _row(row: FigureRow) -> Document:
    scopes = [scope.key for scope in row.scopes().values()]
    return {**to_document(row), "scopes": scopes}


def _read_row(document: Document) -> FigureRow:
    return from_document(FigureRow, document)


def _counter(document: Document) -> Counter:
    hours: Mapping[str, Any] = document["hours"]
    under = [key.rpartition("|")[0] for key in document.get("under", ())]
    return Counter(
        key=document["_id"],
        scope=document["scope"],
        period=document["period"],
        parent=next((key for key in under if not key.startswith(_GUIDE)), None),
        guide=next((key[len(_GUIDE) :] for key in under if key.startswith(_GUIDE)), None),
        values=_figures(document["values"]),
        hours={int(hour): _figures(some) for hour, some in hours.items()},
    )


def _fields(counter: Counter) -> Document:
    found: Document = {
        "scope": counter.scope,
        "period": counter.period,
        "values": {metric.value: n for metric, n in counter.values.items()},
        "hours": {
            str(hour): {metric.value: n for metric, n in some.items()}
            for hour, some in counter.hours.items()
        },
    }
    guide = _GUIDE + counter.guide if counter.guide else None
    under = [period_key(one, counter.period) for one in (counter.parent, guide) if one]
    if under:
        found["under"] = under
    return found


def _figures(values: Mapping[str, int]) -> Mapping[Metric, int]:
    # What a later version counts beside is of no concern here.
    return {Metric(name): n for name, n in values.items() if name in Metric.__members__}
