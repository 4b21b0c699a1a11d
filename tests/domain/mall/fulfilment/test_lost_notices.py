"""Money that comes while its order ends, and of which nobody tells: it is found, and never kept."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.refusals import Unavailable
from domain.mall.fulfilment.after_sale import cancel
from domain.mall.fulfilment.due_work import sweep_fulfilments
from domain.mall.fulfilment.paying import start
from domain.mall.fulfilment.payments import PaymentState, Standing
from tests.support.shop import NOW, ORDER, MemoryProvider, a_payment, a_shop, act

pytestmark = pytest.mark.anyio
OVER = NOW + timedelta(minutes=15)


class ABuyerInAHurry(MemoryProvider):
    """A provider at which the buyer pays just before a call of this name takes effect.

    What is closed takes no payment, as with every provider.
    """

    def __init__(self, pays_at):
        super().__init__()
        self.pays_at = pays_at

    def pay(self):
        if ORDER not in self.closed:
            self.paid.setdefault(ORDER, a_payment())

    async def query(self, payment_id):
        answer = await super().query(payment_id)
        if self.pays_at == "query":
            self.pay()
        return answer

    async def close(self, payment_id):
        if self.pays_at == "close":
            self.pay()
        await super().close(payment_id)


async def a_shop_of_a_buyer_in_a_hurry(pays_at):
    mall = a_shop()
    object.__setattr__(mall, "provider", ABuyerInAHurry(pays_at))
    await start(mall, act(), ORDER)
    return mall


async def all_is_known(mall):
    """The provider's books and ours agree once the clock has had its time."""
    for minutes in (1, 15, 16, 20, 60):
        await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=minutes)))
    payment = (await mall.fulfilments.by_id(ORDER)).payment
    at_provider = await mall.provider.query(ORDER)
    assert (payment.transaction_id is None) == (at_provider is Standing.OPEN)
    return payment


@pytest.mark.parametrize("pays_at", ["query", "close"])
async def test_what_is_paid_while_the_time_runs_out_is_found(pays_at):
    mall = await a_shop_of_a_buyer_in_a_hurry(pays_at)
    await sweep_fulfilments(mall, act(at=OVER))
    assert ORDER in mall.provider.closed
    await all_is_known(mall)


@pytest.mark.parametrize("pays_at", ["query", "close"])
async def test_what_is_paid_while_the_order_is_called_off_is_found_and_given_back(pays_at):
    mall = await a_shop_of_a_buyer_in_a_hurry(pays_at)
    await cancel(mall, act(), ORDER, None, "不要了", key="k1")
    payment = await all_is_known(mall)
    if payment.transaction_id:
        assert payment.state is PaymentState.REFUNDED


async def test_what_was_paid_before_the_order_was_called_off_is_given_back_at_once():
    mall = a_shop()
    await start(mall, act(), ORDER)
    mall.provider.paid[ORDER] = a_payment()
    off = await cancel(mall, act(), ORDER, None, "不要了", key="k1")
    assert off.payment.state is PaymentState.REFUNDED
    assert mall.provider.closed == {ORDER}


async def test_an_order_is_off_though_the_provider_sleeps_and_is_closed_there_by_the_clock():
    mall = a_shop()
    await start(mall, act(), ORDER)
    closes = []

    async def asleep(payment_id):
        closes.append(payment_id)
        raise Unavailable("the provider sleeps")

    awake, mall.provider.close = mall.provider.close, asleep
    first = await cancel(mall, act(), ORDER, None, "不要了", key="k1")
    assert first.payment.state is PaymentState.CLOSED
    again = await cancel(mall, act(), ORDER, None, "不要了", key="k1")
    assert (again, closes) == (first, [ORDER, ORDER])
    mall.provider.paid[ORDER] = a_payment()
    mall.provider.close = awake
    payment = await all_is_known(mall)
    assert payment.state is PaymentState.REFUNDED
    assert mall.provider.closed == {ORDER}


async def test_a_payment_that_was_asked_for_while_its_order_went_off_is_found_in_the_end():
    """The provider hears of it only after it was told to close what it did not know."""
    mall = a_shop()
    await start(mall, act(), ORDER)
    await cancel(mall, act(), ORDER, None, "不要了", key="k1")
    mall.provider.paid[ORDER] = a_payment()
    payment = await all_is_known(mall)
    assert payment.state is PaymentState.REFUNDED


async def test_a_provider_that_is_slow_with_one_order_delays_no_other():
    mall = a_shop()
    await start(mall, act(), ORDER)
    other = replace(await mall.fulfilments.by_id(ORDER), id="order_2")
    mall.fulfilments.kept["order_2"] = other
    mall.fulfilments.attend_at["order_2"] = OVER
    close, woken, told = mall.provider.close, asyncio.Event(), asyncio.Event()

    async def slow(payment_id):
        if payment_id == ORDER:
            await woken.wait()
        else:
            told.set()
        await close(payment_id)

    mall.provider.close = slow
    sweeping = asyncio.create_task(sweep_fulfilments(mall, act(at=OVER)))
    await asyncio.wait_for(told.wait(), 10)
    assert ORDER not in mall.provider.closed
    woken.set()
    assert await sweeping == 2
    assert mall.provider.closed == {ORDER, "order_2"}
