"""A store that moves to another region, with its stock and the orders under way."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Forbidden, Unavailable, WrongState
from domain.kernel.states import Cause
from domain.mall.orders.order import OrderState
from domain.mall.orders.ordered_units import carry_out
from domain.mall.orders.sweeping import sweep_orders
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.differences import Difference, take_differences
from domain.mall.stock.holding_back import follow_states
from domain.mall.stock.moving import LINGER, MovePorts, move_store, sweep_moves
from domain.mall.stock.pools import Event, Pool, promise
from domain.network.directory import Directory, NetworkPorts
from domain.network.stores import RegionId, Store, StoreId, StoreState
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id
from storage.advertising_claims import read_claims
from storage.divisions import read_divisions
from storage.mongo.kernel.database import Database
from storage.mongo.mall.stock.moves import MongoStoreMoves
from tests.support.builders import NOON, a_region
from tests.support.crashing import Crash, WithLedger, crashing_ledger
from tests.support.selling import (
    BUYER,
    COAT,
    REGION,
    VEST,
    FixedReference,
    SmallMall,
    ViewWriter,
    a_reference,
    stores_in_a_row,
)

HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)
WUXI = RegionId("320200")
CHANGZHOU = RegionId("320400")


class FailsOnce:
    """Pools that break down at their nth call, or at one of their ledger's."""

    def __init__(self, pools: Any, at: int) -> None:
        self._pools = pools
        self.left = at

    @property
    def ledger(self) -> Any:
        return _Counted(self._pools.ledger, self)

    def __getattr__(self, name: str) -> Any:
        return self.counted(getattr(self._pools, name))

    def counted(self, method: Any) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise ConnectionError
            return await method(*args, **named)

        return call


class _Counted:
    def __init__(self, ledger: Any, counter: FailsOnce) -> None:
        self._ledger, self._counter = ledger, counter

    def __getattr__(self, name: str) -> Any:
        return self._counter.counted(getattr(self._ledger, name))


class Moving:
    """Two regions, and S1 on its way from the one to the other."""

    def __init__(self, database: Database) -> None:
        view = a_reference(stores_in_a_row(3))
        regions = {
            REGION: a_region(),
            WUXI: a_region(WUXI, name="无锡市"),
            CHANGZHOU: a_region(CHANGZHOU, name="常州市"),
        }
        directory = Directory(regions=regions, stores=view.directory.stores)
        self.mall = SmallMall(database, replace(view, directory=directory))
        self.source = self.mall.source
        self.network: Any = NetworkPorts(
            source=self.source,
            writer=ViewWriter(self.source),
            divisions=read_divisions(),
            wording=read_claims(),
        )
        self.ports = MovePorts(
            network=self.network, stocking=self.mall.stocking, moves=MongoStoreMoves(database)
        )

    async def pause(self, id: str = "S1") -> None:
        store = self.source.now().store(id)
        await self.network.writer.save_stores([replace(store, state=StoreState.PAUSED)])

    async def resume(self, id: str = "S1") -> None:
        store = self.source.now().store(id)
        opened = replace(store, state=StoreState.OPEN, version=store.version + 1)
        await self.network.writer.save_stores([opened])
        await follow_states(self.mall.stocking, self.mall.act(HEAD_OFFICE))

    def edit(self, **changes: Any) -> None:
        """Change the store in its view, as somebody else's edit does."""
        store = self.source.now().store("S1")
        changed = replace(store, version=store.version + 1, **changes)
        directory = self.source.view.directory
        directory = replace(directory, stores={**directory.stores, "S1": changed})
        self.source.view = replace(self.source.view, directory=directory)

    async def move(self, pools: Any = None, viewer: Viewer = HEAD_OFFICE, to=WUXI) -> Store:
        stocking = replace(self.mall.stocking, pools=pools or self.mall.pools)
        ports = replace(self.ports, stocking=stocking)
        return await move_store(ports, self.mall.act(viewer), StoreId("S1"), to)

    async def pools(self, sku=COAT) -> tuple[Pool, Pool]:
        load = self.mall.pools.load
        return (await load(REGION, [sku]))[sku], (await load(WUXI, [sku]))[sku]


@pytest.fixture
def moving(database: Database) -> Moving:
    return Moving(database)


async def test_a_stores_stock_and_its_promises_go_along(moving: Moving):
    await moving.mall.stock(S1={COAT: 5, VEST: 2}, S2={COAT: 3})
    order = await moving.mall.buy({COAT: 2})
    assert order.shares == {"S1": {COAT: 2}}
    await moving.pause()
    moved = await moving.move()
    assert (moved.region_id, moved.version) == (WUXI, 2)
    assert [pool.available for pool in await moving.pools()] == [3, 0]
    await moving.resume()
    old, new = await moving.pools()
    assert (old.available, new.available) == (3, 3)
    assert (new.store("S1").on_hand, new.store("S1").reserved) == (5, 2)
    assert new.store("S1").counted_at is not None
    assert old.store("S1").on_hand == old.store("S1").reserved == 0
    assert [pool.available for pool in await moving.pools(VEST)] == [0, 2]

    late = NOON + timedelta(days=1)
    await sweep_orders(moving.mall.sweeping, by_the_clock(late, new_id))
    await sweep_orders(moving.mall.sweeping, by_the_clock(late, new_id))
    expired = await moving.mall.orders.by_id(order.id)
    assert expired is not None
    assert expired.state is not OrderState.PLACED
    old, new = await moving.pools()
    assert (old.available, new.available) == (3, 5)
    assert new.store("S1").reserved == 0


async def test_the_ledger_tells_of_the_move(moving: Moving):
    await moving.mall.stock(S1={COAT: 5})
    await moving.pause()
    await moving.move()
    ledger = await moving.mall.pools.movements(WUXI, StoreId("S1"), COAT, PageRequest())
    counted, *_ = reversed(ledger.items)
    assert (counted.event, counted.region_id, counted.delta.on_hand) == (Event.COUNTED, REGION, 5)
    moves = {one.event: (one.region_id, one.delta.on_hand) for one in ledger.items}
    assert moves[Event.MOVED_OUT] == (REGION, -5)
    assert moves[Event.MOVED_IN] == (WUXI, 5)
    assert await moving.mall.marks() == []


@pytest.mark.parametrize("call", range(1, 24))
async def test_a_move_that_breaks_down_anywhere_is_finished_by_repeating_it(
    moving: Moving, call: int
):
    await moving.mall.stock(S1={COAT: 5, VEST: 2}, S2={COAT: 3})
    await moving.mall.buy({COAT: 2})
    await moving.pause()
    broken = FailsOnce(moving.mall.pools, call)
    try:
        await moving.move(broken)
    except ConnectionError:
        await moving.move()
    else:
        assert broken.left > 0
    await moving.resume()
    old, new = await moving.pools()
    assert (old.available, new.available) == (3, 3)
    assert (new.store("S1").on_hand, new.store("S1").reserved) == (5, 2)
    assert [pool.available for pool in await moving.pools(VEST)] == [0, 2]


async def test_only_head_office_moves_a_store_and_only_a_paused_one(moving: Moving):
    await moving.mall.stock(S1={COAT: 5})
    with pytest.raises(WrongState, match="storePause"):
        await moving.move()
    await moving.pause()
    with pytest.raises(Forbidden):
        await moving.move(viewer=BUYER)
    await moving.move()
    with pytest.raises(WrongState, match="already"):
        await moving.move()


async def test_a_store_does_not_move_while_an_order_is_being_placed_on_it(moving: Moving):
    await moving.mall.stock(S1={COAT: 5})
    await moving.pause()
    under_way = promise(
        id="promise_1",
        attempt="try_1",
        region_id=REGION,
        order_id=new_id("order"),
        at=NOON,
        actor="buyer",
        shares={StoreId("S1"): {COAT: 1}},
        tentative=True,
    )
    await moving.mall.pools.take(under_way)
    with pytest.raises(Unavailable, match="being placed"):
        await moving.move()
    await moving.mall.pools.undo(under_way)
    await moving.move()
    await moving.resume()
    assert (await moving.pools())[1].available == 5
    assert await moving.mall.wrong() == []


async def numbers(moving: Moving, sku=COAT) -> list[tuple[int, int]]:
    """On hand and reserved of S1, in its old region and in the new one."""
    return [
        (stock.on_hand, stock.reserved)
        for pool in await moving.pools(sku)
        for stock in [pool.store("S1")]
    ]


async def test_a_move_remembers_its_target(moving: Moving):
    await moving.mall.stock(S1={COAT: 5})
    await moving.pause()
    with pytest.raises(Crash):
        await moving.move(crashing_ledger(moving.mall.pools, "conclude", after=False))
    with pytest.raises(Conflict, match="无锡市"):
        await moving.move(to=CHANGZHOU)
    await moving.move()
    assert await numbers(moving) == [(0, 0), (5, 0)]
    await moving.move(to=CHANGZHOU)
    assert await numbers(moving) == [(0, 0), (0, 0)]
    pool = (await moving.mall.pools.load(CHANGZHOU, [COAT]))[COAT]
    assert pool.store("S1").on_hand == 5
    assert await moving.mall.wrong() == []


async def test_two_moves_at_once_to_two_regions_are_one_move(moving: Moving):
    await moving.mall.stock(S1={COAT: 5, VEST: 2})
    await moving.pause()
    ended = await asyncio.gather(
        moving.move(), moving.move(to=CHANGZHOU), moving.move(), return_exceptions=True
    )
    assert any(isinstance(one, Conflict) for one in ended)
    pools = [
        (await moving.mall.pools.load(region, [COAT]))[COAT].store("S1").on_hand
        for region in (REGION, WUXI, CHANGZHOU)
    ]
    assert sorted(pools) == [0, 0, 5]
    assert await moving.mall.wrong() == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["insert", "change", "conclude", "unmark"])
async def test_the_clock_finishes_a_move_that_was_cut_short(moving: Moving, method, after):
    await moving.mall.stock(S1={COAT: 5, VEST: 2})
    await moving.mall.buy({COAT: 2})
    await moving.pause()
    with pytest.raises(Crash):
        await moving.move(crashing_ledger(moving.mall.pools, method, after=after))
    moving.edit(capacity_a_day=7)
    moving.mall.now += timedelta(minutes=1)
    await sweep_moves(moving.ports, moving.mall.act(HEAD_OFFICE))
    assert moving.source.now().store("S1").region_id == WUXI
    assert moving.source.now().store("S1").capacity_a_day == 7
    assert await numbers(moving) == [(0, 0), (5, 2)]
    assert await numbers(moving, VEST) == [(0, 0), (2, 0)]
    assert await moving.mall.wrong() == []


async def test_a_move_that_can_not_be_read_holds_up_no_other_and_is_told(moving: Moving):
    await moving.mall.stock(S1={COAT: 5})
    await moving.pause()
    with pytest.raises(Crash):
        await moving.move(crashing_ledger(moving.mall.pools, "change", after=True))
    gone = {"id": "move_0", "from_region": REGION, "to_region": WUXI, "actor": "somebody"}
    begun = {"at": NOON - timedelta(hours=1), "arrived_at": None}
    await moving.mall.database["store_moves"].insert_many(
        [
            {"_id": "S0", "at": begun["at"], "id": "?"},
            {"_id": "GONE", "store_id": "GONE", **gone, **begun},
        ]
    )
    moving.mall.now += timedelta(minutes=1)
    with pytest.raises(ExceptionGroup, match="2 could not be attended to, 1 were") as told:
        await sweep_moves(moving.ports, moving.mall.act(HEAD_OFFICE))
    notes = {note for fault in told.value.exceptions for note in fault.__notes__}
    assert {f"while working on '{store}'" for store in ("S0", "GONE")} <= notes
    assert await numbers(moving) == [(0, 0), (5, 0)]


async def test_a_store_that_is_resumed_amid_its_move_sells_all_it_has_where_it_arrives(
    moving: Moving,
):
    await moving.mall.stock(S1={COAT: 5, VEST: 2})
    await moving.pause()
    with pytest.raises(Crash):
        await moving.move(crashing_ledger(moving.mall.pools, "conclude", after=True))
    await moving.resume()
    moving.mall.now += timedelta(minutes=1)
    await sweep_moves(moving.ports, moving.mall.act(HEAD_OFFICE))
    await follow_states(moving.mall.stocking, moving.mall.act(HEAD_OFFICE))
    assert [(await moving.pools(sku))[1].available for sku in (COAT, VEST)] == [5, 2]
    assert await moving.mall.wrong() == []


async def test_what_comes_to_the_old_region_while_a_store_moves_follows_it(moving: Moving):
    await moving.mall.stock(S1={COAT: 5})
    order = await moving.mall.buy({COAT: 2})
    view = moving.source.view
    await moving.pause()
    with pytest.raises(Crash):
        await moving.move(crashing_second_insert(moving.mall.pools))
    assert await numbers(moving) == [(0, 0), (0, 0)]
    release = {
        "operation": "release_1",
        "event": Event.RELEASED,
        "order_id": order.id,
        "shares": order.shares,
        "cause": Cause(actor="system", at=NOON),
    }
    with pytest.raises(Unavailable, match="just moving"):
        await carry_out(moving.mall.pools, view, **release)
    await moving.move()
    for _ in range(2):
        await carry_out(moving.mall.pools, view, **release)
    assert await numbers(moving) == [(0, 0), (5, 0)]
    count = Count(
        store_id=StoreId("S1"), sku=COAT, on_hand=4, counted_at=NOON - timedelta(minutes=1)
    )
    old = replace(moving.mall.stocking, reference=FixedReference(view))
    await take_counts(old, moving.mall.act(), [count])
    assert await numbers(moving) == [(0, 0), (4, 0)]
    await moving.mall.database["orders"].delete_one({"_id": order.id})
    assert await moving.mall.wrong() == []


async def test_units_that_were_new_to_the_old_region_are_brought_after(moving: Moving):
    await moving.mall.stock(S1={COAT: 5})
    view = moving.source.view
    await moving.pause()
    await moving.move()
    old = replace(moving.mall.stocking, reference=FixedReference(view))
    sold = Difference(id="r1", store_id=StoreId("S1"), sku=VEST, units=3, at=NOON)
    await take_differences(old, moving.mall.act(), [sold])
    assert await numbers(moving, VEST) == [(3, 0), (0, 0)]
    moving.mall.now += 2 * LINGER
    await sweep_moves(moving.ports, moving.mall.act(HEAD_OFFICE))
    assert await numbers(moving, VEST) == [(0, 0), (3, 0)]
    assert await moving.mall.wrong() == []


def crashing_second_insert(pools: Any) -> WithLedger:
    """Units have left the one region; the process ends before they arrive in the other."""

    class Ledger:
        inserts = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(pools.ledger, name)

        async def insert(self, movements: Any) -> Any:
            self.inserts += 1
            if self.inserts == 2:
                raise Crash
            return await pools.ledger.insert(movements)

    return WithLedger(pools, Ledger())
