"""Sales that guides report for a contest, with evidence, where no till tells of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.guiding.contests import ContestId
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause, Machine, Step
from domain.kernel.within import Within
from domain.media.assets import AssetId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId

SaleReportId = NewType("SaleReportId", str)
SALE_REPORTS = Cursors("sale reports", datetime, str)
REPORTED = Within(1, 100_000_000)
LONGEST_TEXT = 200
LONGEST_COMMENT = 300


class SaleReportState(StrEnum):
    """Where its review stands."""

    HANDED_IN = "HANDED_IN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


SALE_REPORT: Machine[SaleReportState] = Machine(
    "sale report",
    begins=frozenset({SaleReportState.HANDED_IN}),
    next={
        SaleReportState.HANDED_IN: frozenset({SaleReportState.APPROVED, SaleReportState.REJECTED}),
        SaleReportState.APPROVED: frozenset(),
        SaleReportState.REJECTED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReport:
    """So many fen that a guide says to have sold on a day of a contest, with a picture of it."""

    id: SaleReportId
    contest_id: ContestId
    guide_id: GuideId
    store_id: StoreId
    day: str
    fen: int
    text: str
    asset_id: AssetId
    asked: RequestKey
    made_at: datetime
    state: SaleReportState = SaleReportState.HANDED_IN
    steps: tuple[Step, ...] = ()
    version: int = 1


class SaleReports(Protocol):
    """The reports."""

    async def by_ids(self, ids: Sequence[SaleReportId]) -> Mapping[SaleReportId, SaleReport]:
        """Those of these ids."""

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[SaleReport]:
        """Those of a store's guides, the newest first."""

    async def save(self, report: SaleReport, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def reported(report: SaleReport, cause: Cause) -> SaleReport:
    """A new report, or Invalid by field."""
    REPORTED.read(report.fen, ["input", "fen"])
    text = read_line(report.text, most=LONGEST_TEXT, field=["input", "text"])
    step = SALE_REPORT.begin(report.id, SaleReportState.HANDED_IN, cause)
    return replace(report, text=text, steps=(step,))


def judged(report: SaleReport, to: SaleReportState, cause: Cause) -> SaleReport:
    """A report that somebody has looked at."""
    if to is SaleReportState.REJECTED:
        read_line(cause.reason, most=LONGEST_COMMENT, least=1, field=["comment"])
    step = SALE_REPORT.step(report.id, report.state, to, cause)
    return replace(report, state=to, steps=(*report.steps, step), version=report.version + 1)


def report_id(contest_id: ContestId, person_id: PersonId, key: str) -> SaleReportId:
    """The id of what a guide reports under a key."""
    return SaleReportId(f"{contest_id}|{person_id}|{key}")
