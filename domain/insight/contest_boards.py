"""The board of a contest, which is its standing: the rows behind each place, and all as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.guiding.contests import WHOLE, ContestPlace, ContestUnit, standing_id
from domain.guiding.running_contests import ContestPorts, ContestStanding, standing_of
from domain.kernel.cells import as_csv
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.scopes import About

CONTEST_ROWS = Cursors("rows behind a place in a contest", datetime, str)
COLUMNS = ("contest", "day", "rank", "subject", "fen", "correction", "sealed_at")
# The file has all places; a page of it is of no concern.
_ONE = PageRequest(first=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestRow:
    """What was added to a place: a sale, a refund of one, or a sale that was reported.

    What was told too late for the day changes its place no more; it is `late` and stands beside it.
    """

    id: str
    at: datetime
    about: str
    fen: int
    late: bool


class ContestRows(Protocol):
    """What was added to the places of contests."""

    async def page(self, standing: str, subject: str, request: PageRequest) -> Page[ContestRow]:
        """What was added to a subject's place in a standing, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestBoardPorts(Ports):
    """The contests, and what was added to their places."""

    contesting: ContestPorts
    rows: ContestRows


async def contest_rows(
    ports: ContestBoardPorts,
    act: Act,
    id: str,
    day: str | None,
    subject: str,
    request: PageRequest,
) -> Page[ContestRow]:
    """What a place of a day, or of all together, is the sum of, with its correction.

    For whoever may see the figures of who has the place: their orders are in it.
    """
    act.viewer.require("contest.open")
    standing, _ = await standing_of(ports.contesting, act, id, day, _ONE)
    whose = await _whose(ports, standing.contest.rules.unit, subject)
    act.viewer.require("contest.open", **whose)
    wanted = standing_id(standing.contest.id, day or WHOLE)
    return await ports.rows.page(wanted, subject, request)


async def _whose(ports: ContestBoardPorts, unit: ContestUnit, subject: str) -> About:
    """Whose a place is, as rights ask; a team that was drawn by hand is nobody's own."""
    match unit:
        case ContestUnit.STORE:
            return {"store": subject}
        case ContestUnit.REGION:
            return {"region": subject}
        case ContestUnit.DRAWN:
            return {"store": None}
    found = (await ports.contesting.sharing.guides.by_ids([GuideId(subject)])).get(GuideId(subject))
    return {"person": subject, "store": found.store_id if found else None}


async def contest_csv(ports: ContestBoardPorts, act: Act, id: str, day: str | None) -> str:
    """A standing as rows for a spreadsheet, all places of it."""
    standing, _ = await standing_of(ports.contesting, act, id, day, _ONE)
    return as_csv(COLUMNS, (_cells(standing, one) for one in standing.places))


def _cells(standing: ContestStanding, place: ContestPlace) -> Iterator[str | int]:
    yield standing.contest.rules.title
    yield standing.day or ""
    yield from (place.rank, place.subject, place.fen, place.correction)
    yield standing.sealed.sealed_at.isoformat() if standing.sealed else ""
