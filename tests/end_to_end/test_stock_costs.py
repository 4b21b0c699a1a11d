"""How many round trips stock costs: the writes are what the embedded server is slow at."""

import pytest

from domain.kernel.states import Cause
from domain.mall.orders.ordered_units import carry_out
from domain.mall.stock.differences import Difference, take_differences
from domain.mall.stock.pools import Event
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database
from tests.support.selling import COAT, TILL, VEST, SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = SmallMall(database, a_reference(stores_in_a_row(1)))
    await mall.stock(S1={COAT: 50, VEST: 50})
    return mall


async def release(mall: SmallMall, order) -> None:
    await carry_out(
        mall.pools,
        mall.reference,
        operation="release",
        event=Event.RELEASED,
        order_id=order.id,
        shares=order.shares,
        cause=Cause(actor="system", at=mall.now),
    )


async def test_an_order_of_two_lines_writes_as_often_as_an_order_of_one(mall, round_trips):
    round_trips.clear()
    await mall.buy({COAT: 1, VEST: 1})
    assert [one for one in round_trips if not one.startswith("find")] == [
        "insert orders",
        "update unpaid",
        "update pools",
        "update orders",
        "insert movements",
        "update pools",
    ]


async def test_a_release_of_two_lines_is_four_writes_and_again_it_is_none(mall, round_trips):
    order = await mall.buy({COAT: 1, VEST: 1})
    round_trips.clear()
    await release(mall, order)
    assert round_trips == [
        "insert movements",
        "find pools",
        "update pools",
        "update movements",
        "update pools",
    ]
    round_trips.clear()
    await release(mall, order)
    assert round_trips == ["insert movements", "find movements"]


async def test_a_feed_of_a_hundred_sales_of_two_skus_is_not_a_hundred_writes(mall, round_trips):
    told = [
        Difference(id=f"r{n}", store_id=StoreId("S1"), sku=sku, units=-1, at=mall.now)
        for n in range(20)
        for sku in (COAT, VEST)
    ]
    round_trips.clear()
    assert await take_differences(mall.stocking, mall.act(TILL), told) == 40
    assert (await mall.pool(COAT)).available == 30
    assert len(round_trips) <= 2 * 20 + 6


async def test_a_count_that_changes_nothing_writes_nothing(mall, round_trips):
    round_trips.clear()
    mall._counts = 0  # the same count again
    await mall.stock(S1={COAT: 50, VEST: 50})
    assert [one for one in round_trips if not one.startswith("find")] == []
