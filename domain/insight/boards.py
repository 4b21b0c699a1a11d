"""Boards: figures of a scope in a day or a month, its parts, and the rows behind each figure."""

from collections import Counter as Sums
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.insight.counting import Counter, CounterPorts, Upto
from domain.insight.metrics import (
    BRAND,
    REGISTRY,
    Dimension,
    FigureRow,
    Figures,
    Metric,
    Summed,
    campaign_key,
    content_key,
    period_key,
    region_key,
    seller_key,
    store_key,
)
from domain.kernel.days import month_ends, read_day
from domain.kernel.lines import shown
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound
from domain.network.directory import Directory
from domain.network.stores import OwnerId, Region, RegionId, Store, StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.viewer import Viewer

DAYS_SHOWN = 30
# Of content and campaigns those that sold most; of the network all parts are shown.
MOST_SHARED = 200
_MONTH_LENGTH = len("2026-11")


class BoardScope(StrEnum):
    """Whose figures a board shows."""

    BRAND = "BRAND"
    REGION = "REGION"
    STORE = "STORE"
    SELLER = "SELLER"
    OWNER = "OWNER"
    GUIDE = "GUIDE"
    CONTENT = "CONTENT"
    CAMPAIGN = "CAMPAIGN"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardOf:
    """Which board: whose, and of which day or month; the brand's id is empty.

    A seller is a guide in a store, as `S1/guide_01jd…`; content is as `POST:post_01jd…`.
    """

    scope: BoardScope
    id: str
    period: str

    def __post_init__(self) -> None:
        """Refuse a period that is neither a day nor a month."""
        days_of(self.period)

    @property
    def daily(self) -> bool:
        """Whether it is of one day."""
        return len(self.period) > _MONTH_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPart:
    """A part of a board, which has a board of its own; regions and stores have a name here."""

    scope: BoardScope
    id: str
    figures: Figures
    name: str | None = None

    @property
    def guide_id(self) -> GuideId | None:
        """Who a seller is."""
        return GuideId(self.id.rpartition("/")[2]) if self.scope is BoardScope.SELLER else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFreshness:
    """As of when figures are: complete unless facts are known that are not counted yet."""

    as_of: datetime
    behind: int
    pending: int

    @property
    def complete(self) -> bool:
        """Whether all that is known of is counted."""
        return self.behind == 0 and self.pending == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The figures of a scope; its hours are those of a day, its days the last ones or a month's."""

    of: BoardOf
    total: Figures
    hours: tuple[tuple[int, Figures], ...]
    days: tuple[tuple[str, Figures], ...]
    parts: tuple[BoardPart, ...]
    fresh: FigureFreshness


class BoardNews(Protocol):
    """What this process hears of facts that are counted."""

    @property
    def heard(self) -> int:
        """The number of the newest one that was heard of; 0 before the first."""

    def listening(self) -> AbstractContextManager["BoardEar"]:
        """Hear of facts from here on."""


class BoardEar(Protocol):
    """One who hears of them."""

    def turns(self) -> AsyncIterator[None]:
        """A turn when something was heard, at most two a second."""

    def again(self) -> None:
        """Have one more turn, though nothing more is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPorts(Ports):
    """The counters with what they are made of, and the news of them."""

    counting: CounterPorts
    news: BoardNews


async def board_of(ports: BoardPorts, act: Act, of: BoardOf) -> Board:
    """A board as it is now; two round trips."""
    _require(ports, act.viewer, of)
    parts = await _parts(ports, of)
    own = _own_keys(of)
    keys = own or tuple(sorted({one.scope for one in parts}))
    # Of several scopes together the days before would be as many times thirty figures.
    days = days_of(of.period) if len(keys) == 1 else ()
    wanted = [period_key(key, period) for key in keys[:1] for period in {of.period, *days}]
    found, upto = await ports.counting.counters.by_keys(wanted)
    kept = found.get(period_key(own[0], of.period)) if own else None
    whole = parts if not own else [kept] if kept else []
    return Board(
        of=of,
        total=added(one.values for one in whole),
        hours=_hours(whole),
        days=tuple((day, _values(found, keys[0], day)) for day in days),
        parts=_shown(of, parts, ports.counting.directory.directory()),
        fresh=_fresh(upto, ports.news.heard, act.at),
    )


async def follow_board(ports: BoardPorts, act: Act, of: BoardOf) -> AsyncGenerator[Board, None]:
    """A board now, and anew each time that its figures change, twice a second at most."""
    with ports.news.listening() as ear:
        told = await board_of(ports, act, of)
        yield told
        async for _ in ear.turns():
            newest = await board_of(ports, act, of)
            if newest.fresh.behind:
                ear.again()
            if replace(newest, fresh=told.fresh) != told:
                told = newest
                yield told


async def rows_behind(
    ports: BoardPorts, act: Act, of: BoardOf, metric: Metric, request: PageRequest
) -> Page[FigureRow]:
    """What a figure is the sum of, the newest first."""
    _require(ports, act.viewer, of)
    if metric is Metric.VISITORS and not of.daily:
        raise Invalid("Visitors are counted for each day; name one.", field=["period"])
    keys = _own_keys(of) or [one.scope for one in await _parts(ports, of)]
    days = days_of(of.period)
    span = (of.period, of.period) if of.daily else (days[0], days[-1])
    kind, measure = REGISTRY[metric]
    first_of = None
    if keys and measure is Summed.FIRST:
        # A board's scopes are all of one dimension, with which their keys begin.
        first_of = Dimension(keys[0].partition(":")[0])
    return await ports.counting.rows.page(keys or ["none"], kind, span, request, first_of=first_of)


def amount_of(row: FigureRow, metric: Metric) -> int:
    """What a row adds to a figure."""
    _, measure = REGISTRY[metric]
    return row.measured(measure)


def net_by_refund_day(figures: Figures) -> int:
    """What was sold without what was paid back in the same period, in fen."""
    return figures.get(Metric.SALES_FEN, 0) - figures.get(Metric.REFUND_FEN, 0)


def net_of_orders(figures: Figures) -> int:
    """What was sold without what was ever paid back of it, in fen; late refunds change it."""
    return figures.get(Metric.SALES_FEN, 0) - figures.get(Metric.ORDER_REFUND_FEN, 0)


def added(figures: Iterable[Figures]) -> Figures:
    """The sum of figures."""
    sums: Sums[Metric] = Sums()
    for one in figures:
        for metric, n in one.items():
            sums[metric] += n
    return dict(sums)


def days_of(period: str) -> tuple[str, ...]:
    """The days of a month, or those that end with a day."""
    if len(period) == _MONTH_LENGTH:
        first = read_day(f"{period}-01", ["period"])
        last = month_ends(period).date() - timedelta(days=1)
        return _days(first, last)
    last = read_day(period, ["period"])
    return _days(last - timedelta(days=DAYS_SHOWN - 1), last)


def _days(first: date, last: date) -> tuple[str, ...]:
    count = (last - first).days + 1
    return tuple((first + timedelta(days=n)).isoformat() for n in range(count))


def _require(ports: BoardPorts, viewer: Viewer, of: BoardOf) -> None:
    """Refuse whoever may not see a board; NotFound where it is of nothing that there is."""
    viewer.require("board.see")
    directory = ports.counting.directory.directory()
    match of.scope:
        case BoardScope.REGION:
            viewer.require("board.see", region=directory.region(RegionId(of.id)).id)
        case BoardScope.STORE:
            viewer.require("board.see", store=directory.store(StoreId(of.id)).id)
        case BoardScope.SELLER:
            store, _, guide = of.id.partition("/")
            viewer.require("board.see", store=directory.store(StoreId(store)).id, person=guide)
        case BoardScope.OWNER:
            if OwnerId(of.id) not in directory.owners:
                raise NotFound(f"There is no owner {shown(of.id)}.", field=["id"])
            viewer.require("board.see", owner=of.id)
        case BoardScope.GUIDE:
            viewer.require("board.see", person=of.id)
        case _:
            viewer.require("board.see_brand")


def _own_keys(of: BoardOf) -> tuple[str, ...]:
    """The scope that a board's figures are kept by; none where they are the sum of its parts."""
    match of.scope:
        case BoardScope.BRAND:
            return (BRAND.key,)
        case BoardScope.REGION:
            return (region_key(of.id),)
        case BoardScope.STORE:
            return (store_key(of.id),)
        case BoardScope.SELLER:
            store, _, guide = of.id.partition("/")
            return (seller_key(store, guide),)
        case BoardScope.CONTENT if of.id:
            return (content_key(of.id),)
        case BoardScope.CAMPAIGN if of.id:
            return (campaign_key(of.id),)
        case _:
            return ()


async def _parts(ports: BoardPorts, of: BoardOf) -> Sequence[Counter]:
    counters = ports.counting.counters
    match of.scope:
        case BoardScope.BRAND | BoardScope.REGION | BoardScope.STORE:
            return await counters.of_parent(_own_keys(of)[0], of.period)
        case BoardScope.OWNER:
            directory = ports.counting.directory.directory()
            keys = [period_key(store_key(one), of.period) for one in _stores(directory, of.id)]
            found, _ = await counters.by_keys(keys)
            return list(found.values())
        case BoardScope.GUIDE:
            return await counters.of_guide(of.id, of.period)
        case BoardScope.CONTENT | BoardScope.CAMPAIGN if not of.id:
            return await counters.of_parent(of.scope.value.lower(), of.period)
        case _:
            return ()


def _stores(directory: Directory, owner: str) -> list[StoreId]:
    """The stores that are an owner's now; a board of an owner is of these."""
    return [one.id for one in directory.stores_by_id if one.owner_id == owner]


def _shown(of: BoardOf, counters: Sequence[Counter], directory: Directory) -> tuple[BoardPart, ...]:
    """The parts, who sold most first."""
    parts = []
    for one in counters:
        kind, _, key = one.scope.partition(":")
        scope = BoardScope(kind.upper())
        name = _name(directory, scope, key)
        parts.append(BoardPart(scope=scope, id=key, figures=one.values, name=name))
    parts.sort(key=lambda one: (-one.figures.get(Metric.SALES_FEN, 0), one.id))
    shared = of.scope in {BoardScope.CONTENT, BoardScope.CAMPAIGN}
    return tuple(parts[:MOST_SHARED] if shared else parts)


def _name(directory: Directory, scope: BoardScope, key: str) -> str | None:
    found: Region | Store | None = None
    if scope is BoardScope.REGION:
        found = directory.regions.get(RegionId(key))
    elif scope is BoardScope.STORE:
        found = directory.stores.get(StoreId(key))
    return found.name if found else None


def _hours(counters: Sequence[Counter]) -> tuple[tuple[int, Figures], ...]:
    hours = sorted({hour for one in counters for hour in one.hours})
    return tuple((hour, added(one.hours.get(hour, {}) for one in counters)) for hour in hours)


def _values(found: Mapping[str, Counter], key: str, day: str) -> Figures:
    counter = found.get(period_key(key, day))
    return counter.values if counter else {}


def _fresh(upto: Upto | None, heard: int, now: datetime) -> FigureFreshness:
    """How fresh figures are: as of now, or as of the newest fact that is counted."""
    behind = max(0, heard - upto.n) if upto else heard
    late = upto.at if behind and upto else now
    return FigureFreshness(as_of=late, behind=behind, pending=upto.pending if upto else 0)
