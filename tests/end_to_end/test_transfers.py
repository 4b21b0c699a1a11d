"""Goods on their way between stores, on a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Forbidden, Invalid
from domain.mall.orders import sweeping
from domain.mall.orders.sweeping import GRACE
from domain.mall.stock import transfers
from domain.mall.stock.transfers import TransferPorts, TransferState
from domain.people.act import SERVICE, by_the_clock
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.mall.stock.transfers import MongoTransfers
from tests.support.crashing import Crash, Crashing
from tests.support.selling import COAT, VEST, SmallMall, a_reference, new_id, stores_in_a_row

pytestmark = pytest.mark.anyio

S1 = Viewer(id=PersonId("staff_1"), role=Role.STORE_MANAGER, store_id="S1")
S2 = Viewer(id=PersonId("staff_2"), role=Role.STORE_MANAGER, store_id="S2")


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = SmallMall(database, a_reference(stores_in_a_row(2)))
    await mall.stock(S1={COAT: 5, VEST: 5}, S2={COAT: 1})
    return mall


def transferring(mall: SmallMall) -> TransferPorts:
    return TransferPorts(
        stocking=mall.stocking, outcomes=mall.outcomes, transfers=MongoTransfers(mall.database)
    )


async def send(mall: SmallMall, units, *, id="T1", desk=None, viewer=S1):
    return await transfers.send(desk or transferring(mall), mall.act(viewer), id, "S1", "S2", units)


async def receive(mall: SmallMall, units=None, *, desk=None, viewer=S2):
    return await transfers.receive(desk or transferring(mall), mall.act(viewer), "T1", units)


async def numbers(mall: SmallMall) -> tuple[int, int, int, int]:
    pool = await mall.pool(COAT)
    here, there = pool.store("S1"), pool.store("S2")
    return here.on_hand, there.incoming, there.on_hand, pool.available


async def test_units_sent_are_gone_here_and_incoming_there_until_they_are_received(
    mall: SmallMall,
):
    assert (await send(mall, {COAT: 3, VEST: 1})).state is TransferState.SENT
    assert await numbers(mall) == (2, 3, 1, 3)
    assert (await receive(mall)).state is TransferState.RECEIVED
    assert await numbers(mall) == (2, 0, 4, 6)


async def test_what_did_not_arrive_is_not_on_hand(mall: SmallMall):
    await send(mall, {COAT: 3})
    await receive(mall, {COAT: 2})
    assert await numbers(mall) == (2, 0, 3, 5)


async def test_the_same_id_again_moves_nothing_again(mall: SmallMall):
    for _ in range(2):
        await send(mall, {COAT: 3})
    for _ in range(2):
        await receive(mall)
    assert await numbers(mall) == (2, 0, 4, 6)
    with pytest.raises(Conflict):
        await send(mall, {COAT: 1})


async def test_promised_units_can_not_be_sent_away(mall: SmallMall):
    await mall.buy({COAT: 4})
    refused = await send(mall, {COAT: 2, VEST: 1})
    assert refused.state is TransferState.REFUSED
    assert (await mall.pool(VEST)).store("S1").on_hand == 5
    assert (await numbers(mall))[0] == 5


async def test_only_the_stores_own_people_send_and_receive(mall: SmallMall):
    with pytest.raises(Forbidden):
        await send(mall, {COAT: 1}, viewer=S2)
    await send(mall, {COAT: 1})
    with pytest.raises(Forbidden):
        await receive(mall, viewer=S1)
    with pytest.raises(Invalid):
        await receive(mall, {COAT: 2})


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["take", "settle", "apply"])
async def test_wherever_a_transfer_is_cut_short_it_is_whole_or_refused(
    mall: SmallMall, method, after
):
    whole = transferring(mall)
    broken_pools = Crashing(mall.pools, method, after=after)
    broken = replace(whole, stocking=replace(mall.stocking, pools=broken_pools))
    with pytest.raises(Crash):
        await send(mall, {COAT: 3, VEST: 1}, desk=broken)
    mall.now += GRACE + timedelta(seconds=1)
    await sweeping.sweep_orders(mall.sweeping, by_the_clock(mall.now, new_id))
    await transfers.sweep_transfers(whole, mall.act(SERVICE))
    transfer = await whole.transfers.by_id("T1")
    assert not transfer.unfinished
    if transfer.state is TransferState.SENT:
        assert await numbers(mall) == (2, 3, 1, 3)
    else:
        assert transfer.state is TransferState.REFUSED
        assert await numbers(mall) == (5, 0, 1, 6)
    assert await mall.marks() == []
