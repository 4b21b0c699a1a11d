"""How fast orders are placed and stock is fed, against the bare database operations.

Everything runs in this process, on an embedded database of its own; the ledger's batches behind the
orders count as processor time, and not as their round trips.
"""

import asyncio
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, cycle
from pathlib import Path

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
from qianmian.clock import Job, new_id, now, repeating
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from qianmian.wiring.orders import SETTLE_EVERY_S, order_ports, settling_of_stock
from qianmian.wiring.stock import stock_ports
from scripts.benching import (
    APART,
    Figure,
    Part,
    Spent,
    arguments,
    counted_trips,
    database,
    measured,
    meter_here,
    report,
    spend,
)
from storage.mongo.kernel.database import (
    Collection,
    Database,
    UpdateOne,
    connect,
)
from storage.mongo.kernel.indexing import prepare

BUYERS = 64
LAST_UNITS = 100
REGION = RegionId("320500")
PLENTY = 500_000
FED = 1_000
ORDER = "x" * 1_000


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


def a_mall(skus: Sequence[Sku], *, stores: int = 10) -> Reference:
    """One region with so many stores, and one product for each SKU."""
    shops = [
        Store(
            id=StoreId(f"S{number}"),
            name=f"店 {number}",
            region_id=REGION,
            owner_id=OwnerId("brand"),
            district="320508",
            address="人民路",
            position=Position(longitude=120.6 + number / 100, latitude=31.3, datum=Datum.GCJ02),
        )
        for number in range(stores)
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
            stores={store.id: store for store in shops},
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


async def buy(mall: OrderPorts, skus: Sequence[Sku]) -> None:
    """Order one unit of each SKU, each time as another member: nobody may hold many unpaid."""
    request = OrderRequest(
        store_id="S0",
        lines=tuple(RequestedLine(sku=sku, quantity=1) for sku in skus),
        recipient=Recipient(name="梅", phone="13900000000", district="320508", address="人民路1号"),
        destination=Position(longitude=120.6, latitude=31.3, datum=Datum.GCJ02),
    )
    viewer = Viewer(id=PersonId(new_id("member")), role=Role.MEMBER)
    act = Act(viewer=viewer, at=now(), new_id=new_id)
    await ordering.place(mall, act, request, idempotency_key=new_id("key"))


class Floor:
    """What an order of two lines can't do without, and nothing else.

    One insert of an order of 1 KB and one bulk of two conditional updates, on copies of the pools,
    in collections that have no index but that of `_id`.
    """

    def __init__(self, database: Database, skus: Sequence[Sku]) -> None:
        self._orders = database["bare_orders"]
        self._pools = database["bare_pools"]
        self._skus = skus
        self._numbers = count()

    async def lay_down(self, pools: Collection) -> None:
        """Copy the pools."""
        await self._pools.insert_many(await pools.find({"region_id": REGION}).to_list(None))

    async def run(self, number: int) -> None:
        """Place one order."""
        order_id = f"bare-{next(self._numbers)}"
        await self._orders.insert_one({"_id": order_id, "order": ORDER})
        pair = two_of(self._skus, number)
        await self._pools.bulk_write([self._take(f"{REGION}/{sku}", order_id) for sku in pair])

    def _take(self, pool: str, order_id: str) -> UpdateOne:
        return UpdateOne(
            {
                "_id": pool,
                "available": {"$gte": 1},
                "stores.S0.free": {"$gte": 1},
            },
            {"$inc": {"available": -1, "stores.S0.free": -1, "stores.S0.reserved": 1}},
        )


def two_of(skus: Sequence[Sku], number: int) -> tuple[Sku, Sku]:
    """Two different SKUs, another pair for each number."""
    return skus[number % len(skus)], skus[(number * 7 + 1) % len(skus)]


async def order_parts(base: Foundation, options: Namespace) -> list[Part]:
    """Two-line orders against their floor."""
    skus = [Sku(f"SKU-{number:03}") for number in range(100)]
    reference = FixedReference(a_mall(skus, stores=options.stores))
    mall = replace(order_ports(base), reference=reference)
    everywhere = [(store_id, sku) for store_id in reference.view.stores for sku in skus]
    await stock_up(base, reference, dict.fromkeys(everywhere, PLENTY))
    bare = Floor(base.database, skus)
    await bare.lay_down(base.database["pools"])

    async def one(number: int) -> None:
        await buy(mall, two_of(skus, number))

    floor = "one insert and two updates, bare"
    return [
        Part(name=floor, run=partial(spend, bare.run, seconds=options.seconds)),
        Part(
            name=f"orders of 2 lines, {options.stores} stores",
            run=partial(spend, one, seconds=options.seconds),
            floor=floor,
        ),
    ]


def rush_parts(base: Foundation) -> list[Part]:
    """64 buyers at once on the last 100 units of one SKU, and of a hundred SKUs."""
    numbers = count()

    async def one() -> Spent:
        return await rush(base, [Sku(f"HOT-{next(numbers)}")] * LAST_UNITS)

    async def hundred() -> Spent:
        number = next(numbers)
        return await rush(base, [Sku(f"C-{number}-{i}") for i in range(LAST_UNITS)])

    floor = "last 100 units of 100 SKUs"
    return [
        Part(name=floor, run=hundred),
        Part(name="last 100 units of one SKU", run=one, floor=floor),
    ]


async def rush(base: Foundation, units: Sequence[Sku]) -> Spent:
    """Let 64 buyers buy single units until each was told that none is left.

    The units are spread over the stores. Anything but all of them sold is an error.
    """
    reference = FixedReference(a_mall(sorted(set(units))))
    mall = replace(order_ports(base), reference=reference)
    places = zip(cycle(reference.view.stores), units, strict=False)
    await stock_up(base, reference, Counter(places))
    wanted = cycle(units)
    told = 0
    latencies: list[float] = []
    started = last = time.perf_counter()

    async def buyer() -> None:
        nonlocal told, last
        while True:
            begun = time.perf_counter()
            try:
                await buy(mall, [next(wanted)])
            except OutOfStock as refusal:
                told += refusal.left == 0
                return
            last = time.perf_counter()
            latencies.append(last - begun)

    await asyncio.gather(*(buyer() for _ in range(BUYERS)))
    sold = len(latencies)
    assert (sold, told) == (len(units), BUYERS), f"{sold} sold, {told} told"
    return Spent(done=sold, seconds=last - started, latencies_s=latencies)


async def feed_parts(base: Foundation) -> list[Part]:
    """Counts of one store's thousand SKUs against the bare bulk write of the same numbers.

    The bare write lets the newer count win too; what it lacks is the ledger and all checks.
    """
    skus = [Sku(f"FEED-{number:04}") for number in range(FED)]
    reference = FixedReference(a_mall(skus))
    everywhere = [(store_id, sku) for store_id in reference.view.stores for sku in skus]
    await stock_up(base, reference, dict.fromkeys(everywhere, PLENTY))
    numbers = count(1)

    async def bare() -> None:
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

    async def other_numbers() -> None:
        units = {(StoreId("S0"), sku): PLENTY + next(numbers) for sku in skus}
        await stock_up(base, reference, units)

    async def same_numbers() -> None:
        units = {(StoreId("S2"), sku): PLENTY for sku in skus}
        await stock_up(base, reference, units)

    floor = "bare bulk write of counts"
    return [
        Part(name=floor, run=partial(fed, bare)),
        Part(name="stock feed", run=partial(fed, other_numbers), floor=floor),
        Part(name="stock feed that changes nothing", run=partial(fed, same_numbers), floor=floor),
    ]


async def fed(feed: Callable[[], Awaitable[None]]) -> Spent:
    """Feed a thousand counts."""
    started = time.perf_counter()
    await feed()
    return Spent(done=FED, seconds=time.perf_counter() - started)


async def measure(uri: str, pid: int, options: Namespace) -> list[Figure]:
    """Take every measurement on a database of its own."""
    settings = Settings.from_environment(
        {
            "QIANMIAN_MODE": "demo",
            "MONGODB_URI": uri,
            "QIANMIAN_SECRET": "bench" * 8,
            "QIANMIAN_PERSONAL_KEYS": f"bench:{'bench' * 8}",
        }
    )
    meter = meter_here(counted_trips(), pid)
    database = connect(uri, "bench_orders")
    await prepare(database)
    base = Foundation(settings=settings, database=database)
    settling = base.made(settling_of_stock)

    async def settle(_: object) -> None:
        APART.set(True)
        await settling.settle_waiting()

    figures = []
    async with repeating(Job(name="settling", work=settle, every_s=SETTLE_EVERY_S)):
        for parts in (
            await order_parts(base, options),
            rush_parts(base),
            await feed_parts(base),
        ):
            figures += await measured(parts, meter, rounds=options.rounds)
    database.client.close()
    return figures


def main() -> int:
    """Measure and print."""
    parser = arguments("orders", __doc__)
    parser.add_argument("--stores", type=int, default=10, help="of the region (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(Path(folder) / "data") as (uri, pid):
        report(asyncio.run(measure(uri, pid, options)), options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
