"""How fast facts go through all followers, and how late they are under a load of orders.

Everything runs on an embedded database of its own. Against it stand bare inserts of as many small
documents, a hundred in a command, in the same run.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.kernel.facts import Batch, Fact, FactId, FactKind, Follower
from domain.kernel.following import Places
from domain.kernel.relaying import relay
from domain.webhooks.webhooks import Webhook, WebhookId
from qianmian.clock import new_id, now
from qianmian.composition import followers_of
from qianmian.foundation import Foundation
from qianmian.reacting import reacting
from qianmian.settings import Settings
from scripts import embedded
from storage.mongo.kernel.database import Database, connect, prepare
from storage.mongo.kernel.documents import save_version, saying
from storage.mongo.kernel.facts import MongoOutboxes, MongoStream
from storage.mongo.kernel.following import MongoPlaces
from storage.mongo.kernel.indexes import FACT_SOURCES
from storage.mongo.webhooks.webhooks import MongoWebhooks

BATCH = 100
STORES = 200
PRODUCTS = 500
STEPS = (
    "payment.open",
    "payment.paid",
    "fulfilment_order.offered",
    "fulfilment_order.accepted",
    "fulfilment_order.shipped",
)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench facts", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000, help="6 facts each (1000)")
    parser.add_argument("--rate", type=int, default=20, help="orders a second of the load (20)")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long the load lasts (8)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder) / "data") as uri:
        asyncio.run(measure(uri, Path(folder), options))
    return 0


async def measure(uri: str, folder: Path, options: argparse.Namespace) -> None:
    """Run each measurement on the same database."""
    database = connect(uri, "bench")
    await prepare(database)
    environment = {
        "QIANMIAN_MODE": "demo",
        "MONGODB_URI": uri,
        "QIANMIAN_SECRET": "a secret of this measurement alone, long enough",
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
    bare = await bare_inserts(database, options.orders * 6)
    print(f"bare inserts: {bare:,.0f} documents/s")
    await backlog(database, options.orders)
    relayed = await relaying_alone(database)
    print(f"relaying alone: {relayed:,.0f} facts/s, {relayed / bare:.0%} of bare inserts")
    through = await whole_way(database, followers)
    print(f"six followers alone: {through:,.0f} facts/s, {through / bare:.0%} of bare inserts")
    await backlog(database, options.orders)
    whole = await whole_way(database, followers)
    print(f"from documents through all followers: {whole:,.0f} facts/s, {whole / bare:.0%}")
    lags = sorted(await under_load(database, followers, options.rate, options.seconds))
    print(
        f"under {options.rate * 6} facts/s, saved one by one: half are handled by all within "
        f"{lags[len(lags) // 2]:.2f} s, 99 % within {lags[int(len(lags) * 0.99)]:.2f} s"
    )
    await base.http.aclose()
    database.client.close()


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


async def bare_inserts(database: Database, many: int) -> float:
    """Documents a second."""
    steps, _ = facts_of_an_order("order_bare", 1)
    one = {"subject": steps[0].subject, "kind": steps[0].kind, "data": dict(steps[0].data)}
    started = time.perf_counter()
    for start in range(0, many, BATCH):
        some = [{**one, "_id": f"{start + i}"} for i in range(BATCH)]
        await database["bare"].insert_many(some)
    return many / (time.perf_counter() - started)


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


async def relaying_alone(database: Database) -> float:
    """Facts a second from documents into the stream."""
    stream, started = MongoStream(database), time.perf_counter()
    before = await stream.head()
    while await relay(MongoOutboxes(database, FACT_SOURCES), stream):
        pass
    return (await stream.head() - before) / (time.perf_counter() - started)


async def whole_way(database: Database, followers: Sequence[Follower]) -> float:
    """Facts a second until every follower has handled all that waits."""
    places, stream = MongoPlaces(database), MongoStream(database)
    before = min([place.n for place in await places.all() if place.follower != "relay"], default=0)
    outboxes = MongoOutboxes(database, FACT_SOURCES)
    started = time.perf_counter()
    async with reacting(database, followers):
        more = True
        while more:
            await asyncio.sleep(0.05)
            more = bool(await outboxes.waiting(1))
            more = more or await lowest(places, followers) < await stream.head()
    return (await stream.head() - before) / (time.perf_counter() - started)


async def lowest(places: Places, followers: Sequence[Follower]) -> int:
    """The number up to which every follower has come; a place is written late where it idles."""
    found = {place.follower: place.n for place in await places.all()}
    return min(found.get(follower.name, 0) for follower in followers)


async def under_load(
    database: Database, followers: Sequence[Follower], rate: int, seconds: float
) -> list[float]:
    """How late each fact was handled by the last of those that want it, in seconds."""
    late: dict[str, timedelta] = {}
    async with reacting(database, [_timed(follower, late) for follower in followers]):
        async with _orders_coming(database, rate):
            await asyncio.sleep(seconds)
        await asyncio.sleep(2)
    return [one.total_seconds() for one in late.values()]


def _timed(follower: Follower, late: dict[str, timedelta]) -> Follower:
    async def handle(batch: Batch) -> None:
        await follower.handle(batch)
        for fact in batch.facts:
            late[fact.id] = max(late.get(fact.id, timedelta()), now() - fact.at)

    return Follower(name=follower.name, kinds=follower.kinds, handle=handle)


@contextlib.asynccontextmanager
async def _orders_coming(database: Database, rate: int) -> AsyncIterator[None]:
    """Orders that take their steps one by one, so many a second."""
    tasks: set[asyncio.Task[Any]] = set()

    async def come() -> None:
        number = 0
        while True:
            number += 1
            tasks.add(asyncio.create_task(_one_order(database, number)))
            await asyncio.sleep(1 / rate)

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        coming.cancel()
        await asyncio.gather(coming, *tasks, return_exceptions=True)


async def _one_order(database: Database, number: int) -> None:
    order_id = new_id("order")
    for i in range(len(STEPS)):
        steps, paid = facts_of_an_order(order_id, number)
        document = {"_id": order_id, "version": i + 1}
        await save_version(database["fulfilments"], document, expected=i, facts=[steps[i]])
    fields = {"_id": order_id, "version": 1, "buyer_id": order_id, "idempotency_key": "k"}
    await save_version(database["orders"], fields, expected=0, facts=[paid])


if __name__ == "__main__":
    raise SystemExit(main())
