"""How fast facts become figures, and how long a board takes beside them.

Everything runs on an embedded database of its own. Against it stand, in the same run, bare inserts
of as many small documents, a hundred in a command. The facts are of thirty days in no order, as a
rebuild meets them at worst; what happens now is of one day and shares its counters.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from domain.insight.boards import BoardOf, BoardScope, board_of, rows_behind
from domain.insight.counting import count
from domain.insight.metrics import Metric
from domain.kernel.days import beijing_day
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
from scripts import embedded
from storage.board_news import BoardNewsFromFacts
from storage.mongo.kernel.database import connect
from storage.mongo.kernel.indexing import prepare

STORES, REGIONS, GUIDES = 400, 34, 3
BATCH = 100
DAYS = 30
ROUNDS = 20


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench insight", description=__doc__)
    parser.add_argument("--orders", type=int, default=5_000, help="3 facts each (5000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder) / "data") as uri:
        asyncio.run(measure(uri, Path(folder), options.orders))
    return 0


async def measure(uri: str, folder: Path, orders: int) -> None:
    """Count all facts, then ask for boards."""
    database = connect(uri, "bench")
    await prepare(database)
    environment = {
        "QIANMIAN_MODE": "demo",
        "MONGODB_URI": uri,
        "QIANMIAN_SECRET": "a secret of this measurement alone, long enough",
        "QIANMIAN_PERSONAL_KEYS": "bench:a secret of this measurement alone and long enough",
        "QIANMIAN_FILES": str(folder / "files"),
    }
    base = Foundation(settings=Settings.from_environment(environment), database=database)
    print(f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    facts = some_facts(orders)
    started = time.perf_counter()
    for start in range(0, len(facts), BATCH):
        some = [{"_id": one.id, "data": dict(one.data)} for one in facts[start : start + BATCH]]
        await database["bare"].insert_many(some)
    bare = len(facts) / (time.perf_counter() - started)
    print(f"bare inserts: {bare:,.0f}/s")
    ports, by_the_day = counter_ports(base), by_the_clock(now(), new_id)
    started = time.perf_counter()
    for start in range(0, len(facts), MOST_AT_ONCE):
        some_of = tuple(facts[start : start + MOST_AT_ONCE])
        await count(ports, by_the_day, Batch(facts=some_of, upto=some_of[-1].n))
    rate = len(facts) / (time.perf_counter() - started)
    sizes = [
        await database[name].count_documents({"_id": {"$gt": ""}})
        for name in ("counters", "insight_rows", "insight_cases")
    ]
    print(f"facts into figures: {rate:,.0f}/s, {rate / bare:.0%} of bare inserts")
    print("{} facts made {:,} counters, {:,} rows, {:,} cases".format(len(facts), *sizes))
    await boards(base, orders)
    await base.http.aclose()
    database.client.close()


async def boards(base: Foundation, orders: int) -> None:
    """How long boards take, the whole of each and the rows behind a figure."""
    ports = board_ports(base, BoardNewsFromFacts())
    office = Viewer(id=PersonId("bench"), role=Role.HEAD_OFFICE)
    act = Act(viewer=office, at=now(), new_id=new_id)
    day = beijing_day(now()).isoformat()
    for name, period in (("day", day), ("month", day[:7])):
        of = BoardOf(scope=BoardScope.BRAND, id="", period=period)
        times, parts = [], 0
        for _ in range(ROUNDS):
            started = time.perf_counter()
            parts = len((await board_of(ports, act, of)).parts)
            times.append(time.perf_counter() - started)
        print(
            f"the brand's {name} at {orders:,} orders: {median(times) * 1_000:.0f} ms, "
            f"{parts} parts"
        )
    of = BoardOf(scope=BoardScope.BRAND, id="", period=day)
    started = time.perf_counter()
    page = await rows_behind(ports, act, of, Metric.SALES_FEN, PageRequest(first=20))
    took = (time.perf_counter() - started) * 1_000
    print(f"the first 20 of {page.total:,} rows behind a figure: {took:.0f} ms")


def some_facts(orders: int) -> list[Fact]:
    """Orders of the last thirty days in all stores, each with a visit and a store that accepts."""
    chance, until = random.Random(1), now()
    facts: list[Fact] = []
    for number in range(orders):
        at = until - timedelta(seconds=chance.randrange(DAYS * 86_400))
        facts += facts_of_an_order(number, at)
    return [replace(one, n=n) for n, one in enumerate(facts, 1)]


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
