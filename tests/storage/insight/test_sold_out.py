"""What is sold out where, in memory: read once, told from then on, whatever comes between."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from domain.insight.stock_board import SoldOutCount
from storage.mongo.insight.sold_out import MongoSoldOut
from storage.mongo.kernel.changes import ChangeStream
from storage.mongo.kernel.database import Database
from tests.support.insight import stock
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio
REGIONS = ("320200", "320500", "330100")
SKUS = ("10001-NVY-M", "10002-RED-L", "10003.S")


@pytest.fixture
async def shown(database: Database) -> AsyncIterator[MongoSoldOut]:
    found = MongoSoldOut(database)
    changes = ChangeStream(database, [found])
    await changes.start()
    yield found
    await changes.stop()


async def test_what_is_sold_out_is_what_the_pools_say_whatever_comes_while_they_are_read(
    shown: MongoSoldOut, database: Database
):
    chance = random.Random(5)
    units = {(region, sku): chance.randrange(2) for region in REGIONS for sku in SKUS[:2]}
    for (region, sku), n in units.items():
        await stock(database, region, sku, n)

    async def sells() -> None:
        for _ in range(30):
            key = chance.choice(list(units))
            units[key] = chance.randrange(2)
            await stock(database, *key, units[key])
            await asyncio.sleep(0)

    await asyncio.gather(sells(), shown.seen(REGIONS))
    # A SKU that comes to one region only, and is sold out there at once.
    units[REGIONS[0], SKUS[2]] = 0
    await stock(database, REGIONS[0], SKUS[2], 0)

    async def told() -> object:
        assert await shown.seen(REGIONS) == len(REGIONS)
        return shown.counts(REGIONS), [shown.where(sku, REGIONS) for sku in SKUS]

    where = [[one for one in REGIONS if units.get((one, sku)) == 0] for sku in SKUS]
    having = [sum((one, sku) in units for one in REGIONS) for sku in SKUS]
    counts = {
        sku: SoldOutCount(sold_out=len(some), regions=n)
        for sku, some, n in zip(SKUS, where, having, strict=True)
        if some
    }
    await comes_to((counts, where), told)
    await database["pools"].delete_one({"_id": f"{REGIONS[0]}/{SKUS[2]}"})

    async def last() -> bool:
        return SKUS[2] in shown.counts(REGIONS)

    await comes_to(False, last)
    assert set(shown.counts(REGIONS[:1])) <= {SKUS[0], SKUS[1]}


async def test_who_watches_hears_of_what_sells_out_and_not_of_every_sale(
    shown: MongoSoldOut, database: Database
):
    await stock(database, REGIONS[0], SKUS[0], 5)
    await shown.seen(REGIONS)
    woken = []
    shown.wake = lambda: woken.append(shown.where(SKUS[0], REGIONS))  # type: ignore[method-assign]
    await stock(database, REGIONS[0], SKUS[0], 4)
    await stock(database, REGIONS[0], SKUS[0], 0)

    async def heard() -> list:
        return woken

    await comes_to([[REGIONS[0]]], heard)
    # Where the stream begins anew, all is read anew.
    await stock(database, REGIONS[0], SKUS[0], 1)
    await shown.opened()
    assert shown.counts(REGIONS) == {}
    await shown.seen(REGIONS)
    assert shown.where(SKUS[0], REGIONS) == []
