"""A store that moves to another region, with its stock and the orders under way."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Unavailable, WrongState
from domain.mall.orders.order import OrderState
from domain.mall.orders.sweeping import sweep_orders
from domain.mall.stock.moving import move_store
from domain.mall.stock.pools import Event, Pool, promise
from domain.network.directory import Directory, NetworkPorts
from domain.network.stores import RegionId, Store, StoreId, StoreState
from domain.people.viewer import Role, Viewer
from qianmian.composition import new_id
from storage.divisions import read_divisions
from storage.mongo.kernel.database import Database
from tests.support.builders import NOON, a_region
from tests.support.selling import (
    BUYER,
    COAT,
    REGION,
    VEST,
    FixedReference,
    SmallMall,
    a_reference,
    stores_in_a_row,
)

HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)
WUXI = RegionId("320200")


@dataclass
class Writer:
    """Writes stores into the view itself."""

    source: FixedReference

    async def save_stores(self, stores: list[Store]) -> None:
        directory = self.source.view.directory
        changed = {**directory.stores, **{store.id: store for store in stores}}
        self.source.view = replace(self.source.view, directory=replace(directory, stores=changed))


class FailsOnce:
    """Pools that break down at their nth call."""

    def __init__(self, pools: Any, at: int) -> None:
        self._pools = pools
        self.left = at

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise ConnectionError
            return await getattr(self._pools, name)(*args, **named)

        return call


class Moving:
    """Two regions, and S1 on its way from the one to the other."""

    def __init__(self, database: Database) -> None:
        view = a_reference(stores_in_a_row(3))
        regions = {REGION: a_region(), WUXI: a_region(WUXI, name="无锡市")}
        directory = Directory(regions=regions, stores=view.directory.stores)
        self.mall = SmallMall(database, replace(view, directory=directory))
        self.source = self.mall.source
        self.network: Any = NetworkPorts(
            source=self.source, writer=Writer(self.source), divisions=read_divisions()
        )

    async def pause(self, id: str = "S1") -> None:
        store = self.source.now().store(id)
        await self.network.writer.save_stores([replace(store, state=StoreState.PAUSED)])

    async def move(self, pools: Any = None, viewer: Viewer = HEAD_OFFICE) -> Store:
        return await move_store(
            self.network,
            pools or self.mall.pools,
            viewer,
            StoreId("S1"),
            WUXI,
            skus=self.source.now().variants,
            now=NOON,
            new_id=new_id,
        )

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
    old, new = await moving.pools()
    assert (old.available, new.available) == (3, 3)
    assert (new.store("S1").on_hand, new.store("S1").reserved) == (5, 2)
    assert new.store("S1").counted_at is not None
    assert old.store("S1").on_hand == old.store("S1").reserved == 0
    assert [pool.available for pool in await moving.pools(VEST)] == [0, 2]

    late = NOON + timedelta(days=1)
    await sweep_orders(moving.mall.sweeping, now=late, new_id=new_id)
    await sweep_orders(moving.mall.sweeping, now=late, new_id=new_id)
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
    ledger = await moving.mall.pools.movements(StoreId("S1"), COAT, PageRequest())
    moves = {one.event: (one.region_id, one.delta.on_hand) for one in ledger.items}
    assert moves[Event.MOVED_OUT] == (REGION, -5)
    assert moves[Event.MOVED_IN] == (WUXI, 5)
    assert await moving.mall.marks() == []


@pytest.mark.parametrize("call", range(1, 12))
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
    assert (await moving.pools())[1].available == 5
