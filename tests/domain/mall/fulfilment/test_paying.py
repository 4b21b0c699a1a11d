"""Payments: on time, twice, late, wrong, and given back."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.kernel.states import Cause
from domain.mall.fulfilment import refunds
from domain.mall.fulfilment.due_work import advance, sweep_fulfilments
from domain.mall.fulfilment.fulfilments import PartState
from domain.mall.fulfilment.paying import check, confirm, hear_of_refund, start
from domain.mall.fulfilment.payments import PaymentState, RefundAnswer, RefundNews, RefundState
from domain.mall.fulfilment.saving import change
from domain.mall.fulfilment.stray_payments import StrayKind
from tests.support.shop import (
    BUYER,
    HEAD_OFFICE,
    NOW,
    ORDER,
    a_payment,
    a_shop,
    act,
    an_order,
)

pytestmark = pytest.mark.anyio
ACT = Cause(actor="staff_1", at=NOW, reason="goodwill")


async def begin(mall, viewer=BUYER, now=NOW):
    return await start(mall, act(viewer, at=now), ORDER)


async def test_a_payment_started_twice_is_one_payment():
    mall = a_shop()
    first, _ = await begin(mall)
    second, to_pay = await begin(mall)
    assert first == second
    assert to_pay.sandbox_url.endswith(ORDER)


async def test_nobody_pays_for_another_ones_order():
    with pytest.raises(Forbidden):
        await begin(a_shop(), HEAD_OFFICE)
    with pytest.raises(NotFound):
        await begin(a_shop(), replace(BUYER, id=PersonId("member_2")))


@pytest.mark.parametrize(("open_", "late"), [(False, timedelta()), (True, timedelta(minutes=15))])
async def test_an_order_that_is_settled_or_expired_can_not_be_paid(open_, late):
    with pytest.raises(WrongState):
        await begin(a_shop(order=an_order(open=open_)), now=NOW + late)


async def test_a_payment_makes_the_fulfilment_orders_once_however_often_it_is_told():
    mall = a_shop()
    await begin(mall)
    first = await confirm(mall, act(), a_payment())
    again = await confirm(mall, act(at=NOW + timedelta(minutes=1)), a_payment())
    assert again == first
    assert first.payment.state is PaymentState.PAID
    assert [(part.store_id, part.units, part.state) for part in first.parts] == [
        ("S1", {"A": 2, "B": 1}, PartState.OFFERED)
    ]


async def test_a_payment_of_another_amount_is_noted_and_nothing_ships():
    mall = a_shop()
    await begin(mall)
    assert await confirm(mall, act(), a_payment(amount=1)) is None
    assert (await mall.fulfilments.by_id(ORDER)).payment.state is PaymentState.OPEN
    assert [one.kind for one in mall.strays.kept.values()] == [StrayKind.OTHER_AMOUNT]


async def test_a_payment_of_another_amount_that_is_found_at_the_end_lets_the_order_end():
    mall = a_shop()
    await begin(mall)
    mall.provider.paid[ORDER] = a_payment(amount=1)
    assert await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=15))) == 1
    assert (await mall.fulfilments.by_id(ORDER)).payment.state is PaymentState.CLOSED
    assert [one.order_id for one in mall.strays.kept.values()] == [ORDER]


async def test_a_payment_after_the_order_expired_is_given_back_whole():
    mall = a_shop(expired=True)
    await begin(mall)
    fulfilment = await confirm(mall, act(at=NOW + timedelta(hours=1)), a_payment())
    assert fulfilment.payment.state is PaymentState.REFUNDED
    assert fulfilment.parts == ()
    assert mall.provider.refunds == {f"{ORDER}-r1": 69_800}


@pytest.mark.parametrize("by_hand", [1, 69_800])
async def test_a_late_payment_of_which_some_was_given_back_by_hand_comes_to_its_end(by_hand):
    """Whoever heard of the payment died before the order was settled."""
    mall = a_shop(expired=True)
    await begin(mall)
    await change(mall.fulfilments, ORDER, lambda it: refunds.arrived(it, a_payment(), ACT))
    await change(mall.fulfilments, ORDER, lambda it: refunds.request(it, by_hand, ACT))
    assert await sweep_fulfilments(mall, act(at=NOW + timedelta(hours=1))) == 1
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert fulfilment.settled
    assert fulfilment.payment.state is PaymentState.REFUNDED
    assert sum(mall.provider.refunds.values()) == 69_800


async def test_a_payment_that_comes_after_its_close_still_counts():
    mall = a_shop()
    await begin(mall)
    await change(mall.fulfilments, ORDER, lambda found: refunds.close(found, ACT))
    fulfilment = await confirm(mall, act(), a_payment())
    assert fulfilment.payment.state is PaymentState.PAID


async def test_when_the_time_to_pay_is_over_the_provider_takes_no_payment_any_more():
    mall = a_shop()
    await begin(mall)
    assert await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=14))) == 0
    assert await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=15))) == 1
    assert mall.provider.closed == {ORDER}
    assert (await mall.fulfilments.by_id(ORDER)).payment.state is PaymentState.CLOSED
    assert await sweep_fulfilments(mall, act(at=NOW + timedelta(hours=1))) == 0


async def test_a_payment_nobody_told_of_is_found_when_the_time_to_pay_is_over():
    mall = a_shop()
    await begin(mall)
    mall.provider.paid[ORDER] = a_payment()
    await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=15)))
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert fulfilment.payment.state is PaymentState.PAID
    assert len(fulfilment.parts) == 1


async def test_a_callback_that_was_lost_is_made_up_for_by_asking():
    mall = a_shop()
    await begin(mall)
    mall.provider.paid[ORDER] = a_payment()
    assert (await check(mall, act(BUYER), ORDER)).payment.state is PaymentState.PAID


async def test_refunds_in_parts_never_exceed_what_was_paid():
    mall = a_shop()
    await begin(mall)
    await confirm(mall, act(), a_payment())
    await change(mall.fulfilments, ORDER, lambda found: refunds.request(found, 60_000, ACT))
    with pytest.raises(Invalid):
        await change(mall.fulfilments, ORDER, lambda found: refunds.request(found, 9_801, ACT))
    await change(mall.fulfilments, ORDER, lambda found: refunds.request(found, 9_800, ACT))
    await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=1)))
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert fulfilment.payment.state is PaymentState.REFUNDED
    assert fulfilment.payment.refunded == 69_800


async def test_a_refund_that_the_provider_can_not_take_is_tried_again_under_the_same_id():
    mall = a_shop()
    await begin(mall)
    await confirm(mall, act(), a_payment())
    mall.provider.down = True
    await change(mall.fulfilments, ORDER, lambda found: refunds.request(found, 9_800, ACT))
    await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=1)))
    assert mall.provider.refunds == {}
    mall.provider.down = False
    await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=3)))
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert fulfilment.payment.state is PaymentState.PART_REFUNDED
    assert mall.provider.refunds == {f"{ORDER}-r1": 9_800}


async def test_two_refunds_within_a_minute_go_out_a_minute_apart_by_themselves():
    mall = a_shop()
    mall.provider.refunds_apart = timedelta(minutes=1)
    await begin(mall)
    await confirm(mall, act(), a_payment())
    done = []
    for second, amount in ((0, 9_800), (20, 10_000)):
        at = NOW + timedelta(seconds=second)
        cause = Cause(actor="staff_1", at=at, reason="goodwill")
        await change(mall.fulfilments, ORDER, partial(refunds.request, amount=amount, cause=cause))
        await advance(mall, act(at=at), ORDER)
    for second in range(21, 200):
        at = NOW + timedelta(seconds=second)
        await sweep_fulfilments(mall, act(at=at))
        states = [one.state for one in (await mall.fulfilments.by_id(ORDER)).payment.refunds]
        assert RefundState.FAILED not in states
        if f"{ORDER}-r2" in mall.provider.refunds and not done:
            done.append(second)
    assert 60 <= done[0] <= 120
    assert mall.provider.refunds == {f"{ORDER}-r1": 9_800, f"{ORDER}-r2": 10_000}


async def test_news_of_a_refund_in_the_wrong_order_changes_nothing():
    mall = a_shop()
    await begin(mall)
    await confirm(mall, act(), a_payment())
    await change(mall.fulfilments, ORDER, lambda found: refunds.request(found, 9_800, ACT))
    news = {"payment_id": ORDER, "refund_id": f"{ORDER}-r1", "amount": 9_800}
    done = await hear_of_refund(
        mall, act(), RefundNews(**news, answer=RefundAnswer(state=RefundState.DONE))
    )
    late = await hear_of_refund(
        mall, act(), RefundNews(**news, answer=RefundAnswer(state=RefundState.PROCESSING))
    )
    assert late == done
    assert done.payment.refunds[0].state is RefundState.DONE
