"""The weekly brief: what changed against the week before, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.insight.boards import (
    BoardOf,
    BoardPorts,
    BoardScope,
    added,
    board_of,
    net_by_refund_day,
)
from domain.insight.metrics import Figures, Metric
from domain.kernel.days import read_day
from domain.kernel.refusals import Invalid
from domain.people.act import Act

WEEK = 7
# A change is told of from here on; less is what weeks differ by anyway.
TOLD_FROM = 0.1
# Fewer than so many of a thing say nothing.
LEAST = 10
SLOW_S = 30 * 60
MANY_REJECTED, MANY_BACK = 0.1, 0.15


class Advice(StrEnum):
    """What to do."""

    CHECK_STOCK = "CHECK_STOCK"
    ACCEPT_FASTER = "ACCEPT_FASTER"
    LOOK_AT_RETURNS = "LOOK_AT_RETURNS"
    VISITS_DO_NOT_BUY = "VISITS_DO_NOT_BUY"
    SHARE_MORE = "SHARE_MORE"
    INVITE_FRIENDS = "INVITE_FRIENDS"
    GO_ON = "GO_ON"


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefChange:
    """A figure of the week and of the one before."""

    metric: Metric
    now: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyBrief:
    """What changed most, and what to do; the week begins on its Monday."""

    of: BoardOf
    starts_on: str
    net: int
    net_before: int
    changes: tuple[BriefChange, ...]
    advice: tuple[Advice, ...]


async def weekly_brief(
    ports: BoardPorts, act: Act, scope: BoardScope, id: str, starts_on: str
) -> WeeklyBrief:
    """The brief of a week of the brand, a region or a store, from the figures of its board."""
    monday = read_day(starts_on, ["startsOn"])
    if monday.weekday() != 0:
        raise Invalid("A week begins on a Monday.", field=["startsOn"])
    if scope not in {BoardScope.BRAND, BoardScope.REGION, BoardScope.STORE}:
        raise Invalid("There are briefs of the brand, regions and stores.", field=["scope"])
    last = monday + timedelta(days=WEEK - 1)
    board = await board_of(ports, act, BoardOf(scope=scope, id=id, period=last.isoformat()))
    days = dict(board.days)

    def week(begins: date) -> Figures:
        return added(days[(begins + timedelta(days=n)).isoformat()] for n in range(WEEK))

    now, before = week(monday), week(monday - timedelta(days=WEEK))
    return WeeklyBrief(
        of=board.of,
        starts_on=monday.isoformat(),
        net=net_by_refund_day(now),
        net_before=net_by_refund_day(before),
        changes=changes_of(now, before),
        advice=advice_for(now, before),
    )


def changes_of(now: Figures, before: Figures) -> tuple[BriefChange, ...]:
    """What has changed, the largest change in proportion first."""
    found = [
        BriefChange(metric=one, now=now.get(one, 0), before=before.get(one, 0))
        for one in Metric
        if max(now.get(one, 0), before.get(one, 0)) >= LEAST
    ]
    told = [one for one in found if abs(_change(one.now, one.before)) >= TOLD_FROM]
    return tuple(sorted(told, key=lambda one: (-abs(_change(one.now, one.before)), one.metric)))


def advice_for(now: Figures, before: Figures) -> tuple[Advice, ...]:
    """What to do, in the order of what it costs to leave it."""
    return tuple(_advice(now, before)) or (Advice.GO_ON,)


def _advice(now: Figures, before: Figures) -> Iterator[Advice]:
    def of(metric: Metric) -> int:
        return now.get(metric, 0)

    def fell(metric: Metric) -> bool:
        was = before.get(metric, 0)
        return was >= LEAST and _change(of(metric), was) <= -TOLD_FROM

    refused = of(Metric.REJECTED) + of(Metric.TIMED_OUT)
    if _much(refused, of(Metric.OFFERED), MANY_REJECTED):
        yield Advice.CHECK_STOCK
    if of(Metric.ACCEPTED) >= LEAST and of(Metric.ACCEPT_SECONDS) > SLOW_S * of(Metric.ACCEPTED):
        yield Advice.ACCEPT_FASTER
    if of(Metric.ORDERS) >= LEAST and _much(of(Metric.REFUND_FEN), of(Metric.SALES_FEN), MANY_BACK):
        yield Advice.LOOK_AT_RETURNS
    if fell(Metric.ORDERS) and of(Metric.VISITS) > before.get(Metric.VISITS, 0):
        yield Advice.VISITS_DO_NOT_BUY
    if fell(Metric.VISITS):
        yield Advice.SHARE_MORE
    if fell(Metric.FRIENDS):
        yield Advice.INVITE_FRIENDS


def _much(part: int, of: int, share: float) -> bool:
    return of >= LEAST and part > share * of


def _change(now: int, before: int) -> float:
    return (now - before) / before if before else float(now > 0)
