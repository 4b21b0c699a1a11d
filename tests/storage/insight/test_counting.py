"""Figures in the database: each fact once, whatever is cut short, repeated or begun anew."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.insight.board_files import board_csv
from domain.insight.boards import (
    BoardOf,
    BoardPorts,
    BoardScope,
    amount_of,
    board_of,
    net_by_refund_day,
    net_of_orders,
    rows_behind,
)
from domain.insight.counting import CounterPorts, count
from domain.insight.metrics import DIMENSIONS, MOST_DIMENSIONS, REGISTRY, Metric
from domain.kernel.facts import Batch
from domain.kernel.paging import PageRequest, every_page
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from domain.people.viewer import Role, Viewer
from qianmian.foundation import Foundation
from qianmian.wiring.insight import board_ports, counter_ports
from storage.board_news import BoardNewsFromFacts
from storage.mongo.insight.counters import MongoCounters
from storage.mongo.kernel.database import Database
from storage.mongo.sharing.share_links import MongoShareLinks
from tests.support.crashing import Crash, Crashing
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, beijing
from tests.support.insight import (
    FIRST,
    LINK,
    a_part,
    a_refund,
    an_order,
    batches,
    counted,
    kept,
    open_network,
    recounted,
    some_days,
)
from tests.support.round_trips import ROUND_TRIPS
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
DAYS = ("2026-11-29", "2026-11-30", "2026-12-01", "2026-11", "2026-12")


@pytest.fixture
async def base(database: Database) -> Foundation:
    base = a_foundation(database)
    await open_network(base)
    await base.made(MongoShareLinks).keep([LINK], lambda: LINK.code)
    return base


class CutShort:
    """Counters of which a batch writes a part, and then the process ends."""

    def __init__(self, counters, chance: random.Random) -> None:
        self._counters, self._chance = counters, chance

    def __getattr__(self, name: str):
        return getattr(self._counters, name)

    async def fold(self, batch, concerned, rule) -> None:
        some = {key: facts for key, facts in concerned.items() if self._chance.random() < 0.5}
        await self._counters.fold(batch, some, rule)
        raise Crash


def broken(ports: CounterPorts, chance: random.Random) -> CounterPorts:
    """The ports of a process that ends between two of its writes."""
    parts = {"cases": ports.cases, "rows": ports.rows, "counters": ports.counters}
    where, method = chance.choice(
        [("cases", "fold"), ("rows", "add"), ("counters", "fold"), ("counters", "came_to")]
    )
    parts[where] = (
        CutShort(ports.counters, chance)
        if method == "fold" and where == "counters"
        else Crashing(parts[where], method, after=chance.random() < 0.5)
    )
    return CounterPorts(**parts, links=ports.links, directory=ports.directory)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_killed_and_repeated_figures_are_a_recount_and_what_a_rebuild_makes(
    base: Foundation, seed: int
):
    chance = random.Random(seed)
    facts = some_days(chance)
    ports = counter_ports(base)
    upto = 0
    for batch in batches(facts, chance):
        # What was cut short is handed over again, with what came since.
        for _ in range(chance.randrange(3)):
            with pytest.raises(Crash):
                await count(broken(ports, chance), an_act(at=FIRST), batch)
        again = tuple(one for one in facts if upto - 3 < one.n <= batch.upto)
        both = [counted(base, Batch(facts=again, upto=batch.upto)) for _ in range(2)]
        # Of two at once one may find that the other is changing what it changes.
        for fault in await asyncio.gather(*both, return_exceptions=True):
            assert fault is None or isinstance(fault, Conflict)
        await counted(base, Batch(facts=again, upto=batch.upto))
        upto = batch.upto
    live = await kept(base)
    values, hours = recounted(facts)
    assert {metric for one in values.values() for metric in one} == set(Metric)
    assert {key: _without_nothing(one) for key, (one, *_) in live.items()} == values
    assert {
        (key, int(hour)): _without_nothing(some)
        for key, (_, by_hour, _) in live.items()
        for hour, some in by_hour.items()
    } == hours
    with looking_away():  # once for a rebuild, which an operator asks for
        await base.made(MongoCounters).forget()
    await counted(base, Batch(facts=tuple(facts), upto=facts[-1].n, generation=2))
    assert await kept(base) == live


async def test_a_fact_that_is_held_up_counts_once_it_is_handled(base: Foundation):
    paid, back = an_order("o1", FIRST, 900), a_refund("o1", 1, FIRST, 300)
    facts = _numbered([paid, back])
    # The order's own facts are held, those of its refund are not.
    await counted(base, Batch(facts=(facts[1],), upto=2, pending=frozenset({1})))
    board = await board_of(_boards(base), an_act(), _brand("2026-11-29"))
    assert (board.total, board.fresh.pending, board.fresh.complete) == ({}, 1, False)
    for _ in range(2):
        await counted(base, Batch(facts=(facts[0],), upto=2))
    board = await board_of(_boards(base), an_act(), _brand("2026-11-29"))
    assert net_by_refund_day(board.total) == net_of_orders(board.total) == 600
    assert board.fresh.complete


async def test_each_figure_is_the_sum_of_its_parts_and_of_the_rows_behind_it(base: Foundation):
    facts = some_days(random.Random(7), orders=20)
    await counted(base, *batches(facts, random.Random(1)))
    ports = _boards(base)
    opened = 0
    for scope, name in [
        (BoardScope.BRAND, ""),
        (BoardScope.REGION, "320500"),
        (BoardScope.STORE, "S1"),
        (BoardScope.OWNER, "o9"),
        (BoardScope.GUIDE, "G1"),
        (BoardScope.SELLER, "S1/G2"),
        (BoardScope.CONTENT, "POST:post_1"),
        (BoardScope.CAMPAIGN, "双十一"),
    ]:
        for period in DAYS:
            of = BoardOf(scope=scope, id=name, period=period)
            board = await board_of(ports, an_act(), of)
            for metric in (Metric.ORDERS, Metric.SALES_FEN, Metric.REFUND_FEN, Metric.VISITS):
                if board.parts:
                    parts = sum(one.figures.get(metric, 0) for one in board.parts)
                    assert parts == board.total.get(metric, 0), (of, metric)
            for metric, n in board.total.items():
                assert await _sum_of_rows(ports, of, metric) == n, (of, metric)
                opened += 1
            if of.daily:
                hours = [figures.get(Metric.SALES_FEN, 0) for _, figures in board.hours]
                assert sum(hours) == board.total.get(Metric.SALES_FEN, 0)
    assert opened > 150


async def test_what_happens_at_midnight_is_the_next_days_and_behind_its_figure(base: Foundation):
    midnights = [beijing("2026-11-30"), beijing("2026-12-01")]
    facts = [an_order(f"o{n}", at, 900) for n, at in enumerate(midnights)]
    await counted(base, Batch(facts=_numbered(facts), upto=2))
    ports = _boards(base)
    for period, wanted in [
        ("2026-11-29", []),
        ("2026-11-30", ["o0"]),
        ("2026-12-01", ["o1"]),
        ("2026-11", ["o0"]),
        ("2026-12", ["o1"]),
    ]:
        of = BoardOf(scope=BoardScope.STORE, id="S1", period=period)
        page = await rows_behind(ports, an_act(), of, Metric.ORDERS, PageRequest())
        assert ([one.about for one in page.items], page.total) == (wanted, len(wanted)), period
        assert (await board_of(ports, an_act(), of)).total.get(Metric.ORDERS, 0) == len(wanted)


async def test_late_refunds_are_told_in_two_views_that_agree_in_total(base: Foundation):
    late = FIRST + timedelta(days=3)
    facts = [an_order("o1", FIRST, 900), a_refund("o1", 1, late, 400), a_refund("o1", 2, late, 500)]
    await counted(base, Batch(facts=_numbered(facts), upto=3))
    ports, nets = _boards(base), []
    for day in ("2026-11-29", "2026-12-02"):
        total = (await board_of(ports, an_act(), _brand(day))).total
        nets.append((net_by_refund_day(total), net_of_orders(total)))
    assert nets == [(900, 0), (-900, 0)]
    assert sum(one for one, _ in nets) == sum(one for _, one in nets) == 0
    # A number below 0 is one in the file as well, and no text.
    for row in (await board_csv(ports, an_act(), _brand("2026-12-02"))).splitlines()[1:]:
        assert row.endswith(",-900,0")


async def test_how_long_stores_take_counts_from_the_offer_and_a_rejection_beside_it(
    base: Foundation,
):
    minute = timedelta(minutes=1)
    facts = [
        a_part("o1", 1, "offered", FIRST),
        a_part("o1", 2, "rejected", FIRST + minute),
        a_part("o2", 1, "offered", FIRST),
        a_part("o2", 2, "accepted", FIRST + 3 * minute),
        a_part("o2", 3, "held", FIRST + 4 * minute),
        a_part("o2", 4, "accepted", FIRST + 9 * minute),
        a_part("o2", 5, "shipped", FIRST + 9 * minute),
    ]
    wanted = tuple(one for one in _numbered(facts) if not one.kind.endswith("held"))
    await counted(base, Batch(facts=wanted, upto=7))
    store = BoardOf(scope=BoardScope.STORE, id="S1", period="2026-11-29")
    assert (await board_of(_boards(base), an_act(), store)).total == {
        Metric.OFFERED: 2,
        Metric.REJECTED: 1,
        Metric.ACCEPTED: 1,
        Metric.ACCEPT_SECONDS: 180,
        Metric.SHIPPED: 1,
    }


async def test_a_board_takes_two_round_trips_however_much_there_is(
    base: Foundation, database: Database
):
    await counted(base, *batches(some_days(random.Random(3), orders=40), random.Random(3)))
    ports = _boards(base)
    sent = ROUND_TRIPS.of(database.name)
    for scope, name in [
        (BoardScope.BRAND, ""),
        (BoardScope.REGION, "320500"),
        (BoardScope.STORE, "S1"),
        (BoardScope.OWNER, "o9"),
        (BoardScope.GUIDE, "G1"),
        (BoardScope.CAMPAIGN, ""),
    ]:
        before = len(sent)
        await board_of(ports, an_act(), BoardOf(scope=scope, id=name, period="2026-11-30"))
        assert len(sent) - before <= 2, (scope, sent[before:])


async def test_everybody_sees_the_boards_of_their_scope_and_no_others(base: Foundation):
    ports = _boards(base)
    viewers = {
        "region": _viewer(base, Role.REGION_MANAGER, region_id="320500"),
        "manager": _viewer(base, Role.STORE_MANAGER, store_id="S1"),
        "guide": _viewer(base, Role.GUIDE, id="G1", store_id="S1"),
        "franchisee": _viewer(base, Role.FRANCHISEE, owner_id="o9"),
        "finance": _viewer(base, Role.FINANCE),
    }
    boards = {
        (BoardScope.BRAND, ""): {"finance"},
        (BoardScope.CAMPAIGN, ""): {"finance"},
        (BoardScope.REGION, "320500"): {"finance", "region"},
        (BoardScope.REGION, "320200"): {"finance"},
        (BoardScope.STORE, "S1"): {"finance", "region", "manager"},
        (BoardScope.STORE, "S2"): {"finance", "region"},
        (BoardScope.STORE, "S9"): {"finance", "franchisee"},
        (BoardScope.OWNER, "o9"): {"finance", "franchisee"},
        (BoardScope.OWNER, "brand"): {"finance"},
        (BoardScope.GUIDE, "G1"): {"finance", "guide"},
        (BoardScope.GUIDE, "G2"): {"finance"},
        (BoardScope.SELLER, "S1/G1"): {"finance", "region", "manager", "guide"},
    }
    for (scope, name), may in boards.items():
        of = BoardOf(scope=scope, id=name, period="2026-11")
        for who, viewer in viewers.items():
            if who in may:
                await board_of(ports, an_act(viewer), of)
                await rows_behind(ports, an_act(viewer), of, Metric.ORDERS, PageRequest())
                continue
            for ask in (
                board_of(ports, an_act(viewer), of),
                rows_behind(ports, an_act(viewer), of, Metric.ORDERS, PageRequest()),
                board_csv(ports, an_act(viewer), of),
            ):
                with pytest.raises(Forbidden):
                    await ask


async def test_a_file_has_all_together_and_each_part_and_what_is_not_there_is_refused(
    base: Foundation,
):
    await counted(base, Batch(facts=_numbered([an_order("o1", FIRST, 900)]), upto=1))
    ports = _boards(base)
    head, total, part = (await board_csv(ports, an_act(), _brand("2026-11"))).splitlines()
    assert head.startswith("period,scope,id,orders,units,sales_fen")
    assert total.startswith("2026-11,BRAND,,1,2,900")
    assert part.startswith("2026-11,REGION,320500,1,2,900")
    for period in ("2026-13", "2026-11-31", "yesterday"):
        with pytest.raises(Invalid):
            _brand(period)
    store = BoardOf(scope=BoardScope.STORE, id="S77", period="2026-11")
    with pytest.raises(NotFound):
        await board_of(ports, an_act(), store)
    with pytest.raises(Invalid):
        await rows_behind(ports, an_act(), _brand("2026-11"), Metric.VISITORS, PageRequest())


def test_a_metric_is_kept_by_six_sets_of_dimensions_at_most():
    assert set(REGISTRY) == set(Metric)
    for kind, _ in REGISTRY.values():
        assert 1 <= len(DIMENSIONS[kind]) <= MOST_DIMENSIONS


def _without_nothing(figures):
    return {name: n for name, n in figures.items() if n}


def _numbered(facts):
    return tuple(replace(one, n=n) for n, one in enumerate(facts, 1))


def _boards(base: Foundation) -> BoardPorts:
    return board_ports(base, BoardNewsFromFacts())


def _brand(period: str) -> BoardOf:
    return BoardOf(scope=BoardScope.BRAND, id="", period=period)


def _viewer(base: Foundation, role: Role, **scope) -> Viewer:
    return Viewer(**{"id": f"who_{role}", "role": role, "places": base.reference, **scope})


async def _sum_of_rows(ports: BoardPorts, of: BoardOf, metric: Metric) -> int:
    if metric is Metric.VISITORS and not of.daily:
        return -1
    found = 0
    async for page in every_page(lambda asked: rows_behind(ports, an_act(), of, metric, asked)):
        found += sum(amount_of(row, metric) for row in page.items)
    return found
