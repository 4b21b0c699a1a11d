"""How fast orders are placed, against the bare database operations that they need.

Everything runs on an embedded database of its own. The parts of a comparison take turns, so that
whatever else the machine does slows both alike.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, cycle
from pathlib import Path
from typing import Any

from domain.catalogue.catalogue import Catalogue, Product, ProductId, Sku, Variant
from domain.catalogue.prices import Price
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.places import Datum, Position
from domain.kernel.refusals import OutOfStock
from domain.mall.orders import placing as ordering
from domain.mall.orders.order import Recipient
from domain.mall.orders.placing import OrderPorts
from domain.mall.orders.requests import OrderRequest, RequestedLine
from domain.mall.reference import Reference
from domain.mall.stock.counts import Count, take_counts
from domain.network.directory import Directory
from domain.network.stores import OwnerId, Region, RegionId, Store, StoreId
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian.clock import Job, repeating
from qianmian.composition import new_id, now
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from qianmian.wiring.orders import SETTLE_EVERY_S, order_ports
from qianmian.wiring.stock import stock_ports
from scripts import embedded
from storage.mongo.kernel.database import Database, UpdateOne, connect, prepare
from storage.mongo.mall.stock.stock import MongoPools
from storage.settling import Settling

CLIENTS = 32
BUYERS = 64
LAST_UNITS = 100
STORES = 10
REGION = RegionId("320500")
PLENTY = 500_000
FED = 1_000


@dataclass(frozen=True)
class FixedReference:
    """A catalogue and a directory made for the measurement."""

    view: Reference

    def now(self) -> Reference:
        """The view."""
        return self.view

    def directory(self) -> Directory:
        """The view's directory."""
        return self.view.directory

    def catalogue(self) -> Catalogue:
        """The view's catalogue."""
        return self.view.catalogue


def a_mall(skus: Sequence[Sku]) -> Reference:
    """One region with ten stores, and one product for each SKU."""
    stores = [
        Store(
            id=StoreId(f"S{number}"),
            name=f"店 {number}",
            region_id=REGION,
            owner_id=OwnerId("brand"),
            district="320508",
            address="人民路",
            position=Position(longitude=120.6 + number / 100, latitude=31.3, datum=Datum.GCJ02),
        )
        for number in range(STORES)
    ]
    products = [
        Product(
            id=ProductId(f"P-{sku}"),
            name="长款羽绒服",
            category=("羽绒服",),
            description="",
            variants=(
                Variant(sku=sku, options={"尺码": "M"}, own_price=Price(amount=Fen(199900))),
            ),
        )
        for sku in skus
    ]
    return Reference(
        directory=Directory(
            regions={REGION: Region(id=REGION, name="苏州市")},
            stores={store.id: store for store in stores},
        ),
        catalogue=Catalogue(products={product.id: product for product in products}),
    )


async def stock_up(
    base: Foundation, reference: FixedReference, units: Mapping[tuple[StoreId, Sku], int]
) -> None:
    """Count so many units in each store."""
    counted_at = now()
    counts = [
        Count(store_id=store_id, sku=sku, on_hand=n, counted_at=counted_at)
        for (store_id, sku), n in units.items()
    ]
    stocking = replace(stock_ports(base), reference=reference)
    await take_counts(stocking, by_the_clock(counted_at, new_id), counts)


async def buy(mall: OrderPorts, skus: Sequence[Sku], *, buyer: int) -> None:
    """Order one unit of each SKU."""
    request = OrderRequest(
        store_id="S0",
        lines=tuple(RequestedLine(sku=sku, quantity=1) for sku in skus),
        recipient=Recipient(name="梅", phone="13900000000", district="320508", address="人民路1号"),
        destination=Position(longitude=120.6, latitude=31.3, datum=Datum.GCJ02),
    )
    viewer = Viewer(id=PersonId(f"member_{buyer}"), role=Role.MEMBER)
    act = Act(viewer=viewer, at=now(), new_id=new_id)
    await ordering.place(mall, act, request, idempotency_key=new_id("key"))


class BareOperations:
    """The same commands as an order sends, on documents of the same size, and nothing else."""

    def __init__(self, database: Database, order: dict[str, Any], skus: Sequence[Sku]) -> None:
        self._database = database
        self._order = order
        self._skus = skus
        self._numbers = count()

    async def run(self, number: int) -> None:
        """Find a touch, read two pools, keep and count an order, take two lines, mark it placed."""
        database, order_id = self._database, f"bare-{next(self._numbers)}"
        pair = [f"{REGION}/{sku}" for sku in two_of(self._skus, number)]
        mark = {
            "id": order_id,
            "attempt": order_id,
            "event": "RESERVED",
            "at": now(),
            "order_id": order_id,
        }
        await (
            database["touches"]
            .find({"person_id": order_id, "touched_at": {"$gte": now()}})
            .sort("touched_at", -1)
            .limit(1)
            .to_list(1)
        )
        await database["pools"].find({"_id": {"$in": pair}}, {"in_flight": 0}).to_list(None)
        document = {**self._order, "_id": order_id, "buyer_id": order_id, "state": "PENDING"}
        await database["orders"].insert_one(document)
        await database["unpaid"].bulk_write([self._enter(order_id)])
        await database["pools"].bulk_write([self._take(pool, mark) for pool in pair])
        await database["orders"].replace_one(
            {"_id": order_id, "state": "PENDING"}, {**document, "state": "PLACED"}
        )

    def _enter(self, order_id: str) -> Any:
        return UpdateOne(
            {"_id": f"buyer:{order_id}", "orders": {"$lt": 5}, "units": {"$lte": 198}},
            {
                "$inc": {"orders": 1, "units": 2},
                "$push": {"open": {"id": order_id, "units": 2}},
                "$max": {"forget_at": now()},
            },
            upsert=True,
        )

    def _take(self, pool: str, mark: dict[str, Any]) -> Any:
        return UpdateOne(
            {
                "_id": pool,
                "available": {"$gte": 1},
                "stores.S0.free": {"$gte": 1},
                "in_flight.id": {"$ne": mark["id"]},
            },
            {
                "$inc": {"available": -1, "stores.S0.free": -1, "stores.S0.reserved": 1},
                "$push": {"in_flight": mark},
            },
        )


def two_of(skus: Sequence[Sku], number: int) -> tuple[Sku, Sku]:
    """Two different SKUs, another pair for each number."""
    return skus[number % len(skus)], skus[(number * 7 + 1) % len(skus)]


async def rate(work: Callable[[int], Awaitable[None]], *, seconds: float) -> float:
    """How often a second some work is done by so many clients at once."""
    numbers = count()
    done = 0
    started = time.perf_counter()

    async def client() -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            await work(next(numbers))
            done += 1

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return done / (time.perf_counter() - started)


async def compare_with_bare(
    base: Foundation, settling: Settling, *, seconds: float, rounds: int
) -> None:
    """Two-line orders a second against what the database can do at best."""
    skus = [Sku(f"SKU-{number:03}") for number in range(100)]
    reference = FixedReference(a_mall(skus))
    mall = replace(order_ports(base, settling), reference=reference)
    everywhere = [(store_id, sku) for store_id in reference.view.stores for sku in skus]
    await stock_up(base, reference, dict.fromkeys(everywhere, PLENTY))
    await buy(mall, two_of(skus, 0), buyer=0)
    order = await base.database["orders"].find_one({"buyer_id": "member_0"})
    assert order is not None
    bare = BareOperations(base.database, order, skus)
    placed, possible = [], []
    for _ in range(rounds):
        possible.append(await rate(bare.run, seconds=seconds))
        placed.append(
            await rate(
                lambda number: buy(mall, two_of(skus, number), buyer=number),
                seconds=seconds,
            )
        )
    share = sum(placed) / sum(possible)
    print(f"bare database operations      {sum(possible) / rounds:7.1f} orders/s")
    print(f"orders of 2 lines             {sum(placed) / rounds:7.1f} orders/s  {share:.0%}")


async def compare_rushes(base: Foundation, settling: Settling, *, rounds: int) -> None:
    """64 buyers at once on the last 100 units of one SKU, and of a hundred SKUs."""
    one, hundred = [], []
    for number in range(rounds):
        hot = [Sku(f"HOT-{number}")] * LAST_UNITS
        cool = [Sku(f"COOL-{number}-{i}") for i in range(LAST_UNITS)]
        hundred.append(await rush(base, settling, cool))
        one.append(await rush(base, settling, hot))
    share = sum(one) / sum(hundred)
    print(f"last 100 units of 100 SKUs    {sum(hundred) / rounds:7.1f} orders/s")
    print(f"last 100 units of one SKU     {sum(one) / rounds:7.1f} orders/s  {share:.0%}")


async def rush(base: Foundation, settling: Settling, units: Sequence[Sku]) -> float:
    """Let 64 buyers buy single units until each was told that none is left; units sold a second.

    The units are spread over the stores. Anything but all of them sold is an error.
    """
    reference = FixedReference(a_mall(sorted(set(units))))
    mall = replace(order_ports(base, settling), reference=reference)
    places = zip(cycle(reference.view.stores), units, strict=False)
    await stock_up(base, reference, Counter(places))
    wanted = cycle(units)
    sold = told = 0
    started = last = time.perf_counter()

    # Nobody may hold very many orders unpaid, so each is bought by another member.
    members = count()

    async def buyer() -> None:
        nonlocal sold, told, last
        while True:
            try:
                await buy(mall, [next(wanted)], buyer=next(members))
                sold += 1
                last = time.perf_counter()
            except OutOfStock as refusal:
                told += refusal.left == 0
                return

    await asyncio.gather(*(buyer() for _ in range(BUYERS)))
    assert (sold, told) == (len(units), BUYERS), f"{sold} sold, {told} told"
    return sold / (last - started)


async def compare_feeds(base: Foundation, *, rounds: int) -> None:
    """Counts of one store's thousand SKUs against the bare bulk write of the same numbers.

    The bare write lets the newer count win too; what it lacks is the ledger and all checks.
    """
    skus = [Sku(f"FEED-{number:04}") for number in range(FED)]
    reference = FixedReference(a_mall(skus))
    everywhere = [(store_id, sku) for store_id in reference.view.stores for sku in skus]
    await stock_up(base, reference, dict.fromkeys(everywhere, PLENTY))
    taken = bare = 0.0
    for number in range(rounds):
        started = time.perf_counter()
        counted_at = now()
        writes = [
            UpdateOne(
                {"_id": f"{REGION}/{sku}", "stores.S1.counted_at": {"$lt": counted_at}},
                {
                    "$inc": {"available": 1, "stores.S1.free": 1, "stores.S1.on_hand": 1},
                    "$set": {"stores.S1.counted_at": counted_at},
                },
            )
            for sku in skus
        ]
        await base.database["pools"].bulk_write(writes, ordered=False)
        bare += time.perf_counter() - started
        started = time.perf_counter()
        units = {(StoreId("S0"), sku): PLENTY + number + 1 for sku in skus}
        await stock_up(base, reference, units)
        taken += time.perf_counter() - started
    share = bare / taken
    print(f"bare bulk write               {FED * rounds / bare:7.1f} counts/s")
    print(f"stock feed                    {FED * rounds / taken:7.1f} counts/s  {share:.0%}")


async def measure(uri: str, *, seconds: float, rounds: int) -> None:
    """Take every measurement on a database of its own."""
    settings = Settings.from_environment(
        {"QIANMIAN_MODE": "demo", "MONGODB_URI": uri, "QIANMIAN_SECRET": "bench" * 8}
    )
    database = connect(uri, "bench_orders")
    await prepare(database)
    base = Foundation(settings=settings, database=database)
    settling = Settling(base.made(MongoPools))
    settle = Job(name="settling", work=lambda _: settling.settle_waiting(), every_s=SETTLE_EVERY_S)
    async with repeating(settle):
        await compare_with_bare(base, settling, seconds=seconds, rounds=rounds)
        await compare_rushes(base, settling, rounds=rounds)
        await compare_feeds(base, rounds=rounds)
    database.client.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench orders", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each part lasts")
    parser.add_argument("--rounds", type=int, default=4, help="how often the parts take turns")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.running(Path(folder) / "data") as uri,
    ):
        asyncio.run(measure(uri, seconds=options.seconds, rounds=options.rounds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
