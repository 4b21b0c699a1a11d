"""Wallets in the database: each entry once, whatever is sent again, at once, or cut short."""

import asyncio
import random
from datetime import timedelta

import pytest

from domain.kernel.apply_once import GRACE, State, apply_once, finish_open
from domain.kernel.paging import PageRequest
from domain.people.act import by_the_clock
from domain.wallets.keeping import tend_wallets
from domain.wallets.lots import Portion
from domain.wallets.movements import MovementKind
from domain.wallets.ports import WalletPorts
from domain.wallets.reconciling import reconcile_wallets
from domain.wallets.wallets import contents
from qianmian.clock import new_id
from storage.mongo.kernel.apply_once import when_written
from storage.mongo.kernel.database import Database
from tests.support.purses import DAY, NOON, PURSE, moves, purse_ports

pytestmark = pytest.mark.anyio
K = MovementKind


@pytest.fixture
def ports(database: Database) -> WalletPorts:
    return purse_ports(database)


async def the_wallet(ports: WalletPorts):
    return (await ports.wallets.by_ids([PURSE]))[PURSE]


async def misfits(ports: WalletPorts, *, mend: bool = False):
    act = by_the_clock(NOON, new_id)
    return [one async for one in reconcile_wallets(ports, act, mend=mend)]


async def test_of_forty_spendings_at_once_there_is_as_much_as_there_was(ports: WalletPorts):
    await apply_once(ports.ledger, [moves(K.GRANT, 100)])
    asked = [moves(K.SPEND, 10, id=f"s{n}") for n in range(20)] * 2
    random.Random(7).shuffle(asked)
    answers = await asyncio.gather(*(apply_once(ports.ledger, [one]) for one in asked))
    done = {entry.movement.id for [entry] in answers if entry.state is State.APPLIED}
    refused = {entry.movement.id for [entry] in answers if entry.state is State.REFUSED}
    assert (len(done), len(refused)) == (10, 10)
    assert not done & refused
    assert (await the_wallet(ports)).active(NOON) == 0
    assert await misfits(ports) == []


async def test_many_movements_of_one_wallet_at_once_are_each_done_once(ports: WalletPorts):
    grants = [moves(K.GRANT, n + 1, id=f"g{n}") for n in range(30)]
    await asyncio.gather(*(apply_once(ports.ledger, grants) for _ in range(3)))
    assert (await the_wallet(ports)).active(NOON) == sum(range(31))
    page = await ports.wallets.entries_of(PURSE, PageRequest(first=100))
    assert page.total == 30
    assert sum(one.effect.active for one in page.items) == sum(range(31))


async def test_what_was_cut_short_is_finished_once(ports: WalletPorts, database: Database):
    grant = moves(K.GRANT, 70)
    await ports.ledger.insert([grant])
    await ports.ledger.change([grant])
    hold = moves(K.HOLD, 30, "o1")
    await ports.ledger.insert([hold])
    later = when_written() + GRACE + timedelta(seconds=1)
    assert len(await finish_open(ports.ledger, later)) == 2
    [entry] = await apply_once(ports.ledger, [hold])
    assert entry.movement.effect.holds == (Portion(key="o1", units=30),)
    wallet = await the_wallet(ports)
    assert (wallet.active(NOON), wallet.units_held) == (40, 30)
    assert await misfits(ports) == []


async def test_the_clock_books_what_ripens_and_lapses_once(ports: WalletPorts):
    earned = moves(K.EARN, 80, "o1")
    await apply_once(ports.ledger, [earned, moves(K.RIPEN, about="o1", ripe_at=NOON + 7 * DAY)])
    early = by_the_clock(NOON + 6 * DAY, new_id)
    assert await tend_wallets(ports, early) == 0
    act = by_the_clock(NOON + 7 * DAY, new_id)
    await asyncio.gather(*(tend_wallets(ports, act) for _ in range(3)))
    wallet = await the_wallet(ports)
    assert (wallet.units_pending, wallet.active(act.at)) == (0, 80)
    late = by_the_clock(NOON + 400 * DAY, new_id)
    await asyncio.gather(*(tend_wallets(ports, late) for _ in range(3)))
    assert (await the_wallet(ports)).lots == ()
    kinds = [one.kind for one in (await ports.wallets.entries_of(PURSE, PageRequest())).items]
    assert sorted(kinds) == [K.EARN, K.EXPIRE, K.MATURE]
    assert await misfits(ports) == []


async def test_a_wallet_that_differs_from_its_entries_is_told_of_and_mended(
    ports: WalletPorts, database: Database
):
    await apply_once(ports.ledger, [moves(K.GRANT, 70), moves(K.EARN, 5, "o1")])
    await database["wallets"].update_one({"_id": PURSE}, {"$set": {"debt": 9, "pending": []}})
    [told] = await misfits(ports)
    assert (told.found.net, told.entries.net, told.mended) == (61, 75, False)
    assert [one.mended for one in await misfits(ports, mend=True)] == [True]
    assert await misfits(ports) == []
    assert contents(await the_wallet(ports)).net == 75
