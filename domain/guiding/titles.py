"""Titles of guides by the figures of a day, and model stores by those of a month.

They are made once, when the time is over and what was told in time is counted, and never change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.guiding.figures import (
    FEN,
    REPEAT,
    TASKS,
    VALID,
    VISITS,
    FigurePorts,
    WorkFigure,
    list_of_day,
    list_of_month,
)
from domain.kernel.days import beijing_day, day_begins, month_ends, month_of, read_day
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.people.act import Act

# So long after a day or a month its titles are made.
MADE_AFTER = timedelta(hours=1)
MOST_STORES = 10


class TitleKind(StrEnum):
    """What somebody was best at."""

    FIRST_ORDER = "FIRST_ORDER"
    BEST_SELLER = "BEST_SELLER"
    SEEDING_KING = "SEEDING_KING"
    BEST_REPURCHASE = "BEST_REPURCHASE"
    MOST_FRIENDS = "MOST_FRIENDS"
    MOST_TASKS = "MOST_TASKS"
    MODEL_STORE = "MODEL_STORE"


BY_FIGURE = {
    TitleKind.BEST_SELLER: FEN,
    TitleKind.SEEDING_KING: VISITS,
    TitleKind.BEST_REPURCHASE: REPEAT,
    TitleKind.MOST_FRIENDS: VALID,
    TitleKind.MOST_TASKS: TASKS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WonTitle:
    """Who was best at something, and what they came to; a guide, or a store by its rank."""

    kind: TitleKind
    subject: str
    reached: int
    rank: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleRoll:
    """The titles of a day, such as 2026-11-28, or of a month, such as 2026-11."""

    id: str
    titles: tuple[WonTitle, ...]
    made_at: datetime


class TitleRolls(Protocol):
    """The titles that were made."""

    async def by_id(self, id: str) -> TitleRoll | None:
        """Those of a day or a month, once they are made."""

    async def add(self, roll: TitleRoll) -> None:
        """Keep some for good; where there are those of the id, they stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TitlePorts(Ports):
    """The titles, and the figures that they are made of."""

    rolls: TitleRolls
    counting: FigurePorts


async def guide_titles(ports: TitlePorts, act: Act, day: str | None) -> TitleRoll | None:
    """The titles of a day, yesterday's where none is named; None before they are made."""
    act.viewer.require("title.see")
    wanted = read_day(day, ["day"]) if day else beijing_day(act.at) - timedelta(days=1)
    return await ports.rolls.by_id(wanted.isoformat())


async def model_stores(ports: TitlePorts, act: Act, month: str | None) -> TitleRoll | None:
    """The model stores of a month, the last one's where none is named; None before its end."""
    act.viewer.require("title.see")
    wanted = month or month_of(act.at, -1)
    if len(wanted) != len("2026-11"):
        raise Invalid("Write a month such as 2026-11.", field=["month"])
    read_day(f"{wanted}-01", ["month"])
    return await ports.rolls.by_id(wanted)


async def make_titles(ports: TitlePorts, act: Act) -> int:
    """Make the titles of the last day and month that are over; tell of how many were made."""
    then = act.at - MADE_AFTER
    day, month = beijing_day(then) - timedelta(days=1), month_of(then, -1)
    made = 0
    if await ports.rolls.by_id(day.isoformat()) is None:
        titles = await _of_day(ports, day)
        await ports.rolls.add(_roll(day.isoformat(), titles, act))
        made += 1
    if act.at >= month_ends(month) + MADE_AFTER and await ports.rolls.by_id(month) is None:
        stores = await ports.counting.figures.of([list_of_month(month)])
        await ports.rolls.add(_roll(month, best_stores(stores), act))
        made += 1
    return made


def best_guides(figures: Sequence[WorkFigure]) -> list[WonTitle]:
    """Who was best at what, all who share a best; nobody where nothing was done."""
    found = []
    for kind, name in BY_FIGURE.items():
        best = max((one.of(name) for one in figures), default=0)
        if best > 0:
            found += [
                WonTitle(kind=kind, subject=one.subject, reached=best)
                for one in figures
                if one.of(name) == best
            ]
    return found


def best_stores(figures: Sequence[WorkFigure]) -> list[WonTitle]:
    """The stores that sold most net; a rank is 1 and how many sold more."""
    sold = sorted((one for one in figures if one.of(FEN) > 0), key=lambda one: -one.of(FEN))
    ranked = [(one, 1 + sum(other.of(FEN) > one.of(FEN) for other in sold)) for one in sold]
    return [
        WonTitle(kind=TitleKind.MODEL_STORE, subject=one.subject, reached=one.of(FEN), rank=rank)
        for one, rank in ranked[: MOST_STORES * 10]
        if rank <= MOST_STORES
    ]


async def _of_day(ports: TitlePorts, day: date) -> list[WonTitle]:
    figures = ports.counting.figures
    titles = best_guides(await figures.of([list_of_day(day)]))
    begins = day_begins(day)
    first = await figures.first_sale(begins, begins + timedelta(days=1))
    if first and first.guide_id and first.sold_at:
        after_s = int((first.sold_at - begins).total_seconds())
        title = WonTitle(kind=TitleKind.FIRST_ORDER, subject=first.guide_id, reached=after_s)
        titles.insert(0, title)
    return titles


def _roll(id: str, titles: Sequence[WonTitle], act: Act) -> TitleRoll:
    return TitleRoll(id=id, titles=tuple(titles), made_at=act.at)
