"""The connection to the database is lost before or after each write; the books balance again."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Refusal
from domain.kernel.request_keys import request_key
from domain.mall.orders import sweeping
from domain.mall.orders.order import PAY_WITHIN, OrderState
from domain.mall.orders.settling import cancel_unpaid
from domain.mall.stock.differences import Difference, take_differences
from domain.mall.stock.heeding import finish_movements
from domain.network.stores import StoreId
from domain.people.act import by_the_clock
from domain.people.viewer import Viewer
from storage.mongo.kernel.database import ConnectionFailure, Database, connect
from tests.support.cutting import cutting
from tests.support.selling import (
    BUYER,
    COAT,
    TILL,
    VEST,
    SmallMall,
    a_reference,
    new_id,
    stores_in_a_row,
)

pytestmark = pytest.mark.anyio

COUNTED = itertools.count(60)
Deed = Callable[[SmallMall, str], Awaitable[object]]


def somebody(name: str) -> Viewer:
    """A buyer of this name: one alone may not have many unpaid orders."""
    return replace(BUYER, id=PersonId(name))


async def buy(mall: SmallMall, name: str) -> None:
    await mall.buy({COAT: 2, VEST: 1}, viewer=somebody(name))


async def call_off(mall: SmallMall, name: str) -> None:
    order = await mall.buy({COAT: 2, VEST: 1}, viewer=somebody(name))
    key = request_key("orderCancel", f"off {name}", order.id)
    await cancel_unpaid(mall.ordering, mall.act(somebody(name)), order.id, key, "changed my mind")


async def sell_at_the_till(mall: SmallMall, name: str) -> None:
    sold = Difference(id=name, store_id=StoreId("S1"), sku=COAT, units=-1, at=mall.now)
    await take_differences(mall.stocking, mall.act(TILL), [sold])


async def count(mall: SmallMall, name: str) -> None:
    await mall.stock(S1={COAT: next(COUNTED), VEST: 87})


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
@pytest.mark.parametrize("deed", [buy, call_off, sell_at_the_till, count])
async def test_wherever_the_connection_is_lost_the_books_balance_and_a_repeat_has_one_effect(
    database: Database, mongodb_uri: str, deed: Deed, after: bool
):
    whole = SmallMall(database, a_reference(stores_in_a_row(2)))
    await whole.stock(S1={COAT: 90, VEST: 90}, S2={COAT: 90})
    async with cutting(mongodb_uri) as (cutter, uri):
        cut = connect(uri, database.name)
        mall = SmallMall(cut, whole.reference, now=whole.now, _counts=1)
        await deed(mall, "whole")
        writes = cutter.writes
        assert writes
        for number, write in enumerate(writes):
            name = f"{number} {write}"
            cutter.at, cutter.after, cutter.writes = number, after, []
            with contextlib.suppress(ConnectionFailure):
                await deed(mall, name)
            assert len(cutter.writes) > number
            cutter.at = None
            # The person asks again, with the same key.
            with contextlib.suppress(Refusal):
                await deed(mall, name)
        # It takes leave of the server through the cutter, which must go on meanwhile.
        await asyncio.to_thread(cut.client.close)
    # Then the clock does what is left over.
    await swept(whole)
    assert await whole.wrong() == []
    assert await whole.marks() == []
    await nothing_is_held(whole)


async def swept(mall: SmallMall) -> None:
    """An hour passes; what was not paid has expired."""
    mall.now += PAY_WITHIN + timedelta(hours=1)
    # Movements know when they were really written down.
    later = max(mall.now, datetime.now(UTC) + timedelta(hours=1))
    await finish_movements(mall.stocking, by_the_clock(later, new_id))
    for _ in range(2):
        await sweeping.sweep_orders(mall.sweeping, by_the_clock(mall.now, new_id))


async def nothing_is_held(mall: SmallMall) -> None:
    for sku in (COAT, VEST):
        pool = await mall.pool(sku)
        assert sum(stock.reserved for stock in pool.stores.values()) == 0
    states = {one["state"] async for one in mall.database["orders"].find({})}
    assert states <= {OrderState.EXPIRED, OrderState.CANCELLED}
