"""How fast facts become figures, and how long boards take beside very many of them.

Everything runs on an embedded database of its own. Against it stand, in the same run, bare inserts
of as many small documents, a hundred in a command. Facts are counted twice: as they happen on a day
of 27,000 orders, and of thirty days in no order, as a rebuild never meets them. Then the counters
of a month of many more orders are written at once, with as many of the rows behind them, and boards
are asked for.
"""

import argparse
import asyncio
import os
import random
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from domain.insight.boards import BoardOf, BoardScope, board_of, rows_behind
from domain.insight.counting import CounterPorts, Upto, count, with_postings
from domain.insight.metrics import FigureRow, Metric, RowKind, Where, period_key
from domain.kernel.days import beijing_day, day_begins
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.following import MOST_AT_ONCE
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from qianmian.wiring.insight import board_ports, counter_ports
from scripts.benching import database, paced
from storage.board_news import BoardNewsFromFacts
from storage.mongo.insight.counters import MongoCounters, MongoRows
from storage.mongo.kernel.database import CommandStartedEvent, Heard, connect
from storage.mongo.kernel.indexing import prepare

STORES, REGIONS, GUIDES = 400, 34, 3
BATCH = 100
DAYS = 30
# Orders of a day of the whole brand.
A_DAY = 27_000
ROUNDS = 20


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench insight", description=__doc__)
    parser.add_argument("--orders", type=int, default=5_000, help="to count, 3 facts each (5000)")
    parser.add_argument("--more", type=int, default=1_000_000, help="that boards show (1000000)")
    parser.add_argument("--rows", type=int, help="of them with rows behind figures (all)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(Path(folder) / "data") as (uri, server):
        rows = options.more if options.rows is None else options.rows
        asyncio.run(measure(uri, server, Path(folder), options.orders, options.more, rows))
    return 0


class Asked(Heard):
    """How often the database was asked."""

    times = 0

    def started(self, event: CommandStartedEvent) -> None:
        """Count it."""
        self.times += 1


async def measure(uri: str, server: int, folder: Path, orders: int, more: int, rows: int) -> None:
    """Count all facts, then ask for boards."""
    asked = Asked()
    kept = connect(uri, "bench", listeners=[asked])
    await prepare(kept)
    environment = {
        "QIANMIAN_MODE": "demo",
        "MONGODB_URI": uri,
        "QIANMIAN_SECRET": "a secret of this measurement alone, long enough",
        "QIANMIAN_PERSONAL_KEYS": "bench:a secret of this measurement alone and long enough",
        "QIANMIAN_FILES": str(folder / "files"),
    }
    base = Foundation(settings=Settings.from_environment(environment), database=kept)
    print(f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    [fact, *_] = facts_of_an_order(0, now())

    async def bare_inserts() -> int:
        for start in range(0, orders * 3, BATCH):
            some = [{"_id": n, "data": dict(fact.data)} for n in range(start, start + BATCH)]
            await kept["bare"].insert_many(some)
        return orders * 3

    bare = await paced(server, bare_inserts())
    print(f"bare inserts: {bare}")
    counters = base.made(MongoCounters)
    for order, days in (("as they happen on a day", orders / A_DAY), ("in no order", DAYS)):
        facts = some_facts(orders, days, mixed=days == DAYS)
        pace = await paced(server, counted(counter_ports(base), facts))
        names = ("counters", "insight_rows", "insight_cases")
        sizes = [await kept[one].count_documents({"_id": {"$gt": ""}}) for one in names]
        part = bare.database_ms / pace.database_ms
        print(f"facts into figures, {order}: {pace}; a bare insert costs {part:.0%} of that")
        print("  {} facts made {:,} counters, {:,} rows, {:,} cases".format(len(facts), *sizes))
        await counters.forget()
    pace = await paced(server, load_month(base, more, rows))
    print(f"{more:,} orders written as counters and {rows:,} rows; counters: {pace}", flush=True)
    await boards(base, server, asked)
    await base.http.aclose()
    kept.client.close()


async def counted(ports: CounterPorts, facts: Sequence[Fact]) -> int:
    """Count facts; tell how many."""
    act = by_the_clock(now(), new_id)
    for start in range(0, len(facts), MOST_AT_ONCE):
        some = tuple(facts[start : start + MOST_AT_ONCE])
        await count(ports, act, Batch(facts=some, upto=some[-1].n))
    return len(facts)


async def load_month(base: Foundation, orders: int, rows: int) -> int:
    """Write the counters of so many orders of thirty days, and rows; tell how many counters."""
    concerned: dict[str, list[Fact]] = {}
    waiting: list[FigureRow] = []
    counters, kept = base.made(MongoCounters), base.made(MongoRows)
    each, rest = divmod(orders, STORES * GUIDES * DAYS)
    number = 0
    last = beijing_day(now())
    [fact, *_] = facts_of_an_order(0, now())
    for back in range(DAYS):
        day = last - timedelta(days=back)
        for seller in range(STORES * GUIDES):
            # Each sells in an hour of their own, all that they sell on that day.
            hour = 10 + seller % 12
            taken = each + (rest > 0)
            if not taken:
                continue
            rest -= rest > 0
            at = day_begins(day) + timedelta(hours=hour, minutes=seller % 60)
            row = FigureRow(
                id=f"row_{number}",
                kind=RowKind.SALE,
                at=at,
                n=1,
                about=f"order_{number}",
                where=where_of_seller(seller),
                fen=19_900,
                units=2,
            )
            for dimension, scope in row.scopes().items():
                for period, of_hour in ((row.day, hour), (row.month, None)):
                    key = period_key(scope.key, period)
                    if key not in concerned:
                        data = {"scope": scope, "period": period, "adds": []}
                        concerned[key] = [replace(fact, n=1, data=data)]
                    adds = concerned[key][0].data["adds"]
                    adds += [(metric, of_hour, n * taken) for metric, n in row.adds(dimension)]
            some = range(number, min(number + taken, rows))
            waiting += [replace(row, id=f"row_{n}", about=f"order_{n}") for n in some]
            number += taken
            if len(waiting) >= 1_000:
                await kept.add(waiting)
                waiting = []
    await kept.add(waiting)
    keys = list(concerned)
    for start in range(0, len(keys), 1_000):
        part = {key: concerned[key] for key in keys[start : start + 1_000]}
        await counters.fold(Batch(facts=(), upto=1), part, with_postings)
    await counters.came_to(Upto(n=1, at=now(), pending=0))
    return len(concerned)


async def boards(base: Foundation, server: int, asked: Asked) -> None:
    """How long boards take, the whole of each and the rows behind a figure."""
    ports = board_ports(base, BoardNewsFromFacts())
    office = Viewer(id=PersonId("bench"), role=Role.HEAD_OFFICE)
    act = Act(viewer=office, at=now(), new_id=new_id)
    day = beijing_day(now()).isoformat()
    for scope, key in (
        (BoardScope.BRAND, ""),
        (BoardScope.GUIDE, "G7-1"),
        (BoardScope.CAMPAIGN, ""),
    ):
        for period in (day, day[:7]):
            of = BoardOf(scope=scope, id=key, period=period)
            board, before = await board_of(ports, act, of), asked.times
            pace = await paced(server, again(partial(board_of, ports, act, of)))
            print(
                f"{scope.value} {period}: {board.total.get(Metric.ORDERS, 0):,} orders, "
                f"{len(board.parts)} parts, {(asked.times - before) / ROUNDS:.0f} round trips, "
                f"{1_000 / pace.rate:.0f} ms: {pace}",
                flush=True,
            )
    of = BoardOf(scope=BoardScope.BRAND, id="", period=day)
    request = PageRequest(first=20)
    page = await rows_behind(ports, act, of, Metric.SALES_FEN, request)
    pace = await paced(
        server, again(partial(rows_behind, ports, act, of, Metric.SALES_FEN, request))
    )
    print(
        f"the first 20 of {page.total:,} rows behind a figure: {1_000 / pace.rate:.0f} ms: {pace}"
    )


async def again(ask: Callable[[], Awaitable[object]]) -> int:
    """Ask so many times."""
    for _ in range(ROUNDS):
        await ask()
    return ROUNDS


def some_facts(orders: int, days: float, *, mixed: bool) -> list[Fact]:
    """Orders of so many days in all stores, each with a visit and a store that accepts."""
    chance, until = random.Random(1), now()
    moments = [
        until - timedelta(seconds=chance.randrange(int(days * 86_400))) for _ in range(orders)
    ]
    if not mixed:
        moments.sort()
    facts: list[Fact] = []
    for number, at in enumerate(moments):
        facts += facts_of_an_order(number, at)
    return [replace(one, n=n) for n, one in enumerate(facts, 1)]


def where_of_seller(seller: int) -> Where:
    """Where a seller of a number sells, and what they share."""
    store = seller % STORES
    return Where(
        region=f"R{store % REGIONS}",
        store=f"S{store}",
        guide=f"G{store}-{seller % GUIDES}",
        content=f"POST:post_{seller % 50}",
        campaign="bench",
    )


def facts_of_an_order(number: int, at: datetime) -> list[Fact]:
    """A visit, a payment and an offer."""
    order, store = f"order_{number}", number % STORES
    guide = f"G{store}-{number % GUIDES}"
    places: dict[str, Any] = {"storeId": f"S{store}", "regionId": f"R{store % REGIONS}"}
    lines = [{"sku": "x", "productId": "p", "quantity": 2, "payableFen": 19_900}]
    visit = {
        "code": "code",
        "kind": "POST",
        "target": f"post_{number % 50}",
        "scene": "MOMENTS",
        "campaign": "bench",
        "guide": guide,
        "store": f"S{store}",
        "person": f"person_{number}",
        "consumer": True,
    }
    paid = {**places, "orderId": order, "guideId": guide, "totalFen": 19_900, "lines": lines}
    offered = {"orderId": order, "of": f"{order}-1", "details": {"storeId": f"S{store}"}}
    told = (
        (f"touch:{number}", "link.touched", visit),
        (f"order:{order}", "order.paid", paid),
        (f"fulfilment:{order}", "fulfilment_order.offered", offered),
    )
    return [
        Fact(id=FactId(f"{subject}:1"), subject=subject, kind=FactKind(kind), at=at, data=data)
        for subject, kind, data in told
    ]


if __name__ == "__main__":
    raise SystemExit(main())
