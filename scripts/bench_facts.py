"""How fast facts go through all followers, and how late they are under a load of orders.

Everything runs on an embedded database of its own. Against it stand, in the same rounds, bare
inserts of as many small documents, a hundred in a command, and bare changes of the documents that
say the facts, which is what taking the facts out of them costs at least.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from domain.kernel.facts import Batch, Fact, FactId, FactKind, Follower, Outbox
from domain.kernel.following import Places
from domain.kernel.relaying import relay
from domain.webhooks.webhooks import Webhook, WebhookId
from qianmian.clock import new_id, now
from qianmian.composition import followers_of
from qianmian.foundation import Foundation
from qianmian.reacting import reacting
from qianmian.settings import Settings
from scripts.benching import Pace, paced
from scripts.benching import database as served
from storage.mongo.kernel.collections import FACT_SOURCES
from storage.mongo.kernel.database import Database, connect
from storage.mongo.kernel.documents import save_version, saying
from storage.mongo.kernel.facts import CLEARED_TOGETHER, MongoOutboxes, MongoStream
from storage.mongo.kernel.following import MongoPlaces
from storage.mongo.kernel.indexing import prepare
from storage.mongo.webhooks.webhooks import MongoWebhooks

BATCH = 100
MOST = 100_000
STORES = 200
PRODUCTS = 500
STEPS = (
    "payment.open",
    "payment.paid",
    "fulfilment_order.offered",
    "fulfilment_order.accepted",
    "fulfilment_order.shipped",
)
KINDS = frozenset(FactKind(kind) for kind in (*STEPS, "order.paid"))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench facts", description=__doc__)
    parser.add_argument("--orders", type=int, default=500, help="6 facts each (500)")
    parser.add_argument("--rounds", type=int, default=3, help="the median counts (3)")
    parser.add_argument(
        "--rates", type=int, nargs="*", default=[1, 10, 20], help="orders a second (1 10 20)"
    )
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each load lasts (8)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "data") as (uri, server):
        asyncio.run(measure(uri, server, Path(folder), options))
    return 0


async def measure(uri: str, server: int, folder: Path, options: argparse.Namespace) -> None:
    """Run each measurement on the same database."""
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
    await base.made(MongoWebhooks).add(
        Webhook(
            id=WebhookId("webhook_1"),
            url="https://till.example/",
            secret="s",  # noqa: S106 - nobody is told anything
            created_by="bench",
            created_at=now(),
        )
    )
    followers = followers_of(base)
    print(f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    rounds = [
        await one_round(database, server, followers, options.orders) for _ in range(options.rounds)
    ]
    bare = median(one["bare inserts"].rate for one in rounds)
    for name in rounds[0]:
        pace = sorted((one[name] for one in rounds), key=lambda one: one.rate)[len(rounds) // 2]
        print(f"{name}: {pace}; {pace.rate / bare:.0%} of bare inserts", flush=True)
    for rate in options.rates:
        saves, lags = await under_load(database, followers, rate, options.seconds)
        print(
            f"under {rate * 6} facts/s, saved one by one in {median(saves):.3f} s each: "
            f"half are handled by all within {median(lags):.2f} s, "
            f"99 % within {lags[int(len(lags) * 0.99)]:.2f} s"
        )
    await base.http.aclose()
    database.client.close()


async def one_round(
    database: Database, server: int, followers: Sequence[Follower], orders: int
) -> dict[str, Pace]:
    """Each pace once."""
    pace = partial(paced, server)
    paces = {"bare inserts": await pace(bare_inserts(database, orders * 6))}
    await backlog(database, orders)
    waiting = await MongoOutboxes(database, FACT_SOURCES).waiting(MOST)
    changes = "bare changes of documents that say facts"
    paces[changes] = await pace(bare_changes(database, waiting))
    paces["facts from documents into the stream"] = await pace(relaying_alone(database))
    through = f"facts through all {len(followers)} followers"
    paces[through] = await pace(whole_way(database, followers))
    await backlog(database, orders)
    paces["facts from documents through all"] = await pace(whole_way(database, followers))
    return paces


def facts_of_an_order(order_id: str, number: int) -> tuple[list[Fact], Fact]:
    """The facts of an order's steps, and that it was paid."""
    at = now()
    store = f"S{number % STORES}"
    steps = [
        Fact(
            id=FactId(f"fulfilment:{order_id}:{i}"),
            subject=f"fulfilment:{order_id}",
            kind=FactKind(kind),
            at=at,
            data={
                "orderId": order_id,
                "sequence": i,
                "of": order_id,
                "before": None,
                "after": "X",
                "reason": "",
                "stores": [store],
                "details": {"amountFen": 19_900},
                "cause": "transaction",
                "guideId": "G1",
                "paidFen": 19_900,
                "refundedFen": 0,
            },
        )
        for i, kind in enumerate(STEPS, 1)
    ]
    lines = [
        {"sku": f"{number}-{i}", "productId": f"P{(number * 7 + i) % PRODUCTS}", "quantity": 1}
        for i in range(2)
    ]
    paid = Fact(
        id=FactId(f"order:{order_id}:2"),
        subject=f"order:{order_id}",
        kind=FactKind("order.paid"),
        at=at,
        data={
            "orderId": order_id,
            "storeId": store,
            "regionId": f"R{number % 10}",
            "placedAt": at.isoformat(),
            "lines": lines,
        },
    )
    return steps, paid


async def bare_inserts(database: Database, many: int) -> int:
    """Insert so many documents."""
    steps, _ = facts_of_an_order("order_bare", 1)
    one = {"subject": steps[0].subject, "kind": steps[0].kind, "data": dict(steps[0].data)}
    await database["bare"].delete_many({})
    for start in range(0, many, BATCH):
        some = [{**one, "_id": f"{start + i}"} for i in range(BATCH)]
        await database["bare"].insert_many(some)
    return many


async def bare_changes(database: Database, waiting: Sequence[Outbox]) -> int:
    """Change the documents in which facts wait; each order has two of them."""
    for source in FACT_SOURCES:
        keys = [outbox.key for outbox in waiting if outbox.source == source]
        for start in range(0, len(keys), CLEARED_TOGETHER):
            some = {"_id": {"$in": keys[start : start + CLEARED_TOGETHER]}}
            await database[source].update_many(some, {"$inc": {"version": 1}})
    return len(waiting)


async def backlog(database: Database, orders: int) -> None:
    """Orders whose facts wait in their documents."""
    for start in range(0, orders, BATCH):
        fulfilments, paid_orders = [], []
        for number in range(start, start + BATCH):
            order_id = new_id("order")
            steps, paid = facts_of_an_order(order_id, number)
            fulfilments.append(saying({"_id": order_id, "version": 1}, steps))
            fields = {"_id": order_id, "version": 1, "buyer_id": order_id, "idempotency_key": "k"}
            paid_orders.append(saying(fields, [paid]))
        await database["fulfilments"].insert_many(fulfilments)
        await database["orders"].insert_many(paid_orders)


async def relaying_alone(database: Database) -> int:
    """Bring all that waits in documents into the stream; tell how many facts."""
    stream = MongoStream(database)
    before = await stream.head()
    while await relay(MongoOutboxes(database, FACT_SOURCES), stream):
        pass
    return await stream.head() - before


async def whole_way(database: Database, followers: Sequence[Follower]) -> int:
    """Go on until every follower has handled all that waits; tell how many facts."""
    places, stream = MongoPlaces(database), MongoStream(database)
    before = await lowest(places, followers)
    outboxes = MongoOutboxes(database, FACT_SOURCES)
    waiting = sum(len(outbox.facts) for outbox in await outboxes.waiting(MOST))
    upto = await stream.head() + waiting
    async with reacting(database, followers):
        more = True
        while more:
            await asyncio.sleep(0.05)
            more = await lowest(places, followers) < upto or bool(await outboxes.waiting(1))
    return upto - before


async def lowest(places: Places, followers: Sequence[Follower]) -> int:
    """The number up to which everybody has come who wants any of these facts.

    Whoever wants none writes its place every two seconds only.
    """
    found = {place.follower: place.n for place in await places.all()}
    wanting = (one for one in followers if one.kinds & KINDS)
    return min(found.get(follower.name, 0) for follower in wanting)


async def under_load(
    database: Database, followers: Sequence[Follower], rate: int, seconds: float
) -> tuple[list[float], list[float]]:
    """How long each save took, and how late each fact was handled by the last that wants it."""
    late: dict[str, timedelta] = {}
    saves: list[float] = []
    async with reacting(database, [_timed(follower, late) for follower in followers]):
        async with _orders_coming(database, rate, saves):
            await asyncio.sleep(seconds)
        await asyncio.sleep(2)
    return saves, sorted(one.total_seconds() for one in late.values())


def _timed(follower: Follower, late: dict[str, timedelta]) -> Follower:
    async def handle(batch: Batch) -> None:
        await follower.handle(batch)
        for fact in batch.facts:
            late[fact.id] = max(late.get(fact.id, timedelta()), now() - fact.at)

    return Follower(name=follower.name, kinds=follower.kinds, handle=handle)


@contextlib.asynccontextmanager
async def _orders_coming(database: Database, rate: int, saves: list[float]) -> AsyncIterator[None]:
    """Orders that take their steps one by one, so many a second."""
    tasks: set[asyncio.Task[Any]] = set()

    async def come() -> None:
        number = 0
        while True:
            number += 1
            tasks.add(asyncio.create_task(_one_order(database, number, saves)))
            await asyncio.sleep(1 / rate)

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        coming.cancel()
        await asyncio.gather(coming, *tasks, return_exceptions=True)


async def _one_order(database: Database, number: int, saves: list[float]) -> None:
    order_id = new_id("order")
    for i in range(len(STEPS)):
        steps, _ = facts_of_an_order(order_id, number)
        document = {"_id": order_id, "version": i + 1}
        started = time.perf_counter()
        await save_version(database["fulfilments"], document, expected=i, facts=[steps[i]])
        saves.append(time.perf_counter() - started)
    _, paid = facts_of_an_order(order_id, number)
    fields = {"_id": order_id, "version": 1, "buyer_id": order_id, "idempotency_key": "k"}
    await save_version(database["orders"], fields, expected=0, facts=[paid])


if __name__ == "__main__":
    raise SystemExit(main())
