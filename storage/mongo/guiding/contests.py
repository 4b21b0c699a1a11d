"""Contests, who takes part, what they have sold, and sealed standings, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.guiding.contests import (
    CONTESTS,
    COUNTED,
    LATE,
    Contest,
    ContestId,
    Entrant,
    Score,
    SealedStanding,
    standing_id,
)
from domain.guiding.sale_reports import SALE_REPORTS, SaleReport, SaleReportId
from domain.kernel.facts import Fact
from domain.kernel.paging import Page, PageRequest
from domain.kernel.version_reviews import VersionState
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from storage.mongo.kernel.database import DESCENDING, EARLIEST, Database, DuplicateKeyError
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    find_by_ids,
    from_document,
    insert_new,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

NEWEST = (("made_at", DESCENDING), ("_id", DESCENDING))


class MongoContests:
    """See `domain.guiding.contests.Contests`."""

    def __init__(self, database: Database) -> None:
        self._contests = database["contests"]
        self._entrants = database["contest_entrants"]
        self._scores = database["contest_scores"]
        self._standings = database["contest_standings"]

    async def by_ids(self, ids: Collection[ContestId]) -> Mapping[ContestId, Contest]:
        """Those of these ids."""
        found = await find_by_ids(self._contests, list(ids))
        return {one["_id"]: from_document(Contest, one) for one in found}

    async def page(self, states: Sequence[VersionState], request: PageRequest) -> Page[Contest]:
        """Those in some states, the newest first."""
        wanted = {"state": {"$in": list(states)}}
        read = partial(from_document, Contest)
        return await page(self._contests, wanted, NEWEST, request, CONTESTS, read)

    async def save(self, contest: Contest, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._contests, to_document(contest), expected=expected)

    async def due(self, now: datetime, most: int) -> Sequence[Contest]:
        """Those of which a day is to be sealed."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._contests.find(wanted).sort("due_at").limit(most).to_list(None)
        return [from_document(Contest, one) for one in found]

    async def enter(self, entrants: Sequence[Entrant]) -> None:
        """Note who takes part; who is there already stays."""
        await insert_new(self._entrants, [to_document(one) for one in entrants])

    async def entered(
        self, guide_ids: Collection[GuideId], ends_after: datetime
    ) -> Sequence[Entrant]:
        """In what guides take part that ends after a moment."""
        found = []
        ids = sorted(guide_ids)
        for start in range(0, len(ids), IN_AT_MOST):
            some = {"$in": ids[start : start + IN_AT_MOST]}
            wanted = {"guide_id": some, "ends_at": {"$gt": ends_after}}
            found += await self._entrants.find(wanted).to_list(None)
        return [from_document(Entrant, one) for one in found]

    async def of_team(self, contest_id: ContestId, team: str) -> Sequence[Entrant]:
        """Who takes part for a team."""
        wanted = {"contest_id": contest_id, "team": team}
        found = await self._entrants.find(wanted).to_list(None)
        return [from_document(Entrant, one) for one in found]

    async def scores(self, contest_id: ContestId, day: str) -> Sequence[Score]:
        """What was sold on a day, or on all together; one round trip."""
        fields = {"subject": 1, COUNTED: 1, LATE: 1}
        wanted = {"list": standing_id(contest_id, day)}
        found = self._scores.find(wanted, fields).batch_size(20_000)
        return [
            Score(subject=one["subject"], fen=one.get(COUNTED, 0), late=one.get(LATE, 0))
            for one in await found.to_list(None)
        ]

    async def seal(self, standing: SealedStanding) -> SealedStanding:
        """Keep a standing; where there is one of its id, that one stays and is answered."""
        try:
            await self._standings.insert_one(to_document(standing))
        except DuplicateKeyError:
            found = await self._standings.find_one({"_id": standing.id})
            assert found is not None, "standings are never taken away"
            return from_document(SealedStanding, found)
        return standing

    async def standing(self, contest_id: ContestId, day: str) -> SealedStanding | None:
        """The sealed standing of a day."""
        found = await self._standings.find_one({"_id": standing_id(contest_id, day)})
        return from_document(SealedStanding, found) if found else None


class MongoSaleReports:
    """See `domain.guiding.sale_reports.SaleReports`."""

    def __init__(self, database: Database) -> None:
        self._reports = database["sale_reports"]

    async def by_ids(self, ids: Sequence[SaleReportId]) -> Mapping[SaleReportId, SaleReport]:
        """Those of these ids."""
        found = await find_by_ids(self._reports, ids)
        return {one["_id"]: from_document(SaleReport, one) for one in found}

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[SaleReport]:
        """Those of a store's guides, the newest first."""
        read = partial(from_document, SaleReport)
        return await page(
            self._reports, {"store_id": store_id}, NEWEST, request, SALE_REPORTS, read
        )

    async def save(self, report: SaleReport, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        document = to_document(report)
        await save_version(self._reports, document, expected=expected, facts=facts)
