"""Pickups, exceptions, cancels, returns, and what they pay back."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    OutOfStock,
    TooMany,
    WrongState,
)
from domain.mall.fulfilment import after_sale, head_office, store_desk
from domain.mall.fulfilment.attention import ExceptionKind, exceptions_of
from domain.mall.fulfilment.due_work import sweep_fulfilments
from domain.mall.fulfilment.following import follow, may_follow
from domain.mall.fulfilment.fulfilments import RejectReason
from domain.mall.fulfilment.paying import start
from domain.mall.fulfilment.payments import PaymentState, RefundAnswer, RefundState
from domain.mall.fulfilment.returning import RETURN_WITHIN
from domain.mall.fulfilment.returns import ReturnState
from domain.mall.fulfilment.step_facts import facts_of
from domain.people.viewer import Role, Viewer
from domain.sharing.attribution import Credit
from tests.domain.mall.fulfilment.test_store_desk import FIRST, a_paid_shop, seen
from tests.support.shop import (
    BUYER,
    HEAD_OFFICE,
    NOW,
    ORDER,
    a_manager,
    a_shop,
    a_store,
    act,
    an_order,
)

pytestmark = pytest.mark.anyio
NUMBERS = count()
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S9")


def a_key():
    return f"key-{next(NUMBERS)}"


async def cancel(*args, **kwargs):
    await after_sale.cancel(*args, **{"key": a_key(), **kwargs})


async def refund(*args, **kwargs):
    return await after_sale.refund(*args, **{"key": a_key(), **kwargs})


async def shipped(mall, store="S1", part=FIRST):
    await store_desk.accept(mall, act(a_manager(store)), part)
    return await store_desk.ship(mall, act(a_manager(store)), part, carrier="顺丰", number="SF1")


async def a_return(mall, units, *, now=NOW, store="S9"):
    fulfilment = await after_sale.request_return(
        mall, act(BUYER, at=now), ORDER, units, store, "尺码偏小", key=a_key()
    )
    return fulfilment.returns[-1].id


async def test_a_parcel_that_was_not_taken_comes_back_as_a_return_that_says_so():
    mall = await a_paid_shop()
    await shipped(mall)
    manager, told = act(a_manager("S1")), []
    for refused in (False, True):
        key = a_key()
        for _ in range(2):
            found = await after_sale.request_return(
                mall, manager, ORDER, {"A": 1}, "S1", "拒收", key=key, parcel_refused=refused
            )
        told.append(facts_of(replace(found, told=0))[-1])
    assert [one.kind for one in told] == ["return.requested"] * 2
    assert [one.data["details"]["parcelRefused"] for one in told] == [False, True]
    assert {one.data["details"]["buyerId"] for one in told} == {BUYER.id}
    with pytest.raises(Conflict):
        await after_sale.request_return(mall, manager, ORDER, {"A": 1}, "S1", "拒收", key=key)


async def test_a_pickup_is_handed_over_against_its_code_alone():
    mall = await a_paid_shop(order=an_order(pickup_store_id="S2", destination=None))
    manager = a_manager("S2")
    await store_desk.accept(mall, act(manager), FIRST)
    with pytest.raises(WrongState, match="ready"):
        await store_desk.ship(mall, act(manager), FIRST, carrier="顺丰", number="SF1")
    await store_desk.ready(mall, act(manager), FIRST)
    with pytest.raises(Invalid):
        await store_desk.hand_over(mall, act(manager), FIRST, code="308143")
    done = await store_desk.hand_over(mall, act(manager), FIRST, code=" 308142")
    assert seen(done) == [("S2", "HANDED_OVER")]
    assert mall.shelves.on_hand["S2", "A"] == 3
    assert +mall.shelves.reserved == {}


async def test_a_pickup_that_nobody_fetched_waits_for_head_office_with_its_code():
    mall = await a_paid_shop(order=an_order(pickup_store_id="S2", destination=None))
    manager = a_manager("S2")
    await store_desk.accept(mall, act(manager), FIRST)
    await store_desk.ready(mall, act(manager), FIRST)
    waiting = await store_desk.unclaimed(mall, act(manager), FIRST, "三次电话未接")
    assert [one.kind for one in exceptions_of(waiting)] == [ExceptionKind.NOT_FETCHED]
    again = await store_desk.ready(mall, act(manager), FIRST)
    assert again.parts[0].pickup_code == "308142"


async def test_what_is_sent_is_not_put_at_the_counter():
    mall = await a_paid_shop()
    await store_desk.accept(mall, act(a_manager("S1")), FIRST)
    with pytest.raises(WrongState, match="ship"):
        await store_desk.ready(mall, act(a_manager("S1")), FIRST)


async def test_head_office_gives_an_order_back_to_a_store_that_has_just_what_it_needs():
    mall = await a_paid_shop(stores=[a_store("S1")], on_hand={("S1", "A"): 2, ("S1", "B"): 1})
    await store_desk.reject(mall, act(a_manager("S1")), FIRST, RejectReason.TOO_BUSY)
    fulfilment = await head_office.assign(mall, act(HEAD_OFFICE), f"{ORDER}-2", "S1", "店长已同意")
    assert seen(fulfilment) == [("S1", "REJECTED"), ("S1", "OFFERED")]
    assert +mall.shelves.reserved == {("S1", "A"): 2, ("S1", "B"): 1}


async def test_head_office_can_not_assign_goods_that_a_store_lacks():
    mall = await a_paid_shop(
        stores=[a_store("S1"), a_store("S2")],
        on_hand={("S1", "A"): 2, ("S1", "B"): 1, ("S2", "B"): 1},
    )
    await store_desk.reject(mall, act(a_manager("S1")), FIRST, RejectReason.TOO_BUSY)
    with pytest.raises(OutOfStock, match="S2 has only 0 of A") as refusal:
        await head_office.assign(mall, act(HEAD_OFFICE), f"{ORDER}-2", "S2", "就近")
    assert refusal.value.parts()[0].left == 0
    with pytest.raises(Invalid):
        await head_office.assign(mall, act(HEAD_OFFICE), f"{ORDER}-2", "S9", "就近")
    with pytest.raises(Forbidden):
        await head_office.assign(mall, act(a_manager("S1")), f"{ORDER}-2", "S1", "就近")


async def test_goods_that_come_in_later_reach_the_order_by_the_rules():
    mall = await a_paid_shop(
        stores=[a_store("S1"), a_store("S2")], on_hand={("S1", "A"): 2, ("S1", "B"): 1}
    )
    await store_desk.reject(mall, act(a_manager("S1")), FIRST, RejectReason.NOT_ON_SHELF)
    assert +mall.shelves.reserved == {}
    mall.shelves.on_hand.update({("S2", "A"): 2, ("S2", "B"): 1})
    fulfilment = await head_office.assign(mall, act(HEAD_OFFICE), f"{ORDER}-2", None, "已到货")
    assert seen(fulfilment)[-1] == ("S2", "OFFERED")


async def test_the_buyer_cancels_some_units_until_the_store_accepts():
    mall = await a_paid_shop()
    await cancel(mall, act(BUYER), ORDER, {"A": 1}, "买多了")
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert fulfilment.parts[0].units == {"A": 1, "B": 1}
    assert mall.provider.refunds == {f"{ORDER}-r1": 29_900}
    assert fulfilment.payment.state is PaymentState.PART_REFUNDED
    assert +mall.shelves.reserved == {("S1", "A"): 1, ("S1", "B"): 1}
    await store_desk.accept(mall, act(a_manager("S1")), FIRST)
    with pytest.raises(WrongState, match="too late to cancel 1 of A"):
        await cancel(mall, act(BUYER), ORDER, {"A": 1}, "买多了")


async def test_head_office_cancels_all_that_is_not_on_its_way():
    mall = await a_paid_shop()
    await store_desk.accept(mall, act(a_manager("S1")), FIRST)
    await cancel(mall, act(HEAD_OFFICE), ORDER, None, "客服退款")
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert seen(fulfilment) == [("S1", "CANCELLED")]
    assert fulfilment.payment.state is PaymentState.REFUNDED
    assert +mall.shelves.reserved == {}


async def test_a_goodwill_refund_keeps_nobody_from_cancelling_the_rest():
    mall = await a_paid_shop()
    await refund(mall, act(HEAD_OFFICE), ORDER, 1, "物流延误补偿")
    await cancel(mall, act(BUYER), ORDER, None, "买多了")
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert seen(fulfilment) == [("S1", "CANCELLED")]
    assert [one.amount for one in fulfilment.payment.refunds] == [1, 69_799]
    assert fulfilment.payment.state is PaymentState.REFUNDED
    assert +mall.shelves.reserved == {}


async def test_what_is_sent_can_not_be_cancelled_nor_what_was_never_ordered():
    mall = await a_paid_shop()
    await shipped(mall)
    for units in ({"A": 1}, {"C": 1}):
        with pytest.raises(WrongState):
            await cancel(mall, act(HEAD_OFFICE), ORDER, units, "客服退款")
    with pytest.raises(Forbidden):
        await cancel(mall, act(a_manager("S1")), ORDER, None, "不卖了")


async def test_a_return_to_another_store_puts_the_good_goods_on_sale_there():
    mall = await a_paid_shop()
    await shipped(mall)
    return_id = await a_return(mall, {"A": 2})
    with pytest.raises(Forbidden):
        await after_sale.receive_return(mall, act(a_manager("S1")), return_id)
    manager = a_manager("S9")
    await after_sale.receive_return(mall, act(manager), return_id)
    fulfilment = await after_sale.accept_return(
        mall, act(manager), return_id, damaged={"A": 1}, amount=None, note=""
    )
    assert fulfilment.returns[0].state is ReturnState.ACCEPTED
    assert mall.shelves.on_hand["S9", "A"] == 1
    assert mall.shelves.damaged["S9", "A"] == 1
    assert fulfilment.payment.refunded == 59_800


async def test_each_step_of_a_return_that_is_told_again_gets_the_same_answer():
    mall = await a_paid_shop()
    await shipped(mall)
    manager, note = act(a_manager("S9")), "吊牌缺失"
    return_id = await a_return(mall, {"B": 1})

    async def accept(*, damaged=None, amount=9_000, note=note):
        damaged = damaged or {}
        return await after_sale.accept_return(
            mall, manager, return_id, damaged=damaged, amount=amount, note=note
        )

    async def receive():
        return await after_sale.receive_return(mall, manager, return_id)

    assert await receive() == await receive()
    assert await accept() == await accept() == await receive()
    for other in ({"damaged": {"B": 1}}, {"amount": 9_500}, {"note": "吊牌有"}):
        with pytest.raises(Conflict, match="ACCEPTED already"):
            await accept(**other)
    with pytest.raises(WrongState):
        await after_sale.refuse_return(mall, manager, return_id, "已穿着下水")
    after = await mall.fulfilments.by_id(ORDER)
    assert (after.payment.refunded, mall.shelves.on_hand["S9", "B"]) == (9_000, 1)


async def test_a_return_that_was_refused_or_called_off_is_so_when_it_is_told_again():
    mall = await a_paid_shop()
    await shipped(mall)
    manager = act(a_manager("S9"))
    refused, kept = await a_return(mall, {"B": 1}), await a_return(mall, {"A": 1})

    async def refuse(reason="已穿着下水"):
        return await after_sale.refuse_return(mall, manager, refused, reason)

    async def call_off():
        return await after_sale.call_off_return(mall, act(BUYER), kept)

    await after_sale.receive_return(mall, manager, refused)
    assert await refuse() == await refuse()
    with pytest.raises(Conflict, match="REFUSED already"):
        await refuse("吊牌缺失")
    assert await call_off() == await call_off()
    with pytest.raises(WrongState):
        await after_sale.receive_return(mall, manager, kept)


async def test_nothing_is_returned_twice_or_before_it_was_sent_or_too_late():
    mall = await a_paid_shop()
    with pytest.raises(Invalid, match="nothing"):
        await a_return(mall, {"A": 1})
    await shipped(mall)
    with pytest.raises(Invalid):
        await a_return(mall, {"A": 2}, now=NOW + RETURN_WITHIN)
    return_id = await a_return(mall, {"A": 2})
    with pytest.raises(Invalid, match="1 of B"):
        await a_return(mall, {"A": 1})
    await after_sale.call_off_return(mall, act(BUYER), return_id)
    await a_return(mall, {"A": 1})


async def test_a_refused_return_pays_nothing_back_and_may_be_asked_for_again():
    mall = await a_paid_shop()
    await shipped(mall)
    return_id = await a_return(mall, {"B": 1})
    await after_sale.receive_return(mall, act(a_manager("S9")), return_id)
    await after_sale.refuse_return(mall, act(a_manager("S9")), return_id, "已穿着下水")
    assert mall.provider.refunds == {}
    assert await a_return(mall, {"B": 1}) == f"{ORDER}-b2"


async def test_less_than_the_price_is_paid_back_only_for_a_reason():
    mall = await a_paid_shop()
    await shipped(mall)
    return_id = await a_return(mall, {"B": 1})
    manager = a_manager("S9")
    await after_sale.receive_return(mall, act(manager), return_id)
    for amount, note in ((9_000, ""), (10_001, "x"), (0, "x")):
        with pytest.raises(Invalid):
            await after_sale.accept_return(
                mall, act(manager), return_id, damaged={}, amount=amount, note=note
            )
    fulfilment = await after_sale.accept_return(
        mall, act(manager), return_id, damaged={}, amount=9_000, note="吊牌缺失，已与顾客商定"
    )
    assert fulfilment.payment.refunded == 9_000


async def test_refunds_of_all_kinds_together_never_exceed_what_was_paid():
    mall = await a_paid_shop()
    await shipped(mall)
    await refund(mall, act(HEAD_OFFICE), ORDER, 60_000, "物流延误补偿")
    return_id = await a_return(mall, {"A": 1})
    await after_sale.receive_return(mall, act(a_manager("S9")), return_id)
    with pytest.raises(Invalid, match="at most ¥98"):
        await after_sale.accept_return(
            mall, act(a_manager("S9")), return_id, damaged={}, amount=9_801, note="已补偿"
        )
    done = await after_sale.accept_return(
        mall, act(a_manager("S9")), return_id, damaged={}, amount=None, note=""
    )
    assert done.payment.refunded == 69_800
    with pytest.raises(Forbidden):
        await refund(mall, act(BUYER), ORDER, 1, "请退款")


async def test_an_order_is_followed_by_those_whom_it_concerns():
    credit = Credit(guide_id="G1", store_id="S9", share_code="abc", touched_at=NOW)
    mall = await a_paid_shop(order=an_order(credit=credit))
    fulfilment = await store_desk.reject(mall, act(a_manager("S1")), FIRST, RejectReason.TOO_BUSY)
    for viewer in (BUYER, HEAD_OFFICE, GUIDE, a_manager("S1"), a_manager("S2")):
        assert may_follow(fulfilment, viewer)
    other_member = replace(BUYER, id=PersonId("member_2"))
    editor = Viewer(id=PersonId("staff_9"), role=Role.EDITOR)
    for viewer in (a_manager("S3"), other_member, editor):
        assert not may_follow(fulfilment, viewer)
        with pytest.raises(Forbidden if viewer is editor else NotFound):
            await follow(mall, act(viewer), ORDER)


async def test_a_failed_refund_is_tried_again_when_head_office_says_so():
    mall = await a_paid_shop()
    real_refund = mall.provider.refund

    async def fail(*args, **kwargs):
        return RefundAnswer(state=RefundState.FAILED, said="USER_ACCOUNT_ABNORMAL")

    mall.provider.refund = fail
    failed = await refund(mall, act(HEAD_OFFICE), ORDER, 100, "补偿")
    [shown] = exceptions_of(failed)
    assert (shown.kind, shown.said) == (ExceptionKind.REFUND_FAILED, "USER_ACCOUNT_ABNORMAL")
    assert await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=5))) == 0
    mall.provider.refund = real_refund
    done = await after_sale.retry_refund(mall, act(HEAD_OFFICE), f"{ORDER}-r1")
    assert done.payment.refunded == 100
    assert list(exceptions_of(done)) == []


async def test_a_request_that_is_sent_twice_with_one_key_is_done_once():
    mall = await a_paid_shop()
    for _ in range(2):
        await cancel(mall, act(BUYER), ORDER, {"A": 1}, "买多了", key="k1")
        await refund(mall, act(HEAD_OFFICE), ORDER, 100, "补偿", key="k2")
    assert sorted(mall.provider.refunds.values()) == [100, 29_900]
    with pytest.raises(Invalid, match="key"):
        await refund(mall, act(HEAD_OFFICE), ORDER, 100, "补偿", key="")


@pytest.mark.parametrize(
    "another",
    [
        lambda mall, key: cancel(mall, act(), ORDER, {"A": 2}, "买多了", key=key),
        lambda mall, key: cancel(mall, act(), ORDER, {"A": 1}, "不想要了", key=key),
        lambda mall, key: cancel(mall, act(), ORDER, None, "买多了", key=key),
        lambda mall, key: refund(mall, act(HEAD_OFFICE), ORDER, 100, "补偿", key=key),
        lambda mall, key: after_sale.request_return(
            mall, act(), ORDER, {"A": 1}, "S9", "买多了", key=key
        ),
    ],
)
async def test_a_key_that_was_sent_with_another_request_is_a_conflict(another):
    mall = await a_paid_shop()
    await cancel(mall, act(), ORDER, {"A": 1}, "买多了", key="k1")
    before = await mall.fulfilments.by_id(ORDER)
    with pytest.raises(Conflict, match="a new key for each"):
        await another(mall, "k1")
    assert await mall.fulfilments.by_id(ORDER) == before


async def test_an_unpaid_order_is_called_off_once_for_a_key_and_by_no_other_request():
    mall = a_shop()
    await start(mall, act(), ORDER)
    first = await after_sale.cancel(mall, act(), ORDER, None, "不要了", key="k1")
    assert first.payment.state is PaymentState.CLOSED
    assert await after_sale.cancel(mall, act(), ORDER, None, "不要了", key="k1") == first
    with pytest.raises(Conflict, match="a new key for each"):
        await after_sale.cancel(mall, act(), ORDER, None, "再想想", key="k1")
    with pytest.raises(WrongState, match="ended already"):
        await after_sale.cancel(mall, act(), ORDER, None, "不要了", key="k2")
    with pytest.raises(Conflict, match="a new key for each"):
        await refund(mall, act(HEAD_OFFICE), ORDER, 100, "补偿", key="k1")


async def test_a_payment_has_fifty_refunds_at_most():
    mall = await a_paid_shop()
    for _ in range(50):
        await refund(mall, act(HEAD_OFFICE), ORDER, 1, "补偿")
    with pytest.raises(TooMany, match="50 refunds already"):
        await refund(mall, act(HEAD_OFFICE), ORDER, 1, "补偿")
    assert len(mall.provider.refunds) == 50
