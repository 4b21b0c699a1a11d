"""Counts and differences from tills, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.catalogue.catalogue import Sku
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Invalid, OutOfStock
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment.fulfilments import StockEffect, StockEffectKind
from domain.mall.fulfilment.stock_shelves import StockShelves
from domain.mall.orders.ordered_units import carry_out
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.differences import Difference, take_differences, tell_difference
from domain.mall.stock.holding_back import follow_states, set_rule
from domain.mall.stock.pools import Event
from domain.mall.stock.safety import SafetyRule
from domain.network.stores import RegionId, StoreId, StoreState
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.mall.stock.last_counts import FEW_LINES, LastCounts
from storage.mongo.mall.stock.pool_documents import FEW_STORES
from tests.support.crashing import Crash, Crashing
from tests.support.network import HEAD_OFFICE
from tests.support.overtaking import Overtaken
from tests.support.selling import COAT, TILL, VEST, SmallMall, a_reference, new_id, stores_in_a_row

pytestmark = pytest.mark.anyio

S1 = StoreId("S1")


@pytest.fixture
def mall(database: Database) -> SmallMall:
    return SmallMall(database, a_reference(stores_in_a_row(2)))


async def count(mall: SmallMall, on_hand: int, *, minutes_ago: int, sku=COAT, store=S1, **more):
    taken = Count(
        store_id=store,
        sku=sku,
        on_hand=on_hand,
        counted_at=mall.now - timedelta(minutes=minutes_ago),
        **more,
    )
    return await take_counts(mall.stocking, mall.act(TILL), [taken])


async def sell(mall: SmallMall, units: int, *, id: str, minutes_ago: int, sku=COAT) -> int:
    told = Difference(
        id=id, store_id=S1, sku=sku, units=-units, at=mall.now - timedelta(minutes=minutes_ago)
    )
    return await take_differences(mall.stocking, mall.act(TILL), [told])


async def on_hand(mall: SmallMall) -> int:
    return (await mall.pool(COAT)).store(S1).on_hand


async def test_a_late_count_loses_to_a_newer_one(mall: SmallMall):
    await count(mall, 5, minutes_ago=10)
    taken = await count(mall, 9, minutes_ago=20)
    assert (taken.created, taken.changed) == (0, 0)
    assert await on_hand(mall) == 5


async def test_a_count_that_comes_twice_changes_nothing_the_second_time(mall: SmallMall):
    first = await count(mall, 5, minutes_ago=10)
    again = await count(mall, 5, minutes_ago=10)
    assert (first.created, again.created, again.changed) == (1, 0, 0)


async def test_an_offline_sale_reduces_the_pool_at_once_and_only_once(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    assert await sell(mall, 2, id="receipt-1", minutes_ago=5) == 1
    assert (await mall.pool(COAT)).available == 3
    assert await sell(mall, 2, id="receipt-1", minutes_ago=5) == 0
    assert (await mall.pool(COAT)).available == 3


async def test_one_receipt_of_two_skus_is_two_differences(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    await count(mall, 5, minutes_ago=60, sku=VEST)
    assert await sell(mall, 1, id="receipt-1", minutes_ago=5) == 1
    assert await sell(mall, 1, id="receipt-1", minutes_ago=5, sku=VEST) == 1


async def test_many_sales_of_one_sku_in_one_feed_all_count(mall: SmallMall):
    await count(mall, 50, minutes_ago=60)
    told = [
        Difference(id=f"receipt-{i}", store_id=S1, sku=COAT, units=-1, at=mall.now)
        for i in range(7)
    ]
    assert await take_differences(mall.stocking, mall.act(TILL), told) == 7
    assert await on_hand(mall) == 43


async def test_a_sale_from_before_the_count_is_in_the_count_already(mall: SmallMall):
    await count(mall, 5, minutes_ago=10)
    assert await sell(mall, 2, id="receipt-1", minutes_ago=15) == 0
    assert await on_hand(mall) == 5


async def test_a_count_that_comes_after_a_later_sale_keeps_the_sale(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    await sell(mall, 2, id="receipt-1", minutes_ago=5)
    await count(mall, 9, minutes_ago=10)
    assert await on_hand(mall) == 7


async def test_a_sale_of_more_than_we_know_of_leaves_nothing_and_not_less(mall: SmallMall):
    await count(mall, 1, minutes_ago=60)
    await sell(mall, 3, id="receipt-1", minutes_ago=5)
    assert await on_hand(mall) == 0
    assert (await mall.pool(COAT)).available == 0


async def test_a_count_below_what_is_promised_raises_a_shortage_and_no_negative_number(
    mall: SmallMall,
):
    await count(mall, 5, minutes_ago=60)
    order = await mall.buy({COAT: 4})
    await count(mall, 1, minutes_ago=1)
    pool = await mall.pool(COAT)
    assert (pool.store(S1).on_hand, pool.store(S1).reserved, pool.available) == (1, 4, 0)
    (shortage,) = await mall.stocking.shortages.waiting(S1, 10)
    assert (shortage.sku, shortage.on_hand, shortage.missing) == (COAT, 1, 3)
    with pytest.raises(OutOfStock):
        await mall.buy({COAT: 1}, key="another")
    await carry_out(
        mall.pools,
        mall.reference,
        operation="give-back",
        event=Event.RELEASED,
        order_id=order.id,
        shares=order.shares,
        cause=Cause(actor=SYSTEM, at=mall.now),
    )
    pool = await mall.pool(COAT)
    assert (pool.store(S1).reserved, pool.available) == (0, 1)


async def test_what_shipped_beyond_our_numbers_leaves_nothing_and_not_less(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    order = await mall.buy({COAT: 4})
    await count(mall, 1, minutes_ago=1)
    await carry_out(
        mall.pools,
        mall.reference,
        operation="ship",
        event=Event.SHIPPED,
        order_id=order.id,
        shares=order.shares,
        cause=Cause(actor=SYSTEM, at=mall.now),
    )
    stock = (await mall.pool(COAT)).store(S1)
    assert (stock.on_hand, stock.reserved) == (0, 0)


async def test_a_parcel_that_left_before_a_count_is_in_it_however_late_stock_follows(
    mall: SmallMall,
):
    await count(mall, 5, minutes_ago=60)
    order = await mall.buy({COAT: 2})
    left = StockEffect(
        id="left",
        kind=StockEffectKind.SHIP,
        store_id=S1,
        units={COAT: 2},
        at=mall.now - timedelta(minutes=9),
    )
    await count(mall, 3, minutes_ago=5)
    shelves = StockShelves(
        stocking=mall.stocking,
        outcomes=mall.outcomes,
        workload=mall.ordering.workload,
        new_id=new_id,
    )
    for _ in range(2):
        await shelves.carry_out(left, order.id, now=mall.now)
    stock = (await mall.pool(COAT)).store(S1)
    assert (stock.on_hand, stock.reserved, stock.free) == (3, 0, 3)


async def test_a_count_tells_damaged_and_incoming_units_too(mall: SmallMall):
    await count(mall, 5, minutes_ago=60, damaged=2, incoming=7)
    stock = (await mall.pool(COAT)).store(S1)
    assert (stock.available, stock.damaged, stock.incoming) == (5, 2, 7)


async def test_a_new_count_holds_back_what_the_rules_say(mall: SmallMall):
    await mall.stocking.safety.put(SafetyRule(units=2))
    await count(mall, 5, minutes_ago=60)
    assert (await mall.pool(COAT)).available == 3
    with pytest.raises(OutOfStock) as refused:
        await mall.buy({COAT: 4})
    assert refused.value.left == 3


async def test_every_change_is_in_the_ledger_the_newest_first(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    await sell(mall, 2, id="receipt-1", minutes_ago=5)
    page = await mall.pools.movements(RegionId("320500"), S1, COAT, PageRequest(first=10))
    found = [(one.event, one.delta.on_hand) for one in page.items]
    assert sorted(found) == [(Event.COUNTED, 5), (Event.SOLD, -2)]


async def test_a_store_that_pauses_takes_its_units_off_sale_until_it_opens_again(mall: SmallMall):
    await mall.stock(S1={COAT: 5}, S2={COAT: 2})
    open_stores = mall.source.view

    async def follow() -> int:
        await follow_states(mall.stocking, mall.act())
        return (await mall.pool(COAT)).available

    assert await follow() == 7
    stores = [replace(one, state=StoreState.PAUSED, version=2) for one in stores_in_a_row(1)]
    mall.source.view = a_reference([*stores, open_stores.store("S2")])
    assert await follow() == 2
    assert await follow() == 2
    stores = [replace(one, version=3) for one in stores_in_a_row(1)]
    mall.source.view = a_reference([*stores, open_stores.store("S2")])
    assert await follow() == 7


async def test_a_count_cut_short_is_in_the_ledger_after_the_till_sends_it_again(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    await mall.buy({COAT: 4})
    broken = replace(mall.stocking, pools=Crashing(mall.pools, "settle", after=False))
    whole, mall.stocking = mall.stocking, broken
    with pytest.raises(Crash):
        await count(mall, 1, minutes_ago=1)
    mall.stocking = whole
    assert await mall.wrong() == []
    await count(mall, 1, minutes_ago=1)
    page = await mall.pools.movements(RegionId("320500"), S1, COAT, PageRequest(first=10))
    assert sorted(one.delta.on_hand for one in page.items) == [-4, 0, 5]
    assert [one.missing for one in await mall.stocking.shortages.waiting(S1, 10)] == [3]
    assert await mall.wrong() == []


async def test_a_count_cut_short_is_in_the_ledger_after_the_next_count(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    broken = replace(mall.stocking, pools=Crashing(mall.pools, "settle", after=False))
    whole, mall.stocking = mall.stocking, broken
    with pytest.raises(Crash):
        await count(mall, 3, minutes_ago=30)
    mall.stocking = whole
    await count(mall, 7, minutes_ago=10)
    page = await mall.pools.movements(RegionId("320500"), S1, COAT, PageRequest(first=10))
    assert sorted(one.delta.on_hand for one in page.items) == [-2, 4, 5]
    assert await mall.wrong() == []


async def test_a_count_lies_in_its_pool_until_the_next_one_and_the_ledger_loses_none(
    mall: SmallMall,
):
    skus = [Sku(f"SKU-{number}") for number in range(FEW_LINES + 5)]
    mall.source.view = a_reference(stores_in_a_row(2), skus)

    async def feed(on_hand: int) -> None:
        mall.now += timedelta(minutes=1)
        counts = [
            Count(store_id=store, sku=sku, on_hand=on_hand, counted_at=mall.now)
            for store in ("S1", "S2")
            for sku in skus
        ]
        await take_counts(mall.stocking, mall.act(TILL), counts)

    await feed(5)
    lines = mall.database["movements"]
    assert await lines.count_documents({}) == 0
    # Somebody looked at some of them, or a feed was cut short just before its counts.
    pools = await mall.database["pools"].find({"sku": {"$in": skus[:3]}}).to_list(None)
    await LastCounts(mall.database).keep(pools, [S1])
    assert await lines.count_documents({}) == 3
    await feed(7)
    assert await lines.count_documents({}) == 2 * len(skus)
    for sku in (skus[0], skus[-1]):
        page = await mall.pools.movements(RegionId("320500"), S1, sku, PageRequest(first=10))
        assert [one.delta.on_hand for one in page.items] == [2, 5]
    assert await mall.wrong() == []


async def test_counts_of_all_stores_of_a_city_lose_no_sale_that_is_made_meanwhile(mall: SmallMall):
    stores = [f"S{number}" for number in range(1, FEW_STORES + 3)]
    mall.source.view = a_reference(stores_in_a_row(len(stores)))
    await mall.stock(**{store_id: {COAT: 9} for store_id in stores})
    sold = 0
    for turn in range(6):
        counted = {store_id: {COAT: 9 + turn} for store_id in stores}
        buyers = [
            Viewer(id=PersonId(f"member_{turn}_{number}"), role=Role.MEMBER) for number in range(4)
        ]
        buying = [mall.buy({COAT: 1}, key="k", viewer=one) for one in buyers]
        *orders, _ = await asyncio.gather(*buying, mall.stock(**counted))
        sold += len(orders)
        pool = await mall.pool(COAT)
        assert sum(one.reserved for one in pool.stores.values()) == sold
        assert {one.on_hand for one in pool.stores.values()} == {9 + turn}
        assert await mall.wrong() == []


async def test_a_store_that_sold_before_it_was_ever_counted_can_be_counted(mall: SmallMall):
    for store_id in ("S1", "S2"):
        told = Difference(id="r1", store_id=StoreId(store_id), sku=COAT, units=-1, at=mall.now)
        await take_differences(mall.stocking, mall.act(TILL), [told])
    mall.now += timedelta(minutes=5)
    for store_id in ("S1", "S2"):
        await count(mall, 3, minutes_ago=0, store=StoreId(store_id))
    assert (await mall.pool(COAT)).available == 6


async def test_what_is_a_stores_first_word_of_a_sku_obeys_rules_and_pauses(mall: SmallMall):
    await mall.stocking.safety.put(SafetyRule(units=2))
    told = Difference(id="r1", store_id=S1, sku=COAT, units=5, at=mall.now)
    await take_differences(mall.stocking, mall.act(TILL), [told])
    assert (await mall.pool(COAT)).store(S1).safety == 2
    assert (await mall.pool(COAT)).available == 3
    paused = [replace(one, state=StoreState.PAUSED, version=2) for one in stores_in_a_row(1)]
    mall.source.view = a_reference([*paused, stores_in_a_row(2)[1]])
    await take_differences(mall.stocking, mall.act(TILL), [replace(told, id="r2", sku=VEST)])
    assert (await mall.pool(VEST)).store(S1).on_hand == 5
    assert (await mall.pool(VEST)).available == 0


@pytest.mark.parametrize("method", ["apply", "settle"])
async def test_a_store_that_is_resumed_sells_again_after_any_crash(mall: SmallMall, method):
    await mall.stock(S1={COAT: 5})

    async def become(state: StoreState, version: int) -> None:
        stores = [replace(one, state=state, version=version) for one in stores_in_a_row(1)]
        mall.source.view = a_reference(stores)

    await become(StoreState.PAUSED, 2)
    await follow_states(mall.stocking, mall.act())
    assert (await mall.pool(COAT)).available == 0
    await become(StoreState.OPEN, 3)
    broken = replace(mall.stocking, pools=Crashing(mall.pools, method, after=False))
    with pytest.raises(Crash):
        await follow_states(broken, mall.act())
    await follow_states(mall.stocking, mall.act())  # another process, which remembers nothing
    assert (await mall.pool(COAT)).available == 5


async def test_who_still_believes_in_an_older_state_does_not_apply_it(mall: SmallMall):
    await mall.stock(S1={COAT: 5})
    old = mall.source.view
    paused = [replace(one, state=StoreState.PAUSED, version=2) for one in stores_in_a_row(1)]
    mall.source.view = a_reference(paused)
    await follow_states(mall.stocking, mall.act())
    mall.source.view = old
    await follow_states(mall.stocking, mall.act())
    assert (await mall.pool(COAT)).available == 0


async def test_who_dies_while_applying_a_state_leaves_it_in_doubt(mall: SmallMall):
    await mall.stock(S1={COAT: 5})
    stores = stores_in_a_row(1)
    mall.source.view = a_reference([replace(stores[0], state=StoreState.PAUSED, version=2)])
    applied = Crashing(mall.stocking.applied, "put", after=False)
    with pytest.raises(Crash):
        await follow_states(replace(mall.stocking, applied=applied), mall.act())
    mall.source.view = a_reference([replace(stores[0], version=3)])
    await follow_states(mall.stocking, mall.act())
    assert (await mall.pool(COAT)).available == 5


@pytest.mark.parametrize("known", [StoreState.OPEN, StoreState.PAUSED])
@pytest.mark.parametrize("followed", [False, True])
async def test_a_count_by_who_knows_an_older_state_does_not_outlast_it(
    mall: SmallMall, known, followed
):
    """A process that has not heard of a change yet counts after the others have followed it."""
    await mall.stock(S1={COAT: 5})
    views = {}
    for version, state in enumerate(("OPEN", "PAUSED", "OPEN"), start=1):
        stores = [replace(stores_in_a_row(1)[0], state=StoreState(state), version=version)]
        views[version] = a_reference(stores)
    before, after = (1, 2) if known is StoreState.OPEN else (2, 3)
    for version in (before, after):
        mall.source.view = views[version]
        if followed or version == after:
            await follow_states(mall.stocking, mall.act())
    mall.source.view = views[before]
    mall.now += timedelta(minutes=5)
    await count(mall, 6, minutes_ago=0)
    mall.source.view = views[after]
    await follow_states(mall.stocking, mall.act())
    assert (await mall.pool(COAT)).available == (0 if known is StoreState.OPEN else 6)


async def test_a_count_amid_a_new_rule_holds_back_what_the_new_one_says(mall: SmallMall):
    await mall.stock(S1={COAT: 5})
    mall.now += timedelta(minutes=5)
    act, rule, usual = mall.act(HEAD_OFFICE), SafetyRule(units=2), mall.stocking
    pools = Overtaken(mall.pools, lambda: set_rule(usual, act, rule), method="apply")
    mall.stocking = replace(usual, pools=pools)
    await count(mall, 6, minutes_ago=0)
    assert (await mall.pool(COAT)).store(S1).safety == 2


async def test_of_two_rules_at_once_the_last_one_holds(mall: SmallMall):
    await mall.stock(S1={COAT: 5})
    act, last = mall.act(HEAD_OFFICE), SafetyRule(units=2)
    pools = Overtaken(mall.pools, lambda: set_rule(mall.stocking, act, last), method="apply")
    await set_rule(replace(mall.stocking, pools=pools), act, SafetyRule(units=4))
    assert (await mall.pool(COAT)).store(S1).safety == 2


async def test_a_pause_that_is_applied_after_it_is_over_does_not_outlast_it(mall: SmallMall):
    await mall.stock(S1={COAT: 5})
    stores = stores_in_a_row(1)
    paused = a_reference([replace(stores[0], state=StoreState.PAUSED, version=2)])
    opened = a_reference([replace(stores[0], state=StoreState.OPEN, version=3)])
    usual = mall.stocking

    async def open_again() -> None:
        mall.source.view = opened
        await follow_states(usual, mall.act())
        mall.source.view = paused

    mall.source.view = paused
    pools = Overtaken(mall.pools, open_again, method="apply")
    await follow_states(replace(usual, pools=pools), mall.act())
    mall.source.view = opened
    await follow_states(usual, mall.act())
    assert (await mall.pool(COAT)).available == 5


async def test_tills_tell_each_sale_once_whatever_they_send_again(mall: SmallMall):
    await count(mall, 10, minutes_ago=60)

    def sale(id: str, store=S1) -> Difference:
        return Difference(id=id, store_id=store, sku=COAT, units=-1, at=mall.now)

    act = mall.act(TILL)
    assert await take_differences(mall.stocking, act, [sale("T1"), sale("T2"), sale("T3")]) == 3
    assert await take_differences(mall.stocking, act, [sale("T1"), sale("T2"), sale("T3")]) == 0
    assert await take_differences(mall.stocking, act, [sale("T2"), sale("T3"), sale("T4")]) == 1
    assert not await tell_difference(mall.stocking, act, sale("T4 "))
    both = [take_differences(mall.stocking, act, [sale("T5")]) for _ in range(2)]
    assert sorted(await asyncio.gather(*both)) == [0, 1]
    assert await on_hand(mall) == 5
    assert await tell_difference(mall.stocking, act, sale("t4"))  # letters count
    for nameless in ("", " ", "x" * 65):
        with pytest.raises(Invalid):
            await tell_difference(mall.stocking, act, sale(nameless))
    page = await mall.pools.movements(RegionId("320500"), S1, COAT, PageRequest(first=10))
    assert "till:S1:T5" in {one.change_id for one in page.items}


async def test_what_cant_be_done_as_told_is_refused_and_is_seen(mall: SmallMall):
    await count(mall, 5, minutes_ago=60)
    order = await mall.buy({COAT: 2})
    for operation in ("first", "second"):
        await carry_out(
            mall.pools,
            mall.reference,
            operation=operation,
            event=Event.RELEASED,
            order_id=order.id,
            shares=order.shares,
            cause=Cause(actor=SYSTEM, at=mall.now),
        )
    stock = (await mall.pool(COAT)).store(S1)
    assert (stock.on_hand, stock.reserved) == (5, 0)
    page = await mall.pools.movements(RegionId("320500"), S1, COAT, PageRequest(first=10))
    told = [(one.delta.reserved, one.reason) for one in page.items if one.event is Event.RELEASED]
    assert sorted(n for n, _ in told) == [-2, 0]
    assert any(reason.startswith("Refused") for _, reason in told)
