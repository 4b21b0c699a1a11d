"""Goods on their way between stores, on a real database."""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Forbidden, Invalid, OutOfStock, WrongState
from domain.mall.orders import sweeping
from domain.mall.orders.sweeping import GRACE
from domain.mall.stock import transferring
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.heeding import finish_movements
from domain.mall.stock.holding_back import follow_states
from domain.mall.stock.transferring import TransferPorts
from domain.mall.stock.transfers import TransferState, TransferVerdict
from domain.network.directory import Directory
from domain.network.stores import StoreState
from domain.people.act import SERVICE, by_the_clock
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.mall.stock.transfers import MongoTransfers
from tests.support.builders import a_region
from tests.support.crashing import Crash, Crashing
from tests.support.paths import ROOT
from tests.support.racing_receipts import RECEIPTS, UNITS
from tests.support.selling import COAT, TILL, VEST, SmallMall, a_reference, new_id, stores_in_a_row

pytestmark = pytest.mark.anyio

HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)
S1 = Viewer(id=PersonId("staff_1"), role=Role.STORE_MANAGER, store_id="S1")
S2 = Viewer(id=PersonId("staff_2"), role=Role.STORE_MANAGER, store_id="S2")


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = SmallMall(database, a_reference(stores_in_a_row(2)))
    await mall.stock(S1={COAT: 5, VEST: 5}, S2={COAT: 1})
    return mall


def its_ports(mall: SmallMall) -> TransferPorts:
    return TransferPorts(
        stocking=mall.stocking,
        outcomes=mall.outcomes,
        transfers=MongoTransfers(mall.database),
        pause=asyncio.sleep,
    )


async def send(mall: SmallMall, units, *, id="T1", desk=None, viewer=S1):
    return await transferring.send(desk or its_ports(mall), mall.act(viewer), id, "S1", "S2", units)


async def receive(mall: SmallMall, units=None, *, key="k1", desk=None, viewer=S2):
    return await transferring.receive(
        desk or its_ports(mall), mall.act(viewer), "T1", units, key=key
    )


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


async def test_the_same_id_again_moves_nothing_again(mall: SmallMall):
    for _ in range(2):
        await send(mall, {COAT: 3})
    assert await receive(mall) == await receive(mall)
    assert await numbers(mall) == (2, 0, 4, 6)
    with pytest.raises(Conflict):
        await send(mall, {COAT: 1})


async def test_the_same_transfer_sent_by_several_at_once_is_one(mall: SmallMall):
    sent = await asyncio.gather(*(send(mall, {COAT: 3, VEST: 1}) for _ in range(4)))
    assert {one.state for one in sent} == {TransferState.SENT}
    assert await numbers(mall) == (2, 3, 1, 3)
    assert await mall.wrong() == []


async def test_goods_arrive_in_parts_and_none_twice_or_too_many(mall: SmallMall):
    """12 are sent; 8 arrive, which is told twice, then 4, then 5 that were never sent."""
    await mall.stock(S1={COAT: 12})
    assert await mall.wrong() == []

    async def look(*wanted) -> None:
        assert await numbers(mall) == wanted
        assert await mall.wrong() == []

    await send(mall, {COAT: 12})
    await look(0, 12, 1, 1)
    await mall.buy({COAT: 1})
    with pytest.raises(OutOfStock):
        await mall.buy({COAT: 1}, key="nothing on its way is sold")
    first = await receive(mall, {COAT: 8})
    assert (first.state, first.missing) == (TransferState.PART_RECEIVED, {COAT: 4})
    assert await receive(mall, {COAT: 8}) == first
    await look(0, 4, 9, 8)
    with pytest.raises(Conflict):
        await receive(mall, {COAT: 4})
    assert (await receive(mall, {COAT: 4}, key="k2")).state is TransferState.RECEIVED
    assert (await receive(mall, {COAT: 8})).missing == {}
    await look(0, 0, 13, 12)
    with pytest.raises(Invalid, match=COAT):
        await receive(mall, {COAT: 5}, key="k3")
    with pytest.raises(WrongState):
        await receive(mall, key="k4")
    await look(0, 0, 13, 12)


async def decide(mall: SmallMall, verdict, units=None, *, key="d1", viewer=HEAD_OFFICE):
    reason = "quoted by the carrier"
    return await transferring.decide(
        its_ports(mall), mall.act(viewer), "T1", verdict, units, reason, key=key
    )


async def under_way(mall: SmallMall, store_id=None) -> list[str]:
    page = await transferring.under_way(
        its_ports(mall), mall.act(HEAD_OFFICE), store_id, PageRequest(first=9, after=None)
    )
    return [one.id for one in page.items]


async def test_what_is_missing_is_listed_until_head_office_decides_though_the_sender_closed(
    mall: SmallMall,
):
    await send(mall, {COAT: 5})
    await receive(mall, {COAT: 2})
    view = mall.source.view
    closed = replace(view.store("S1"), state=StoreState.CLOSED, version=2)
    directory = replace(view.directory, stores={**view.stores, "S1": closed})
    mall.source.view = replace(view, directory=directory)
    await follow_states(mall.stocking, mall.act())
    assert await numbers(mall) == (0, 3, 3, 3)
    assert await under_way(mall) == await under_way(mall, "S2") == ["T1"]
    for viewer in (S1, S2):
        with pytest.raises(Forbidden):
            await decide(mall, TransferVerdict.LOST, viewer=viewer)
    part = await decide(mall, TransferVerdict.LOST, {COAT: 1})
    assert part == await decide(mall, TransferVerdict.LOST, {COAT: 1})
    assert part.missing == {COAT: 2}
    with pytest.raises(Conflict):
        await decide(mall, TransferVerdict.FOUND, {COAT: 1})
    assert await numbers(mall) == (0, 2, 3, 3)
    done = await decide(mall, TransferVerdict.FOUND, key="d2")
    assert (done.state, done.received) == (TransferState.RECEIVED, {COAT: 2})
    assert await numbers(mall) == (2, 0, 3, 3)  # found where nothing is sold any more
    assert await under_way(mall) == []
    assert await mall.wrong() == []


async def test_goods_may_go_to_a_store_of_another_region_and_are_sellable_nowhere_meanwhile(
    mall: SmallMall,
):
    view, elsewhere = mall.source.view, a_region("320200", name="无锡市")
    regions = {**view.regions, elsewhere.id: elsewhere}
    stores = {**view.stores, "S2": replace(view.store("S2"), region_id=elsewhere.id)}
    mall.source.view = replace(view, directory=Directory(regions=regions, stores=stores))
    await send(mall, {VEST: 2})
    here = await mall.pool(VEST)
    there = (await mall.pools.load(elsewhere.id, [VEST]))[VEST]
    assert (here.store("S1").on_hand, here.available) == (3, 3)
    assert (there.store("S2").incoming, there.available) == (2, 0)
    await receive(mall)
    there = (await mall.pools.load(elsewhere.id, [VEST]))[VEST]
    assert (there.store("S2").incoming, there.available) == (0, 2)


async def test_what_arrives_is_on_hand_whatever_a_count_has_said_to_be_incoming(mall: SmallMall):
    await send(mall, {COAT: 3})
    before = mall.now - timedelta(seconds=1)
    count = Count(store_id="S2", sku=COAT, on_hand=1, counted_at=before, incoming=1)
    await take_counts(mall.stocking, mall.act(TILL), [count])
    assert await numbers(mall) == (2, 1, 1, 3)
    await receive(mall)
    assert await numbers(mall) == (2, 0, 4, 6)
    assert await mall.wrong() == []


async def race(uri: str, name: str, seed: int, mortal: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.racing_receipts", uri, name, str(seed), mortal),
        cwd=ROOT,
    )
    return await process.wait()


@pytest.mark.parametrize("mortal", ["immortal", "mortal"])
async def test_two_processes_that_tell_of_the_same_receipts_at_once_lose_none_and_double_none(
    mall: SmallMall, mongodb_uri: str, mortal
):
    """Each tells of all receipts; where they are mortal, others come until one ends."""
    sent = RECEIPTS * UNITS + 4
    await mall.stock(S1={COAT: sent})
    await send(mall, {COAT: sent})
    ended, seed = [-signal.SIGKILL], 0
    while 0 not in ended:
        seeds, seed = (seed + 1, seed + 2), seed + 2
        ended = await asyncio.gather(
            *(race(mongodb_uri, mall.database.name, one, mortal) for one in seeds)
        )
    assert set(ended) <= {0, -signal.SIGKILL}
    mall.now = datetime.now(UTC) + GRACE + timedelta(seconds=1)
    await finish_movements(mall.stocking, mall.act(SERVICE))
    await transferring.sweep_transfers(its_ports(mall), mall.act(SERVICE))
    transfer = await its_ports(mall).transfers.by_id("T1")
    assert (len(transfer.receipts), transfer.missing) == (RECEIPTS, {COAT: 4})
    assert await numbers(mall) == (0, 4, RECEIPTS * UNITS + 1, RECEIPTS * UNITS + 1)
    assert await mall.wrong() == []


async def test_a_transfer_that_can_not_be_read_holds_up_no_other_and_is_told(
    mall: SmallMall, caplog: pytest.LogCaptureFixture
):
    whole = its_ports(mall)
    broken = replace(
        whole, stocking=replace(mall.stocking, pools=Crashing(mall.pools, "take", after=True))
    )
    for number in ("T1", "T2", "T3"):
        with pytest.raises(Crash):
            await send(mall, {COAT: 1}, id=number, desk=broken)
    await mall.database["transfers"].update_one({"_id": "T1"}, {"$set": {"units": "?"}})
    mall.now += GRACE + timedelta(seconds=1)
    await sweeping.sweep_orders(mall.sweeping, by_the_clock(mall.now, new_id))
    await transferring.sweep_transfers(whole, mall.act(SERVICE))
    assert "Transfer T1 can't be read" in caplog.text
    for number in ("T2", "T3"):
        transfer = await whole.transfers.by_id(number)
        assert transfer is not None
        assert not transfer.unfinished


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
    whole = its_ports(mall)
    broken_pools = Crashing(mall.pools, method, after=after)
    broken = replace(whole, stocking=replace(mall.stocking, pools=broken_pools))
    with pytest.raises(Crash):
        await send(mall, {COAT: 3, VEST: 1}, desk=broken)
    mall.now += GRACE + timedelta(seconds=1)
    await sweeping.sweep_orders(mall.sweeping, by_the_clock(mall.now, new_id))
    await transferring.sweep_transfers(whole, mall.act(SERVICE))
    transfer = await whole.transfers.by_id("T1")
    assert not transfer.unfinished
    if transfer.state is TransferState.SENT:
        assert await numbers(mall) == (2, 3, 1, 3)
    else:
        assert transfer.state is TransferState.REFUSED
        assert await numbers(mall) == (5, 0, 1, 6)
    assert await mall.marks() == []
