"""Which shortages are attended to first."""

from datetime import timedelta

import pytest

from domain.catalogue.catalogue import Sku
from domain.mall.stock.stocking import Shortage
from domain.network.stores import RegionId, StoreId
from storage.mongo.kernel.database import Database
from storage.mongo.mall.stock.shortages import MongoShortages
from tests.support.builders import NOON

pytestmark = pytest.mark.anyio


async def test_shortages_that_can_only_wait_do_not_keep_others_waiting(database: Database):
    shortages = MongoShortages(database)
    many = [
        Shortage(
            region_id=RegionId("R"),
            store_id=StoreId("S1"),
            sku=Sku(f"SKU-{number:02}"),
            on_hand=0,
            reserved=1,
            raised_at=NOON + timedelta(seconds=number),
        )
        for number in range(12)
    ]
    await shortages.put(many)
    for turn in range(1, 4):
        for shortage in await shortages.unattended(5):
            await shortages.attended(shortage, NOON + timedelta(minutes=turn))
    seen = {one.id for one in await shortages.unattended(12)}
    assert seen == {one.id for one in many}
    assert [one.sku for one in await shortages.unattended(2)] == ["SKU-03", "SKU-04"]
