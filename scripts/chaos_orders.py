"""Kill service and database processes under load, then check that every order is whole.

Several service processes on one embedded database take orders, payments (some of them too late),
pickups, coupons, returns, refunds, safety rules, pauses of stores and tills' differences, while one
process after another is ended with `kill -9`: a service, the database, or both. After that, what
everybody was told is compared with what the database has of orders, stock, money, coupons and
facts. Exits with 1 where that differs in anything.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.catalogue.catalogue import Sku
from domain.content.scenes import Scene
from domain.mall.stock.counts import Count, take_counts
from domain.network.stores import Region, RegionId, Service, StoreId
from domain.people.accounts import GuideId
from domain.people.act import by_the_clock
from domain.sharing.share_links import ShareCode, ShareKind, ShareLink, ShareTarget
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.opening import opened
from qianmian.wiring.stock import stock_ports
from scripts.bench_orders import REGION, FixedReference, a_mall
from scripts.bootstrap import say
from scripts.chaos_after_sale import bring_back, pay_late, show_goodwill
from scripts.chaos_checks import faults, unfinished
from scripts.chaos_load import SHARE_CODE, Load, Told, buy_and_pay, feed
from scripts.chaos_processes import Cluster
from scripts.chaos_promotions import claim, set_offers
from scripts.chaos_upheaval import call_off, count, hold_back, move, rest, serve, transfer
from storage.mongo.kernel.database import connect
from storage.mongo.sharing.share_links import MongoShareLinks

SKUS = [Sku(f"SKU-{number}") for number in range(6)]
EACH = 15
ELSEWHERE = RegionId("320200")
# Whoever began something is given 15 seconds before others take it for abandoned.
QUIET_S = 120.0
# So many orders are answered between two kills, unless it takes longer than this to recover.
BETWEEN_KILLS = 5
RECOVER_S = 30.0
LOOK_EVERY_S = 0.02
# After the last kill the load goes on for so long: what was paid is shipped, and some comes back.
CALM_S = 40.0
# So many orders are served at once: pickups take several requests each, one after the other.
COUNTERS = 4


async def open_the_mall(base: Foundation) -> None:
    """One region with ten stores, a few units of a few SKUs in each, and a guide's link."""
    mall = a_mall(SKUS)
    reference = base.reference
    elsewhere = Region(id=ELSEWHERE, name="无锡市")
    await reference.save_regions([*mall.regions.values(), elsewhere])
    fetching = frozenset({Service.PICKUP})
    await reference.save_stores([replace(one, services=fetching) for one in mall.stores.values()])
    await reference.save_products(list(mall.products.values()))
    counts = [
        Count(store_id=store_id, sku=sku, on_hand=EACH, counted_at=now())
        for store_id in mall.stores
        for sku in SKUS
    ]
    stocking = replace(stock_ports(base), reference=FixedReference(mall))
    await take_counts(stocking, by_the_clock(now(), new_id), counts)
    link = ShareLink(
        code=ShareCode(SHARE_CODE),
        guide_id=GuideId("guide_1"),
        store_id=StoreId("S0"),
        target=ShareTarget(kind=ShareKind.STOREFRONT, id="S0"),
        revision=None,
        scene=Scene.MOMENTS,
        campaign=None,
        created_at=now(),
    )
    await MongoShareLinks(base.database).keep([link], lambda: link.code)


async def run(folder: Path, *, kills: int, services: int, buyers: int, seed: int) -> int:
    """Start, load, kill, wait until it is quiet, check; 1 where anything is wrong."""
    dice = random.Random(seed)
    told = Told()
    with Cluster(folder, services=services) as cluster:
        async with opened(cluster.settings) as base:
            await open_the_mall(base)
            await set_offers(base)
        cluster.start_services()
        load = Load(cluster.urls, cluster.settings.secret, SKUS, random.Random(seed))
        stores = [StoreId(f"S{number}") for number in range(10)]
        working = [
            asyncio.create_task(buy_and_pay(load, told, stores[:-1], n, claim))
            for n in range(buyers)
        ]
        working += [asyncio.create_task(feed(load, told, stores, n)) for n in range(2)]
        bank = connect(cluster.settings.mongodb_uri, cluster.settings.mongodb_database)
        others = [*upheaval(load, told, stores), pay_late(load, told, bank)]
        working += [asyncio.create_task(one) for one in others]
        started = time.monotonic()
        for number in range(kills):
            await under_load(told, dice)
            victim = dice.choice(["service", "service", "database", "both"])
            await asyncio.to_thread(cluster.kill, victim, dice)
            print(f"\r· {number + 1} kills, {told.summary()}", end="", flush=True)
        print(f" in {time.monotonic() - started:.0f} s", flush=True)
        cluster.start_services()
        await asyncio.sleep(CALM_S)
        load.stop()
        await asyncio.gather(*working)
        bank.client.close()
        say(f"the load has ended: {told.summary()}")
        async with opened(cluster.settings) as base:
            return await check(base, told)


def upheaval(load: Load, told: Told, stores: Sequence[StoreId]) -> list[Coroutine[Any, Any, None]]:
    """Whatever else changes stock; the last store moves, the others do all the rest."""
    return [
        call_off(load, told),
        *(serve(load, told) for _ in range(COUNTERS)),
        transfer(load, stores),
        move(load, stores[-1], [REGION, ELSEWHERE]),
        count(load, stores),
        hold_back(load, stores),
        rest(load, stores[1:-1]),
        bring_back(load, told, stores),
        show_goodwill(load, told),
    ]


async def under_load(told: Told, dice: random.Random) -> None:
    """Wait until orders are coming in again, and then a moment that nobody foresees."""
    wanted = told.answers() + BETWEEN_KILLS
    for _ in range(int(RECOVER_S / LOOK_EVERY_S)):
        if told.answers() >= wanted:
            break
        await asyncio.sleep(LOOK_EVERY_S)
    await asyncio.sleep(dice.uniform(0, 0.3))


async def check(base: Foundation, told: Told) -> int:
    """Wait until nothing is half done any more, then compare; 1 where anything is wrong."""
    deadline = time.monotonic() + QUIET_S
    left = await unfinished(base)
    while left and time.monotonic() < deadline:
        await asyncio.sleep(1)
        left = await unfinished(base)
    wrong = [f"still unfinished: {left}"] if left else []
    wrong += await faults(base, told)
    for one in wrong:
        print(one, file=sys.stderr)
    say("every order is whole" if not wrong else f"{len(wrong)} things are wrong")
    return 1 if wrong else 0


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser(prog="scripts/chaos orders", description=__doc__)
    parser.add_argument("--kills", type=int, default=60, help="how many times something is killed")
    parser.add_argument("--services", type=int, default=3, help="how many service processes")
    parser.add_argument("--buyers", type=int, default=16, help="how many buy at once")
    parser.add_argument("--seed", type=int, default=1, help="what is killed when")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(
            run(
                Path(folder),
                kills=options.kills,
                services=options.services,
                buyers=options.buyers,
                seed=options.seed,
            )
        )


if __name__ == "__main__":
    raise SystemExit(main())
