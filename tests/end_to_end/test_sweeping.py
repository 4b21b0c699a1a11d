"""Orders that time or a crash has ended, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.refusals import Conflict, OutOfStock, Unavailable
from domain.kernel.request_keys import request_key
from domain.kernel.states import Cause
from domain.kernel.versions import risen
from domain.mall.fulfilment.stock_shelves import StockShelves
from domain.mall.orders import sweeping
from domain.mall.orders.order import PAY_WITHIN, Order, OrderState, revived
from domain.mall.orders.settling import cancel_unpaid, settle
from domain.mall.orders.sweeping import GRACE
from domain.mall.routing.routing import Decision, Share
from domain.mall.stock.operations import take_once
from domain.mall.stock.pools import promise
from domain.network.stores import StoreId
from domain.people.act import by_the_clock
from storage.mongo.kernel.database import Database
from tests.support.crashing import Crash, Crashing, WithLedger, crashing_ledger
from tests.support.overtaking import Overtaken
from tests.support.selling import COAT, VEST, SmallMall, a_reference, new_id, stores_in_a_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = SmallMall(database, a_reference(stores_in_a_row(2)))
    await mall.stock(S1={COAT: 5, VEST: 5}, S2={COAT: 5})
    return mall


async def sweep(mall: SmallMall, *, after: timedelta) -> None:
    await sweeping.sweep_orders(mall.sweeping, by_the_clock(mall.now + after, new_id))


async def available(mall: SmallMall) -> tuple[int, int]:
    return (await mall.pool(COAT)).available, (await mall.pool(VEST)).available


async def test_an_unpaid_order_expires_on_time_and_its_units_are_for_sale_again(mall: SmallMall):
    order = await mall.buy({COAT: 2, VEST: 1})
    await sweep(mall, after=PAY_WITHIN - timedelta(milliseconds=1))
    assert await available(mall) == (8, 4)
    await sweep(mall, after=PAY_WITHIN)
    assert await available(mall) == (10, 5)
    found = await mall.orders.by_id(order.id)
    assert found.state is OrderState.EXPIRED
    assert (found.steps[-1].actor, found.steps[-1].reason) == ("system", "It was not paid in time.")
    assert found.release is None


async def test_many_sweepers_at_once_release_an_order_once(mall: SmallMall):
    await mall.buy({COAT: 2, VEST: 1})
    await asyncio.gather(*(sweep(mall, after=PAY_WITHIN) for _ in range(6)))
    assert await available(mall) == (10, 5)
    assert await mall.marks() == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("port", "method"),
    [
        ("orders", "begin"),
        ("pools", "take"),
        ("orders", "place"),
        ("pools", "settle"),
    ],
)
async def test_wherever_placing_is_cut_short_the_order_is_whole_or_gone(
    mall: SmallMall, port, method, after
):
    broken = Crashing(getattr(mall.ordering, port), method, after=after)
    whole = mall.ordering
    mall.ordering = replace(whole, **{port: broken})
    if method == "settle":
        mall.ordering = replace(whole, settle=broken.settle)
    with pytest.raises(Crash):
        await mall.buy({COAT: 2, VEST: 1})
    await sweep(mall, after=GRACE + timedelta(milliseconds=1))
    assert await mall.marks() == []
    placed = (port, method, after) in {
        ("orders", "place", True),
        ("pools", "settle", False),
        ("pools", "settle", True),
    }
    assert await available(mall) == ((8, 4) if placed else (10, 5))
    mall.ordering = whole
    order = await mall.buy({COAT: 2, VEST: 1})
    assert order.state is OrderState.PLACED
    assert await available(mall) == (8, 4)
    await sweep(mall, after=PAY_WITHIN)
    assert await available(mall) == (10, 5)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("port", "method"),
    [
        ("orders", "save"),
        ("ledger", "insert"),
        ("ledger", "change"),
        ("ledger", "conclude"),
        ("ledger", "unmark"),
        ("orders", "released"),
    ],
)
async def test_wherever_an_expiry_is_cut_short_its_units_are_released_once(
    mall: SmallMall, port, method, after
):
    await mall.buy({COAT: 2, VEST: 1})
    whole = mall.sweeping
    if port == "ledger":
        mall.sweeping = replace(whole, pools=crashing_ledger(mall.pools, method, after=after))
    else:
        mall.sweeping = replace(whole, orders=Crashing(mall.orders, method, after=after))
    with pytest.raises(Crash):
        await sweep(mall, after=PAY_WITHIN)
    mall.sweeping = whole
    for i in range(1, 4):
        await sweep(mall, after=PAY_WITHIN + i * (GRACE + timedelta(milliseconds=1)))
    assert await available(mall) == (10, 5)
    assert await mall.marks() == []


async def test_a_placing_that_wakes_up_after_it_was_given_up_keeps_nothing(mall: SmallMall):
    class Sleepy(Crashing):
        def __getattr__(self, name: str):
            if name != "place":
                return getattr(self._port, name)

            async def sleep_through_a_sweep(order):
                await sweep(mall, after=GRACE + timedelta(milliseconds=1))
                return await self._port.place(order)

            return sleep_through_a_sweep

    mall.ordering = replace(mall.ordering, orders=Sleepy(mall.orders, "place", after=False))
    with pytest.raises(Unavailable):
        await mall.buy({COAT: 2, VEST: 1})
    assert await available(mall) == (10, 5)
    assert await mall.marks() == []


@pytest.mark.parametrize("method", ["insert", "change", "conclude"])
async def test_a_release_by_a_process_that_wakes_up_late_gives_nothing_back_again(
    mall: SmallMall, method
):
    """Whoever began it sleeps before or after a write; the sweeper does it; then both go on."""
    order = await mall.buy({COAT: 2, VEST: 1})
    asleep, woken = asyncio.Event(), asyncio.Event()

    class Sleepy:
        def __getattr__(self, name: str):
            return getattr(mall.pools.ledger, name)

    async def sleeping(*args):
        done = await getattr(mall.pools.ledger, method)(*args)
        asleep.set()
        await woken.wait()
        return done

    ledger = Sleepy()
    setattr(ledger, method, sleeping)
    whole = mall.sweeping
    mall.sweeping = replace(whole, pools=WithLedger(mall.pools, ledger))
    sleeper = asyncio.create_task(sweep(mall, after=PAY_WITHIN))
    await asleep.wait()
    mall.sweeping = whole
    await sweep(mall, after=PAY_WITHIN + GRACE + timedelta(milliseconds=1))
    await mall.buy({COAT: 10, VEST: 5}, key="all of it")
    woken.set()
    await sleeper
    assert await available(mall) == (0, 0)
    assert (await mall.pool(COAT)).store("S1").reserved == 5
    assert (await mall.orders.by_id(order.id)).release is None
    assert await mall.marks() == []


async def pay(mall: SmallMall, order: Order) -> Decision | None:
    return await settle(mall.ordering, by_the_clock(mall.now, new_id), order.id)


async def test_a_paid_order_does_not_expire(mall: SmallMall):
    order = await mall.buy({COAT: 2})
    decision = await pay(mall, order)
    assert decision == order.decision
    assert await pay(mall, order) == decision
    await sweep(mall, after=PAY_WITHIN)
    assert await available(mall) == (8, 5)


async def test_a_late_payment_revives_an_order_whose_units_are_still_there(mall: SmallMall):
    order = await mall.buy({COAT: 2, VEST: 1})
    await sweep(mall, after=PAY_WITHIN)
    decision = await pay(mall, order)
    assert decision is not None
    assert await available(mall) == (8, 4)
    await sweep(mall, after=2 * PAY_WITHIN)
    assert await available(mall) == (8, 4)
    assert (await mall.orders.by_id(order.id)).state is OrderState.PAID


async def test_a_late_payment_revives_nothing_that_others_have_bought(mall: SmallMall):
    order = await mall.buy({VEST: 3})
    await sweep(mall, after=PAY_WITHIN)
    await mall.buy({VEST: 3}, key="another")
    assert await pay(mall, order) is None
    assert (await mall.orders.by_id(order.id)).state is OrderState.EXPIRED


async def test_a_late_payment_that_is_told_twice_at_once_is_decided_once(mall: SmallMall):
    """The second word comes while the first has the last units and has not said so yet."""
    order = await mall.buy({VEST: 5})
    await sweep(mall, after=PAY_WITHIN)
    ordering, told = mall.ordering, []

    async def told_again() -> None:
        with pytest.raises(Conflict) as caught:
            await settle(ordering, by_the_clock(mall.now, new_id), order.id)
        told.append(caught.value)

    mall.ordering = replace(ordering, orders=Overtaken(mall.orders, told_again))
    decided = await pay(mall, order)
    assert decided is not None
    assert len(told) == 1
    assert await pay(mall, order) == decided
    assert (await mall.orders.by_id(order.id)).state is OrderState.PAID
    assert await available(mall) == (10, 0)


async def test_a_late_payment_that_was_given_back_revives_nothing_afterwards(mall: SmallMall):
    order = await mall.buy({VEST: 5})
    await sweep(mall, after=PAY_WITHIN)
    other = await mall.buy({VEST: 5}, key="another")
    assert await pay(mall, order) is None
    key = request_key("k", "cancel")
    act = by_the_clock(mall.now, new_id)
    assert await cancel_unpaid(mall.ordering, act, other.id, key, "changed my mind")
    assert await pay(mall, order) is None
    assert await available(mall) == (10, 5)


async def test_an_order_called_off_many_times_at_once_is_off_for_all_who_asked(mall: SmallMall):
    order = await mall.buy({VEST: 5})
    key, act = request_key("k", "cancel"), by_the_clock(mall.now, new_id)
    orders = Overtaken(mall.orders, lambda: cancel_unpaid(mall.ordering, act, order.id, key, "no"))
    overtaken = replace(mall.ordering, orders=orders)
    assert await cancel_unpaid(overtaken, act, order.id, key, "no")
    assert await available(mall) == (10, 5)


@pytest.mark.parametrize("finished_by", ["payment", "sweeper"])
async def test_a_late_payment_amid_an_expiry_keeps_the_units_that_it_takes_anew(
    mall: SmallMall, finished_by
):
    """The expiry is cut short after its first write; the order is revived with another plan."""
    order = await mall.buy({VEST: 2})
    assert order.shares == {"S1": {VEST: 2}}
    await mall.stock(S2={VEST: 5})
    mall.sweeping = replace(
        whole := mall.sweeping, pools=crashing_ledger(mall.pools, "change", after=False)
    )
    with pytest.raises(Crash):
        await sweep(mall, after=PAY_WITHIN)
    mall.sweeping = whole
    ended = await mall.orders.by_id(order.id)
    decision = Decision(shares=(Share(store_id=StoreId("S2"), units={VEST: 2}),), considered=())
    cause = Cause(actor="system", at=mall.now)
    if finished_by == "payment":
        assert await pay(mall, order) is not None
        kept = "S1"
    else:  # whoever revived it did not know of the release
        await take_units(mall, order, "S2", "promise_late")
        late = risen(revived(ended, decision, "promise_late", cause))
        await mall.orders.save(late, expected=ended.version)
        kept = "S2"
    await sweep(mall, after=PAY_WITHIN + GRACE + timedelta(milliseconds=1))
    pool = await mall.pool(VEST)
    assert {one: stock.reserved for one, stock in pool.stores.items() if stock.reserved} == {
        kept: 2
    }
    found = await mall.orders.by_id(order.id)
    assert (found.state, found.release) == (OrderState.PAID, None)
    assert await mall.marks() == []


async def take_units(mall: SmallMall, order: Order, store_id: str, promise_id: str) -> None:
    changes = promise(
        id=promise_id,
        attempt="try",
        region_id=order.region_id,
        order_id=order.id,
        at=mall.now,
        actor="system",
        shares={StoreId(store_id): order.units},
        tentative=False,
    )
    assert await take_once(mall.pools, mall.outcomes, changes)


async def test_paying_and_expiring_at_once_leaves_one_of_the_two(mall: SmallMall):
    order = await mall.buy({COAT: 2})
    await asyncio.gather(sweep(mall, after=PAY_WITHIN), pay(mall, order))
    found = await mall.orders.by_id(order.id)
    assert found.state is OrderState.PAID  # in time, or revived
    assert (await available(mall))[0] == 8


def shelves(mall: SmallMall) -> StockShelves:
    return StockShelves(
        stocking=mall.stocking,
        outcomes=mall.outcomes,
        workload=mall.ordering.workload,
        new_id=new_id,
    )


async def test_a_reservation_in_another_store_is_made_once_however_often_it_is_tried(
    mall: SmallMall,
):
    for _ in range(2):
        assert await shelves(mall).reserve("part-1:0", "order_1", "S2", {COAT: 3}, now=mall.now)
    assert (await mall.pool(COAT)).store("S2").reserved == 3


async def test_a_reservation_that_failed_keeps_failing_under_its_id(mall: SmallMall):
    wanted = {COAT: 3, VEST: 9}
    assert not await shelves(mall).reserve("part-1:0", "order_1", "S1", wanted, now=mall.now)
    assert await available(mall) == (10, 5)
    await mall.stock(S1={VEST: 50})
    assert not await shelves(mall).reserve("part-1:0", "order_1", "S1", wanted, now=mall.now)
    assert await shelves(mall).reserve("part-1:1", "order_1", "S1", wanted, now=mall.now)


@pytest.mark.parametrize("method", ["take", "settle"])
async def test_a_reservation_cut_short_is_made_once_by_whoever_repeats_it(mall: SmallMall, method):
    stocking = replace(mall.stocking, pools=Crashing(mall.pools, method, after=True))
    broken = replace(shelves(mall), stocking=stocking)
    with pytest.raises(Crash):
        await broken.reserve("part-1:0", "order_1", "S2", {COAT: 3}, now=mall.now)
    await sweep(mall, after=GRACE + timedelta(milliseconds=1))
    for attempt in range(3):
        if await shelves(mall).reserve(
            f"part-1:{attempt}", "order_1", "S2", {COAT: 3}, now=mall.now
        ):
            break
    assert (await mall.pool(COAT)).store("S2").reserved == 3
    assert await mall.marks() == []


async def test_nobody_can_take_units_of_a_store_that_only_the_region_has(mall: SmallMall):
    assert not await shelves(mall).reserve("part-1:0", "order_1", "S2", {COAT: 6}, now=mall.now)
    with pytest.raises(OutOfStock):
        await mall.buy({COAT: 11})


async def test_an_order_that_can_not_be_read_keeps_no_other_from_expiring(
    mall: SmallMall, database: Database
):
    bad = await mall.buy({COAT: 1}, key="bad")
    await mall.buy({COAT: 2}, key="good")
    await database["orders"].update_one({"_id": bad.id}, {"$set": {"lines": "?"}})
    with pytest.raises(ExceptionGroup, match="1 could not be attended to, 3 were"):
        await sweep(mall, after=PAY_WITHIN)
    assert (await mall.pool(COAT)).store("S1").reserved == 1
