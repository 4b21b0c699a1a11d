"""Who came by touchpoints and tests, what they did, and their cohorts, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from domain.insight.outcomes import TOUCHPOINT, Cohort, Deeds, FirstEntry
from domain.insight.touchpoint_tests import TESTS, TouchpointTest
from domain.insight.touchpoints import Touchpoint, TouchpointKind
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.network.stores import StoreId
from storage.mongo.kernel.database import DESCENDING, EARLIEST, Database, Document, UpdateOne
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    find_by,
    find_by_ids,
    from_document,
    insert_new,
    save_version,
    to_document,
)
from storage.mongo.kernel.folds import MongoFolds
from storage.mongo.kernel.pages import page

# Whatever is of touchpoints is made of facts; what is of tests is not.
_OF_TOUCHPOINTS: Document = {"key": {"$gte": TOUCHPOINT, "$lt": TOUCHPOINT + "~"}}
NEWEST = (("made_at", DESCENDING), ("_id", DESCENDING))


class MongoDeeds(MongoFolds[Deeds]):
    """A document for each person in `insight_people`."""

    def __init__(self, database: Database) -> None:
        self._people = database["insight_people"]
        super().__init__(self._people, partial(from_document, Deeds), _deeds)

    async def by_ids(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Deeds]:
        """Those of whom anything is known."""
        found = await find_by_ids(self._people, list(ids))
        return {one["_id"]: from_document(Deeds, one) for one in found}

    async def led_to(self, ids: Sequence[PersonId]) -> Sequence[PersonId]:
        """Who leads to one of these."""
        return [one["_id"] for one in await find_by(self._people, "heir", list(ids), {"_id": 1})]


class MongoEntries:
    """First entries in `insight_entries`, cohorts in `insight_cohorts`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries = database["insight_entries"]
        self._cohorts = database["insight_cohorts"]

    async def enter(self, entries: Sequence[FirstEntry]) -> None:
        """Note entries; of two of one person the first counts."""
        writes: list[Any] = []
        for entry in entries:
            document = to_document(entry)
            at = document.pop("at")
            update = {"$min": {"at": at}, "$setOnInsert": document}
            writes.append(UpdateOne({"_id": document.pop("_id")}, update, upsert=True))
        if writes:
            await self._entries.bulk_write(writes, ordered=False)

    async def of_people(self, ids: Sequence[PersonId]) -> Sequence[FirstEntry]:
        """Those of some people."""
        found = await find_by(self._entries, "person_id", list(ids))
        return [from_document(FirstEntry, one) for one in found]

    async def of_day(self, key: str, first: datetime, until: datetime) -> Sequence[FirstEntry]:
        """Those by one key from a moment until before another."""
        wanted = {"key": key, "at": {"$gte": first, "$lt": until}}
        return [
            from_document(FirstEntry, one) for one in await self._entries.find(wanted).to_list(None)
        ]

    async def stir(self, cohorts: Collection[tuple[str, str]]) -> None:
        """Have cohorts, by key and day, counted anew."""
        writes: list[Any] = [
            UpdateOne(
                {"_id": f"{key}|{day}"},
                {
                    "$inc": {"revision": 1},
                    "$set": {"stirred": True},
                    "$setOnInsert": {"key": key, "day": day, "arms": {}},
                },
                upsert=True,
            )
            for key, day in sorted(cohorts)
        ]
        if writes:
            await self._cohorts.bulk_write(writes, ordered=False)

    async def stirred(self, most: int) -> Sequence[Cohort]:
        """Some of those that are to be."""
        found = await self._cohorts.find({"stirred": True}).limit(most).to_list(None)
        return [from_document(Cohort, one) for one in found]

    async def settle(self, cohort: Cohort) -> None:
        """Write what a cohort comes to; it stays to be counted if it was stirred meanwhile."""
        await self._cohorts.update_one(
            {"_id": cohort.id, "revision": cohort.revision},
            {"$set": {"arms": to_document(cohort)["arms"]}, "$unset": {"stirred": ""}},
        )

    async def cohorts(self, keys: Sequence[str], first: str, last: str) -> Sequence[Cohort]:
        """Those of some keys from a day to a day."""
        found: list[Document] = []
        for start in range(0, len(keys), IN_AT_MOST):
            some = {"$in": list(keys[start : start + IN_AT_MOST])}
            wanted = {"key": some, "day": {"$gte": first, "$lte": last}}
            found += await self._cohorts.find(wanted).to_list(None)
        return [from_document(Cohort, one) for one in found]

    async def forget(self) -> None:
        """Take back all that facts have made, to be made anew from them."""
        await self._database["insight_people"].delete_many({})
        await self._entries.delete_many(_OF_TOUCHPOINTS)
        await self._cohorts.delete_many(_OF_TOUCHPOINTS)


class MongoTouchpoints:
    """A document for each touchpoint."""

    def __init__(self, database: Database) -> None:
        self._touchpoints = database["touchpoints"]

    async def keep(self, touchpoint: Touchpoint) -> Touchpoint:
        """Keep one; one that is there stays as it is, and is the answer."""
        if not await insert_new(self._touchpoints, [to_document(touchpoint)]):
            return touchpoint
        [found] = await find_by_ids(self._touchpoints, [touchpoint.id])
        return from_document(Touchpoint, found)

    async def of_kind(self, kind: TouchpointKind) -> Sequence[Touchpoint]:
        """Those of a kind."""
        return await self._of({"kind": kind.value})

    async def of_store(self, store_id: StoreId) -> Sequence[Touchpoint]:
        """Those of a store."""
        return await self._of({"store_id": store_id})

    async def _of(self, wanted: Document) -> Sequence[Touchpoint]:
        found = await self._touchpoints.find(wanted).to_list(None)
        return [from_document(Touchpoint, one) for one in found]


class MongoTouchpointTests:
    """A document for each test."""

    def __init__(self, database: Database) -> None:
        self._tests = database["touchpoint_tests"]

    async def by_id(self, id: str) -> TouchpointTest | None:
        """One of them."""
        found = await self._tests.find_one({"_id": id})
        return _test(found) if found else None

    async def page(self, request: PageRequest) -> Page[TouchpointTest]:
        """All of them, the newest first."""
        wanted = {"made_at": {"$gt": EARLIEST}}
        return await page(self._tests, wanted, NEWEST, request, TESTS, _test)

    async def due(self, now: datetime, most: int) -> Sequence[TouchpointTest]:
        """Those at which somebody has to look."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._tests.find(wanted).sort("due_at").limit(most).to_list(None)
        return [_test(one) for one in found]

    async def save(self, test: TouchpointTest, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._tests, to_document(test), expected=expected)


def _test(document: Document) -> TouchpointTest:
    return from_document(TouchpointTest, document)


def _deeds(_: str, deeds: Deeds) -> Document:
    document = to_document(deeds)
    del document["_id"]
    return document
