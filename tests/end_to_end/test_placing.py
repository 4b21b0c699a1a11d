"""Placing orders on a real database."""

import asyncio

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Invalid, OutOfStock, Refusal
from domain.kernel.request_keys import request_key
from domain.mall.orders import own_orders
from domain.mall.orders.order import OrderState
from domain.mall.orders.settling import cancel_unpaid
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from tests.support.selling import COAT, VEST, SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio


@pytest.fixture
def mall(database: Database) -> SmallMall:
    return SmallMall(database, a_reference(stores_in_a_row(3)))


def a_buyer(number: int) -> Viewer:
    return Viewer(id=PersonId(f"member_{number}"), role=Role.MEMBER)


async def test_an_order_reserves_its_units_in_the_nearest_store_that_has_all(mall: SmallMall):
    await mall.stock(S1={COAT: 5}, S2={COAT: 5, VEST: 5}, S3={COAT: 5, VEST: 5})
    order = await mall.buy({COAT: 2, VEST: 1})
    assert order.state is OrderState.PLACED
    assert order.shares == {"S2": {COAT: 2, VEST: 1}}
    coats = await mall.pool(COAT)
    assert (coats.store("S2").reserved, coats.available) == (2, 13)
    assert await mall.marks() == []


async def test_a_short_line_is_refused_with_what_is_left_and_nothing_is_reserved(mall: SmallMall):
    await mall.stock(S1={COAT: 5, VEST: 1}, S2={VEST: 1})
    with pytest.raises(OutOfStock) as refused:
        await mall.buy({COAT: 1, VEST: 3})
    assert (refused.value.sku, refused.value.left) == (VEST, 2)
    assert refused.value.field == ("input", "lines", "1", "quantity")
    assert "Only 2 of 10002-BLK-L" in refused.value.message
    assert (await mall.pool(COAT)).available == 5


async def test_the_same_key_again_is_the_same_order_even_when_nothing_is_left(mall: SmallMall):
    await mall.stock(S1={COAT: 1})
    first = await mall.buy({COAT: 1}, key="a")
    assert await mall.buy({COAT: 1}, key="a") == first
    with pytest.raises(OutOfStock):
        await mall.buy({COAT: 1}, key="b")


async def test_a_key_of_another_order_is_refused(mall: SmallMall):
    await mall.stock(S1={COAT: 5})
    await mall.buy({COAT: 1}, key="a")
    with pytest.raises(Conflict):
        await mall.buy({COAT: 2}, key="a")


async def test_one_key_sent_many_times_at_once_makes_one_order(mall: SmallMall):
    await mall.stock(S1={COAT: 50})
    orders = await asyncio.gather(*(mall.buy({COAT: 2}, key="a") for _ in range(10)))
    assert {order.id for order in orders} == {orders[0].id}
    assert (await mall.pool(COAT)).available == 48


async def test_the_same_key_of_two_buyers_makes_two_orders(mall: SmallMall):
    await mall.stock(S1={COAT: 50})
    first = await mall.buy({COAT: 1}, key="a", viewer=a_buyer(1))
    second = await mall.buy({COAT: 1}, key="a", viewer=a_buyer(2))
    assert first.id != second.id


@pytest.mark.parametrize("changes", [{"recipient": None}, {"pickup_store_id": "S2"}])
async def test_an_order_is_either_sent_or_picked_up(mall: SmallMall, changes):
    with pytest.raises(Invalid):
        await mall.buy({COAT: 1}, **changes)


async def test_sixty_four_buyers_get_exactly_the_last_units_of_many_stores(database: Database):
    stores = stores_in_a_row(20)
    mall = SmallMall(database, a_reference(stores))
    await mall.stock(**{store.id: {COAT: 5} for store in stores})
    sold, left = 0, []

    async def keep_buying(number: int) -> None:
        nonlocal sold
        for i in range(3):
            try:
                await mall.buy({COAT: 1}, key=f"k{i}", viewer=a_buyer(number))
                sold += 1
            except OutOfStock as refusal:
                left.append(refusal.left)

    await asyncio.gather(*(keep_buying(i) for i in range(64)))
    assert sold == 100
    assert left == [0] * 92
    coats = await mall.pool(COAT)
    assert coats.available == 0
    assert all(stock.reserved == stock.on_hand == 5 for stock in coats.stores.values())


async def test_of_forty_buyers_in_forty_storefronts_one_gets_the_last_unit(database: Database):
    services = [SmallMall(database, a_reference(stores_in_a_row(40))) for _ in range(4)]
    mall = services[0]
    await mall.stock(S1={COAT: 1})

    async def buy(number: int) -> tuple[int, str] | Refusal:
        service = services[number % 4]
        try:
            order = await service.buy(
                {COAT: 1}, key=f"k{number}", viewer=a_buyer(number), store_id=f"S{number}"
            )
        except Refusal as refusal:
            return refusal
        return number, order.id

    # The first of them sends the same key twice.
    answers = await asyncio.gather(*map(buy, [1, *range(1, 41)]))
    won = {one for one in answers if not isinstance(one, Refusal)}
    lost = [one for one in answers if isinstance(one, Refusal)]
    assert len(won) == 1
    assert all(isinstance(one, OutOfStock) and one.left == 0 for one in lost)
    coats = await mall.pool(COAT)
    assert (coats.store("S1").reserved, coats.available) == (1, 0)
    assert await mall.wrong() == []
    [(winner, order_id)] = won
    assert await buy(winner) == (winner, order_id)
    key = request_key("off", "cancel")
    act = mall.act(a_buyer(winner))
    assert await cancel_unpaid(mall.ordering, act, order_id, key, "不要了")
    assert (await mall.buy({COAT: 1}, key="next", viewer=a_buyer(99))).state is OrderState.PLACED


async def test_buyers_of_crossing_pairs_leave_nothing_reserved_that_nobody_bought(mall: SmallMall):
    await mall.stock(S1={COAT: 4, VEST: 4}, S2={COAT: 4}, S3={VEST: 4})
    units = [{COAT: 3, VEST: 1}, {COAT: 1, VEST: 3}]

    async def buy(number: int) -> dict:
        try:
            await mall.buy(units[number % 2], viewer=a_buyer(number))
            return units[number % 2]
        except Refusal:
            return {}

    bought = await asyncio.gather(*(buy(i) for i in range(12)))
    for sku in (COAT, VEST):
        pool = await mall.pool(sku)
        reserved = sum(stock.reserved for stock in pool.stores.values())
        assert reserved == sum(one.get(sku, 0) for one in bought)
        assert pool.available == 8 - reserved
    assert await mall.marks() == []


async def test_anybody_elses_order_can_not_be_seen(mall: SmallMall):
    await mall.stock(S1={COAT: 5})
    order = await mall.buy({COAT: 1})
    assert await own_orders.view(mall.ordering, mall.act(), order.id) == order
    assert await own_orders.view(mall.ordering, mall.act(a_buyer(2)), order.id) is None
