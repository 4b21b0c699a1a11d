"""What stores do with what they are asked for, and who is asked next."""

from datetime import datetime, timedelta

import pytest

from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.mall.fulfilment import store_desk
from domain.mall.fulfilment.due_work import sweep_fulfilments
from domain.mall.fulfilment.fulfilment_orders import ACCEPT_WITHIN, answer_by
from domain.mall.fulfilment.fulfilments import RejectReason
from domain.mall.fulfilment.paying import confirm, start
from domain.mall.routing.routing import Verdict
from domain.network.hours import parse_hours
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
FIRST = f"{ORDER}-1"


async def a_paid_shop(**parts):
    mall = a_shop(**parts)
    await start(mall, act(BUYER), ORDER)
    order = mall.orders.order
    await confirm(mall, act(), a_payment(amount=order.total))
    return mall


def seen(fulfilment):
    return [(part.store_id, part.state.value) for part in fulfilment.parts]


async def test_a_rejected_order_goes_to_the_next_nearest_store_which_ships_it():
    mall = await a_paid_shop()
    rejected = await store_desk.reject(mall, act(a_manager("S1")), FIRST, RejectReason.TOO_BUSY)
    assert seen(rejected) == [("S1", "REJECTED"), ("S2", "OFFERED")]
    assert {one.store_id: one.verdict for one in rejected.parts[1].considered} == {
        "S1": Verdict.REFUSED_BEFORE,
        "S2": Verdict.CHOSEN,
        "S3": Verdict.FARTHER,
    }
    await store_desk.accept(mall, act(a_manager("S2")), f"{ORDER}-2")
    shipped = await store_desk.ship(
        mall, act(a_manager("S2")), f"{ORDER}-2", carrier="顺丰", number="SF1"
    )
    assert seen(shipped) == [("S1", "REJECTED"), ("S2", "SHIPPED")]
    assert mall.shelves.on_hand["S1", "A"] == 5
    assert mall.shelves.on_hand["S2", "A"] == 3
    assert +mall.shelves.reserved == {}
    assert shipped.effects == ()


async def test_goods_not_on_the_shelf_leave_that_stores_count():
    mall = await a_paid_shop()
    await store_desk.reject(
        mall, act(a_manager("S1")), FIRST, RejectReason.NOT_ON_SHELF, missing={"A": 1}
    )
    assert mall.shelves.on_hand["S1", "A"] == 4
    assert mall.shelves.on_hand["S1", "B"] == 5
    assert +mall.shelves.reserved == {("S2", "A"): 2, ("S2", "B"): 1}


async def test_damaged_goods_are_counted_as_such():
    mall = await a_paid_shop()
    await store_desk.reject(
        mall, act(a_manager("S1")), FIRST, RejectReason.DAMAGED, missing={"B": 1}
    )
    assert mall.shelves.on_hand["S1", "B"] == 4
    assert mall.shelves.damaged["S1", "B"] == 1


@pytest.mark.parametrize(
    ("reason", "missing"),
    [(RejectReason.TOO_BUSY, {"A": 1}), (RejectReason.NOT_ON_SHELF, {"A": 3})],
)
async def test_what_is_missing_must_be_of_this_order_and_really_missing(reason, missing):
    mall = await a_paid_shop()
    with pytest.raises(Invalid):
        await store_desk.reject(mall, act(a_manager("S1")), FIRST, reason, missing=missing)


async def test_a_store_that_does_not_answer_in_time_is_left_out_and_the_next_is_asked():
    mall = await a_paid_shop()
    assert await sweep_fulfilments(mall, act(at=NOW + ACCEPT_WITHIN - timedelta(seconds=1))) == 0
    assert await sweep_fulfilments(mall, act(at=NOW + ACCEPT_WITHIN)) == 1
    fulfilment = await mall.fulfilments.by_id(ORDER)
    assert seen(fulfilment) == [("S1", "TIMED_OUT"), ("S2", "OFFERED")]
    assert fulfilment.parts[1].accept_by == NOW + 2 * ACCEPT_WITHIN


async def test_when_no_store_is_left_head_office_gets_it_and_the_goods_stay_promised():
    mall = await a_paid_shop(stores=[a_store("S1")])
    fulfilment = await store_desk.reject(mall, act(a_manager("S1")), FIRST, RejectReason.CLOSED)
    assert seen(fulfilment) == [("S1", "REJECTED"), (None, "UNASSIGNED")]
    assert +mall.shelves.reserved == {("S1", "A"): 2, ("S1", "B"): 1}


async def test_a_rejected_order_that_no_single_store_has_is_split_over_two():
    mall = await a_paid_shop(
        on_hand={("S1", "A"): 2, ("S1", "B"): 1, ("S2", "A"): 2, ("S3", "B"): 1}
    )
    fulfilment = await store_desk.reject(
        mall, act(a_manager("S1")), FIRST, RejectReason.OTHER, "水管爆裂"
    )
    assert seen(fulfilment) == [
        ("S1", "REJECTED"),
        (None, "SPLIT"),
        ("S2", "OFFERED"),
        ("S3", "OFFERED"),
    ]
    assert +mall.shelves.reserved == {("S2", "A"): 2, ("S3", "B"): 1}


async def test_an_accepted_order_is_held_split_and_shipped_in_two_parcels():
    mall = await a_paid_shop()
    manager = a_manager("S1")
    await store_desk.accept(mall, act(manager), FIRST)
    held = await store_desk.hold(mall, act(manager), FIRST, "等待总仓补货")
    assert held.history[-1].reason == "等待总仓补货"
    with pytest.raises(WrongState):
        await store_desk.ship(mall, act(manager), FIRST, carrier="顺丰", number="SF1")
    await store_desk.accept(mall, act(manager), FIRST)
    await store_desk.split(mall, act(manager), FIRST, {"A": 1})
    for number in (2, 3):
        await store_desk.ship(
            mall, act(manager), f"{ORDER}-{number}", carrier="顺丰", number=f"SF{number}"
        )
    assert mall.shelves.on_hand["S1", "A"] == 3
    assert mall.shelves.on_hand["S1", "B"] == 4
    assert +mall.shelves.reserved == {}


async def test_another_store_may_not_touch_the_order_nor_learn_of_one_that_is_not():
    mall = await a_paid_shop()
    with pytest.raises(Forbidden):
        await store_desk.accept(mall, act(a_manager("S2")), FIRST)
    with pytest.raises(NotFound):
        await store_desk.accept(mall, act(a_manager("S1")), "order_9-1")


async def test_a_parcel_needs_a_carrier_and_a_number():
    mall = await a_paid_shop()
    await store_desk.accept(mall, act(a_manager("S1")), FIRST)
    with pytest.raises(Invalid):
        await store_desk.ship(mall, act(a_manager("S1")), FIRST, carrier=" ", number="SF1")


async def test_what_a_crash_left_between_the_plan_and_the_offer_is_finished_by_a_sweep():
    mall = await a_paid_shop()
    carry_out = mall.shelves.reserve

    async def crash(*args, **kwargs):
        await carry_out(*args, **kwargs)
        raise RuntimeError("the power failed")

    mall.shelves.reserve = crash
    with pytest.raises(RuntimeError):
        await store_desk.reject(mall, act(a_manager("S1")), FIRST, RejectReason.TOO_BUSY)
    mall.shelves.reserve = carry_out
    assert await sweep_fulfilments(mall, act(at=NOW + timedelta(minutes=1))) == 1
    assert seen(await mall.fulfilments.by_id(ORDER)) == [("S1", "REJECTED"), ("S2", "OFFERED")]
    assert +mall.shelves.reserved == {("S2", "A"): 2, ("S2", "B"): 1}


async def test_a_part_that_a_crash_left_looking_for_a_store_is_not_split_but_offered():
    mall = await a_paid_shop()
    save = mall.fulfilments.save

    async def save_and_crash(*args, **kwargs):
        await save(*args, **kwargs)
        raise RuntimeError("the power failed")

    mall.fulfilments.save = save_and_crash
    late = NOW + ACCEPT_WITHIN
    with pytest.raises(ExceptionGroup):
        await sweep_fulfilments(mall, act(at=late))
    mall.fulfilments.save = save
    assert seen(await mall.fulfilments.by_id(ORDER)) == [("S1", "TIMED_OUT"), (None, "ROUTING")]
    with pytest.raises(WrongState, match="ROUTING"):
        await store_desk.split(mall, act(HEAD_OFFICE, at=late), f"{ORDER}-2", {"A": 1})
    assert await sweep_fulfilments(mall, act(at=late + timedelta(minutes=1))) == 1
    assert seen(await mall.fulfilments.by_id(ORDER)) == [("S1", "TIMED_OUT"), ("S2", "OFFERED")]
    assert +mall.shelves.reserved == {("S2", "A"): 2, ("S2", "B"): 1}


async def test_a_pickup_that_its_store_turns_down_is_head_offices():
    mall = await a_paid_shop(order=an_order(pickup_store_id="S2", destination=None))
    fulfilment = await store_desk.reject(mall, act(a_manager("S2")), FIRST, RejectReason.CLOSED)
    assert seen(fulfilment) == [("S2", "REJECTED"), (None, "UNASSIGNED")]


async def test_a_store_that_has_its_days_orders_is_passed_over_while_others_have_the_goods():
    stores = [a_store("S1", km=1, capacity_a_day=1), a_store("S2", km=2), a_store("S3", km=3)]
    mall = await a_paid_shop(stores=stores)
    assert mall.shelves.asked == {"S1": {FIRST}}
    candidates = await mall.shelves.candidates("320500", ["A"], now=NOW)
    assert [one.store.id for one in candidates if one.full] == ["S1"]


async def test_what_is_left_of_a_line_is_released_once_when_two_stores_take_its_place():
    order = an_order([("A", 2, 100)])
    mall = await a_paid_shop(on_hand={("S1", "A"): 2, ("S2", "A"): 1, ("S3", "A"): 1}, order=order)
    fulfilment = await store_desk.reject(
        mall, act(a_manager("S1")), FIRST, RejectReason.NOT_ON_SHELF, missing={"A": 1}
    )
    assert seen(fulfilment)[2:] == [("S2", "OFFERED"), ("S3", "OFFERED")]
    assert mall.shelves.on_hand["S1", "A"] == 1
    assert mall.shelves.reserved == {("S1", "A"): 0, ("S2", "A"): 1, ("S3", "A"): 1}


async def test_a_store_that_is_shut_has_half_an_hour_from_its_opening_to_answer():
    # It is 10:00 in China.
    stores = [a_store("S1", opening_hours=parse_hours("11:00-22:00"))]
    mall = await a_paid_shop(stores=stores)
    [part] = (await mall.fulfilments.by_id(ORDER)).parts
    assert part.accept_by == NOW + timedelta(hours=1) + ACCEPT_WITHIN


async def test_an_answer_that_is_sent_twice_is_one():
    mall = await a_paid_shop()
    manager = a_manager("S1")
    first = await store_desk.accept(mall, act(manager), FIRST)
    assert await store_desk.accept(mall, act(manager), FIRST) == first
    parcel = {"carrier": "顺丰", "number": "SF1"}
    shipped = await store_desk.ship(mall, act(manager), FIRST, **parcel)
    assert await store_desk.ship(mall, act(manager), FIRST, **parcel) == shipped
    with pytest.raises(WrongState):
        await store_desk.ship(mall, act(manager), FIRST, **{**parcel, "number": "SF2"})


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2026-09-30T21:20", "2026-09-30T21:50"),
        ("2026-09-30T21:30", "2026-09-30T22:00"),
        ("2026-09-29T21:50", "2026-09-30T10:20"),
        ("2026-09-29T22:01", "2026-09-30T10:30"),
        ("2026-10-03T12:00", "2026-10-08T10:30"),
        ("2026-09-30T21:50", "2026-10-08T10:20"),
    ],
)
def test_the_time_to_accept_runs_only_while_the_shop_is_open(asked, answer):
    hours = parse_hours("10:00-22:00; 2026-10-01..2026-10-07 closed")
    store = a_store("S1", opening_hours=hours)
    at, until = (datetime.fromisoformat(f"{one}+08:00") for one in (asked, answer))
    assert answer_by(store, at) == until
