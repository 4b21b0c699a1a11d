"""Real processes that race for the last units."""

import asyncio
import json
import sys

import pytest

from storage.mongo.kernel.database import Database
from tests.support.paths import ROOT
from tests.support.racing import BUYERS
from tests.support.selling import COAT, VEST, SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio

PROCESSES = 4


async def race(uri: str, database: Database) -> dict[str, list[int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.racing", uri, database.name),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(output)


async def test_processes_that_race_for_the_last_units_sell_each_unit_once(
    mongodb_uri: str, database: Database
):
    stores = stores_in_a_row(3)
    mall = SmallMall(database, a_reference(stores))
    await mall.stock(**{store.id: {COAT: 6, VEST: 7} for store in stores})
    outcomes = await asyncio.gather(*(race(mongodb_uri, database) for _ in range(PROCESSES)))
    assert sum(len(one["sold"]) for one in outcomes) == 18
    told = [left for one in outcomes for left in one["left"]]
    assert told == [0] * (PROCESSES * BUYERS)
    coats, vests = await mall.pool(COAT), await mall.pool(VEST)
    assert (coats.available, vests.available) == (0, 3)
    assert all(stock.reserved == stock.on_hand for stock in coats.stores.values())
    assert await mall.wrong() == []
