"""Every table of states: all can be reached, every end is one, every refusal is named."""

from enum import StrEnum

import pytest

from domain.kernel.refusals import WrongState
from domain.kernel.states import Cause, step
from domain.mall.fulfilment.fulfilments import PART_NEXT, RETURN_NEXT, PartState, ReturnState
from domain.mall.fulfilment.payments import PAYMENT_NEXT, REFUND_NEXT, PaymentState, RefundState
from domain.mall.orders.order import ORDER_NEXT, OrderState
from tests.support.shop import NOW

ACT = Cause(actor="staff_1", at=NOW, reason="测试")

# Each machine's table, and the states in which something can begin.
MACHINES = {
    "order": (ORDER_NEXT, {OrderState.PENDING}),
    "payment": (PAYMENT_NEXT, {PaymentState.OPEN}),
    "refund": (REFUND_NEXT, {RefundState.REQUESTED}),
    "fulfilment order": (PART_NEXT, {PartState.OFFERED, PartState.ROUTING}),
    "return": (RETURN_NEXT, {ReturnState.REQUESTED}),
}
MOVES = [
    pytest.param(kind, table, before, after, id=f"{kind}: {before} to {after}")
    for kind, (table, _) in MACHINES.items()
    for before in table
    for after in table
]


@pytest.mark.parametrize(("table", "first"), MACHINES.values(), ids=MACHINES)
def test_every_state_is_in_its_table_and_can_be_reached(table, first: set[StrEnum]):
    assert set(table) == set(type(next(iter(first))))
    reached, fresh = set(first), set(first)
    while fresh:
        fresh = {after for before in fresh for after in table[before]} - reached
        reached |= fresh
    assert reached == set(table)


@pytest.mark.parametrize(("kind", "table", "before", "after"), MOVES)
def test_a_move_is_recorded_if_the_table_has_it_and_else_refused_by_name(
    kind, table, before, after
):
    if after in table[before]:
        taken = step(table, subject="x", kind=kind, before=before, after=after, act=ACT)
        assert (taken.before, taken.after) == (before, after)
        assert (taken.actor, taken.at, taken.reason) == ("staff_1", NOW, "测试")
        return
    with pytest.raises(WrongState) as refusal:
        step(table, subject="x", kind=kind, before=before, after=after, act=ACT)
    message = refusal.value.message
    assert f"This {kind} is {before} and can't become {after}" in message
    assert all(possible in message for possible in table[before])
