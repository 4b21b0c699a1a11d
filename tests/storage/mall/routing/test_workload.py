"""How many fulfilment orders a store has got today."""

from datetime import datetime, timedelta

import pytest

from domain.network.hours import CHINA
from storage.mongo.kernel.database import Database
from storage.mongo.mall.routing.workload import MongoWorkload
from tests.support.builders import a_store

pytestmark = pytest.mark.anyio
# A minute before midnight in China.
LATE = datetime(2026, 11, 11, 23, 59, tzinfo=CHINA)


async def test_a_store_is_full_with_its_last_order_of_the_day_and_not_after_midnight(
    database: Database,
):
    workload = MongoWorkload(database)
    store = a_store(capacity_a_day=2)
    for part in ("order_1-1", "order_1-1", "order_1-1"):
        await workload.given(part, store, now=LATE)
    await workload.refresh(LATE)
    assert workload.full(LATE) == set()
    await workload.given("order_2-1", store, now=LATE)
    await workload.refresh(LATE)
    assert workload.full(LATE) == {store.id}
    tomorrow = LATE + timedelta(minutes=1)
    assert workload.full(tomorrow) == frozenset()
    await workload.refresh(tomorrow)
    assert workload.full(tomorrow) == set()
