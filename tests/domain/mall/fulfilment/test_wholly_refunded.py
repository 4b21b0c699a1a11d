"""Of an order that is wholly paid back, nothing is sent any more, whatever happens when."""

import contextlib

import pytest

from domain.kernel.refusals import Invalid, WrongState
from domain.mall.fulfilment import after_sale, store_desk
from domain.mall.fulfilment.due_work import advance, sweep_fulfilments
from domain.mall.fulfilment.fulfilment_orders import ACCEPT_WITHIN
from domain.mall.fulfilment.fulfilments import RejectReason
from domain.mall.fulfilment.paying import confirm, start
from domain.mall.fulfilment.payments import PaymentState
from domain.mall.fulfilment.returns import ReturnState
from tests.domain.mall.fulfilment.test_after_sale import a_return, cancel, refund, shipped
from tests.domain.mall.fulfilment.test_store_desk import FIRST, a_paid_shop, seen
from tests.support.shop import (
    BUYER,
    HEAD_OFFICE,
    NOW,
    ORDER,
    a_manager,
    a_payment,
    a_shop,
    a_store,
    act,
    an_order,
)

pytestmark = pytest.mark.anyio
PRICE = 69_800
MANAGER = act(a_manager("S1"))


async def goodwill(mall, amount=PRICE, **parts):
    return await refund(mall, act(HEAD_OFFICE, **parts), ORDER, amount, "物流延误补偿")


async def accept(mall):
    return await store_desk.accept(mall, MANAGER, FIRST)


async def hold(mall):
    await accept(mall)
    return await store_desk.hold(mall, MANAGER, FIRST, "等同事")


async def ready(mall):
    await accept(mall)
    return await store_desk.ready(mall, MANAGER, FIRST)


async def unclaimed(mall):
    await ready(mall)
    return await store_desk.unclaimed(mall, MANAGER, FIRST, "没来")


async def ship(mall):
    return await store_desk.ship(mall, MANAGER, FIRST, carrier="顺丰", number="SF1")


async def hand_over(mall):
    return await store_desk.hand_over(mall, MANAGER, FIRST, code="308142")


async def nothing(mall):
    """The store has not said anything yet."""


@pytest.mark.parametrize(
    ("pickup", "before", "after"),
    [
        (False, nothing, accept),
        (False, accept, ship),
        (False, hold, accept),
        (True, nothing, accept),
        (True, accept, ready),
        (True, ready, hand_over),
        (True, unclaimed, ready),
    ],
)
async def test_it_is_called_off_wherever_it_stands_and_its_units_are_free(pickup, before, after):
    mall = await a_paid_shop(order=an_order(pickup_store_id="S1" if pickup else None))
    await before(mall)
    await goodwill(mall)
    with pytest.raises(WrongState, match="CANCELLED"):
        await after(mall)
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert seen(fulfilment) == [("S1", "CANCELLED")]
    assert fulfilment.payment.state is PaymentState.REFUNDED
    assert (+mall.shelves.reserved, mall.shelves.on_hand["S1", "A"]) == ({}, 5)
    with pytest.raises(WrongState, match="Nothing of this order is left"):
        await cancel(mall, act(BUYER), ORDER, None, "买多了")


async def test_a_part_that_no_store_took_is_called_off_too():
    mall = await a_paid_shop(stores=[a_store("S1")])
    await store_desk.reject(mall, MANAGER, FIRST, RejectReason.TOO_BUSY)
    assert seen(await goodwill(mall)) == [("S1", "REJECTED"), (None, "CANCELLED")]
    assert +mall.shelves.reserved == {}


async def test_what_is_on_its_way_goes_on_and_the_rest_does_not():
    mall = await a_paid_shop()
    await accept(mall)
    await store_desk.split(mall, MANAGER, FIRST, {"B": 1})
    await store_desk.ship(mall, MANAGER, f"{ORDER}-2", carrier="顺丰", number="SF1")
    assert seen(await goodwill(mall))[1:] == [("S1", "SHIPPED"), ("S1", "CANCELLED")]
    assert (mall.shelves.on_hand["S1", "A"], mall.shelves.on_hand["S1", "B"]) == (5, 4)


async def test_a_cancel_that_pays_back_the_last_fen_calls_off_the_rest():
    mall = await a_paid_shop()
    await goodwill(mall, PRICE - 1)
    assert seen(await mall.fulfilments.by_id(ORDER)) == [("S1", "OFFERED")]
    await cancel(mall, act(BUYER), ORDER, {"A": 1}, "买多了")
    assert seen(await mall.fulfilments.by_id(ORDER)) == [("S1", "CANCELLED")]
    assert +mall.shelves.reserved == {}


async def test_it_is_not_offered_when_it_was_paid_back_before_it_was_routed():
    mall = a_shop()
    await start(mall, act(BUYER), ORDER)
    settle = mall.orders.settle

    async def cut_short(*args):
        raise ConnectionError

    mall.orders.settle = cut_short
    with pytest.raises(ConnectionError):
        await confirm(mall, act(), a_payment())
    with pytest.raises(ConnectionError):
        await goodwill(mall)
    mall.orders.settle = settle
    assert seen(await advance(mall, act(), ORDER)) == [("S1", "CANCELLED")]
    assert +mall.shelves.reserved == {}


async def test_it_is_not_offered_when_it_was_paid_back_while_it_was_routed_on():
    mall = await a_paid_shop()
    real = mall.shelves.reserve

    async def reserve(*args, **kwargs):
        answer = await real(*args, **kwargs)
        mall.shelves.reserve = real
        await goodwill(mall)
        return answer

    mall.shelves.reserve = reserve
    await sweep_fulfilments(mall, act(at=NOW + ACCEPT_WITHIN))
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert seen(fulfilment) == [("S1", "TIMED_OUT"), ("S2", "CANCELLED")]
    assert +mall.shelves.reserved == {}


@pytest.mark.parametrize("slow", [ship, goodwill])
@pytest.mark.parametrize("fast", [ship, goodwill])
async def test_of_shipping_and_paying_back_at_once_one_comes_first(slow, fast):
    """`fast` is done between the look and the change of `slow`."""
    mall = await a_paid_shop()
    await accept(mall)
    save = mall.fulfilments.save

    async def overtaken(*args, **kwargs):
        mall.fulfilments.save = save
        await fast(mall)
        return await save(*args, **kwargs)

    mall.fulfilments.save = overtaken
    with contextlib.suppress(WrongState, Invalid):
        await slow(mall)
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert seen(fulfilment) == [("S1", "SHIPPED" if fast is ship else "CANCELLED")]
    assert +mall.shelves.reserved == {}
    assert mall.shelves.on_hand["S1", "A"] == (3 if fast is ship else 5)


async def test_goods_of_an_order_that_was_wholly_paid_back_can_still_come_back():
    mall = await a_paid_shop()
    await shipped(mall)
    await goodwill(mall)
    return_id = await a_return(mall, {"A": 2})
    manager = act(a_manager("S9"))
    await after_sale.receive_return(mall, manager, return_id)
    with pytest.raises(Invalid, match="nothing: nothing is due"):
        await after_sale.accept_return(
            mall, manager, return_id, damaged={}, amount=1, note="已补偿"
        )
    for _ in range(2):
        done = await after_sale.accept_return(
            mall, manager, return_id, damaged={"A": 1}, amount=None, note=""
        )
    [back] = done.returns
    assert (back.state, back.refund_id) == (ReturnState.ACCEPTED, None)
    assert done.payment.refunded == PRICE
    assert (mall.shelves.on_hand["S9", "A"], mall.shelves.damaged["S9", "A"]) == (1, 1)


async def test_an_order_that_cost_nothing_is_sent_all_the_same():
    mall = await a_paid_shop(order=an_order([("A", 1, 0)]))
    await accept(mall)
    assert seen(await ship(mall)) == [("S1", "SHIPPED")]
