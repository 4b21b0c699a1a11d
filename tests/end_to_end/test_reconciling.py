"""Recomputing every number of stock, on a real database."""

from datetime import timedelta

import pytest

from domain.kernel.refusals import OutOfStock
from domain.kernel.states import Cause
from domain.mall.fulfilment.placed_orders import PlacedOrders
from domain.mall.orders import sweeping
from domain.mall.orders.order import PAY_WITHIN
from domain.mall.stock.reconciling import reconcile, repair
from storage.mongo.kernel.database import Database
from tests.support.selling import COAT, VEST, SmallMall, a_reference, new_id, stores_in_a_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    """A mall in which an order is placed, another paid, and a third expired."""
    mall = SmallMall(database, a_reference(stores_in_a_row(2)))
    await mall.stock(S1={COAT: 9, VEST: 5}, S2={COAT: 5})
    await mall.buy({COAT: 1}, key="expired")
    await sweeping.sweep_orders(mall.sweeping, now=mall.now + PAY_WITHIN, new_id=new_id)
    mall.now += timedelta(minutes=1)
    await mall.buy({COAT: 2, VEST: 1}, key="placed")
    paid = await mall.buy({COAT: 3}, key="paid")
    await PlacedOrders(mall=mall.ordering, new_id=new_id).settle(
        paid.id, Cause(actor="system", at=mall.now)
    )
    return mall


async def found(mall: SmallMall) -> list[str]:
    return await mall.wrong()


async def mend(mall: SmallMall) -> None:
    ports, act = mall.reconciling, mall.act()
    await repair(ports, act, await reconcile(ports, act))


async def test_numbers_that_nobody_has_tampered_with_are_right(mall: SmallMall):
    assert await found(mall) == []


async def test_a_number_that_was_tampered_with_is_found_and_repaired(mall: SmallMall):
    wrong = {"$inc": {"stores.S1.on_hand": 2, "stores.S2.damaged": 1, "available": 7}}
    await mall.database["pools"].update_one({"_id": f"320500/{COAT}"}, wrong)
    assert await found(mall) == [
        "320500 10001-NVY-M: available of the region is 16, should be 9",
        "320500 10001-NVY-M: damaged of S2 is 1, should be 0",
        "320500 10001-NVY-M: on hand of S1 is 11, should be 9",
    ]
    await mend(mall)
    assert await found(mall) == []
    pool = await mall.pool(COAT)
    assert (pool.store("S1").on_hand, pool.available) == (9, 9)


async def test_units_reserved_for_an_order_that_is_gone_are_for_sale_again(mall: SmallMall):
    await mall.database["orders"].delete_one({"idempotency_key": "placed"})
    assert await found(mall) == [
        "320500 10001-NVY-M: reserved, by its orders of S1 is 5, should be 3",
        "320500 10002-BLK-L: reserved, by its orders of S1 is 1, should be 0",
    ]
    await mend(mall)
    assert await found(mall) == []
    assert (await mall.pool(VEST)).available == 5
    with pytest.raises(OutOfStock):
        await mall.buy({VEST: 6}, key="more than there are")


async def test_a_repair_of_nothing_changes_nothing(mall: SmallMall):
    before = await mall.pool(COAT)
    await mend(mall)
    assert await mall.pool(COAT) == before
