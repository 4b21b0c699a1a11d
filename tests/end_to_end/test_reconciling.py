"""Recomputing every number of stock, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.paging import PageRequest
from domain.kernel.refusals import OutOfStock
from domain.mall.orders import sweeping
from domain.mall.orders.order import PAY_WITHIN, OrderState
from domain.mall.orders.ordered_units import carry_out
from domain.mall.orders.settling import settle
from domain.mall.stock.differences import Difference, take_differences
from domain.mall.stock.holding_back import set_rule
from domain.mall.stock.pools import Event
from domain.mall.stock.reconciling import reconcile, repair
from domain.mall.stock.safety import SafetyRule
from domain.network.stores import RegionId, StoreId
from domain.people.act import by_the_clock
from storage.mongo.kernel.database import Database
from tests.support.crashing import Sleeping
from tests.support.network import HEAD_OFFICE
from tests.support.selling import BUYER, COAT, VEST, SmallMall, a_reference, new_id, stores_in_a_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    """A mall in which an order is placed, another paid, and a third expired."""
    mall = SmallMall(database, a_reference(stores_in_a_row(2)))
    await mall.stock(S1={COAT: 9, VEST: 5}, S2={COAT: 5})
    await mall.buy({COAT: 1}, key="expired")
    await sweeping.sweep_orders(mall.sweeping, by_the_clock(mall.now + PAY_WITHIN, new_id))
    mall.now += timedelta(minutes=1)
    await mall.buy({COAT: 2, VEST: 1}, key="placed")
    paid = await mall.buy({COAT: 3}, key="paid")
    await settle(mall.ordering, by_the_clock(mall.now, new_id), paid.id)
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


async def plant(mall: SmallMall, update, sku=COAT) -> None:
    """Do something to a pool that no code of ours does."""
    await mall.database["pools"].update_one({"_id": f"320500/{sku}"}, update)


async def release(mall: SmallMall, operation: str) -> None:
    """Release what the placed order holds, whoever asked."""
    order = await mall.orders.by_key(BUYER.id, "placed")
    await carry_out(
        mall.pools,
        mall.reference,
        operation=operation,
        event=Event.RELEASED,
        order_id=order.id,
        shares=order.shares,
        cause=mall.act().cause(),
    )


async def doubled_release(mall: SmallMall) -> None:
    for operation in ("once", "twice"):
        await release(mall, operation)


async def negative_reserved(mall: SmallMall) -> None:
    wrong = {"stores.S1.reserved": -9, "stores.S1.free": 9, "available": 9}
    await plant(mall, {"$inc": wrong})
    line = await mall.database["movements"].find_one({"sku": COAT, "event": "RESERVED"})
    await mall.database["movements"].insert_one({**line, "_id": "x", "reserved": -9})


async def totals_that_disagree(mall: SmallMall) -> None:
    await plant(mall, {"$inc": {"stores.S1.free": 2, "available": 1}})


async def a_movement_without_its_change(mall: SmallMall) -> None:
    line = await mall.database["movements"].find_one({"sku": COAT, "event": "RESERVED"})
    await mall.database["movements"].insert_one({**line, "_id": "x", "change_id": "x"})


async def a_change_without_its_movement(mall: SmallMall) -> None:
    await mall.database["movements"].delete_one({"sku": COAT, "event": "RELEASED"})


async def stale_marks(mall: SmallMall) -> None:
    old = mall.now - timedelta(days=3)
    mark = {"id": "op_1", "attempt": "try_1", "event": "RELEASED", "actor": "system", "at": old}
    mark["deltas"] = [{"store_id": "S1", "reserved": -1}]
    await plant(mall, {"$push": {"in_flight": mark, "ops": {"id": "op_2", "at": old}}})


async def units_in_two_regions(mall: SmallMall) -> None:
    pool = await mall.database["pools"].find_one({"_id": f"320500/{COAT}"})
    elsewhere = {**pool, "_id": f"320200/{COAT}", "region_id": "320200"}
    await mall.database["pools"].insert_one(elsewhere)


async def units_left_behind(mall: SmallMall) -> None:
    told = Difference(id="r1", store_id=StoreId("S2"), sku=VEST, units=4, at=mall.now)
    stores = dict(mall.reference.stores)
    stores["S2"] = replace(stores["S2"], region_id=RegionId("320200"))
    directory = replace(mall.reference.directory, stores=stores)
    old, new = mall.reference, replace(mall.reference, directory=directory)
    mall.source.view = new
    await take_differences(mall.stocking, mall.act(), [told])
    mall.source.view = old


async def a_field_that_is_missing(mall: SmallMall) -> None:
    await plant(mall, {"$unset": {"stores.S1.damaged": ""}})


async def reserved_that_is_missing(mall: SmallMall) -> None:
    await plant(mall, {"$unset": {"stores.S1.reserved": ""}})


async def free_that_is_missing(mall: SmallMall) -> None:
    await plant(mall, {"$unset": {"stores.S1.free": "", "available": ""}})


async def marks_that_are_missing(mall: SmallMall) -> None:
    await plant(mall, {"$unset": {"in_flight": ""}})


async def units_that_no_order_holds(mall: SmallMall) -> None:
    await mall.database["orders"].delete_one({"idempotency_key": "placed"})


async def an_order_without_its_units(mall: SmallMall) -> None:
    await release(mall, "by mistake")


@pytest.mark.parametrize(
    "fault",
    [
        doubled_release,
        negative_reserved,
        totals_that_disagree,
        a_movement_without_its_change,
        a_change_without_its_movement,
        stale_marks,
        units_in_two_regions,
        units_left_behind,
        a_field_that_is_missing,
        reserved_that_is_missing,
        free_that_is_missing,
        marks_that_are_missing,
        units_that_no_order_holds,
        an_order_without_its_units,
    ],
    ids=lambda one: one.__name__,
)
async def test_every_fault_is_found_and_mended(mall: SmallMall, fault):
    assert await found(mall) == []
    await fault(mall)
    assert await found(mall) != []
    for _ in range(2):
        await mend(mall)
    assert await found(mall) == []
    for sku in (COAT, VEST):
        pool = await mall.pool(sku)
        assert pool.available == sum(max(0, one.free) for one in pool.stores.values())
        for stock in pool.stores.values():
            assert min(stock.on_hand, stock.reserved, stock.damaged, stock.incoming) >= 0
    assert (await mall.buy({COAT: 1}, key="after")).state is OrderState.PLACED
    assert await found(mall) == []


async def test_a_pool_that_is_gone_is_found_and_whole_again_with_the_next_counts(mall: SmallMall):
    """Its stores' last counts were in it alone; what orders hold is known without them."""
    before = await mall.pool(COAT)
    await mall.database["pools"].delete_one({"_id": f"320500/{COAT}"})
    assert await found(mall) != []
    for _ in range(2):
        await mend(mall)
    assert await found(mall) == []
    on_hand = {store_id: one.on_hand for store_id, one in before.stores.items()}
    mall.now += timedelta(hours=2)
    await mall.stock(**{store_id: {COAT: n} for store_id, n in on_hand.items()})
    assert await found(mall) == []
    after = await mall.pool(COAT)
    assert {store_id: one.on_hand for store_id, one in after.stores.items()} == on_hand
    assert {one: stock.reserved for one, stock in after.stores.items()} == {
        one: stock.reserved for one, stock in before.stores.items()
    }
    assert (await mall.buy({COAT: 1}, key="after")).state is OrderState.PLACED


async def test_safety_that_is_not_as_the_rules_say_is_found_and_repaired(mall: SmallMall):
    """A rule that nobody has applied, and a number that somebody has altered with its movement."""
    await mall.stocking.safety.put(SafetyRule(units=2, store_id=StoreId("S2")))
    await plant(mall, {"$inc": {"stores.S1.safety": 1, "stores.S1.free": -1, "available": -1}})
    await mall.pools.movements(RegionId("320500"), StoreId("S1"), COAT, PageRequest())
    line = await mall.database["movements"].find_one({"sku": COAT, "event": "COUNTED"})
    planted = {"_id": "x", "change_id": "x", "event": "SAFETY_SET", "on_hand": 0, "safety": 1}
    await mall.database["movements"].insert_one(
        {**line, **planted, "store_id": "S1", "counted_at": None}
    )
    assert await found(mall) == [
        "320500 10001-NVY-M: safety, by the rules of S1 is 1, should be 0",
        "320500 10001-NVY-M: safety, by the rules of S2 is 0, should be 2",
    ]
    await mend(mall)
    assert await found(mall) == []
    pool = await mall.pool(COAT)
    assert (pool.store("S1").safety, pool.store("S2").safety) == (0, 2)


async def test_safety_that_somebody_is_just_setting_is_not_told_as_wrong(mall: SmallMall):
    act = mall.act(HEAD_OFFICE)
    pools = Sleeping(mall.pools, "apply")
    setting = asyncio.ensure_future(
        set_rule(replace(mall.stocking, pools=pools), act, SafetyRule(units=2))
    )
    await pools.asleep.wait()
    assert await found(mall) == []
    pools.woken.set()
    await setting
    assert await found(mall) == []
    assert (await mall.pool(COAT)).store("S2").safety == 2
