"""Commission follows what was paid and given back, to the fen."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.earnings.commission import due, with_payments
from domain.kernel.facts import Fact
from tests.support.builders import NOON


def paid(fen: int, given_back: int = 0, number: int = 0) -> Fact:
    return Fact(
        id=f"fulfilment:order_1:{number}",
        subject="fulfilment:order_1",
        kind="refund.done" if given_back else "payment.paid",
        at=NOON + timedelta(minutes=number),
        data={
            "orderId": "order_1",
            "guideId": "G1",
            "cause": f"cause-{number}",
            "paidFen": fen,
            "refundedFen": given_back,
        },
    )


def test_commission_is_taken_back_in_step_with_refunds():
    facts = [paid(69_800), paid(69_800, 333, 1), paid(69_800, 69_800, 2)]
    found = with_payments(None, facts)
    assert [(entry.amount, entry.cause) for entry in found.entries] == [
        (3_490, "cause-0"),
        (-17, "cause-1"),
        (-3_473, "cause-2"),
    ]
    assert found.amount == 0


def test_a_refund_that_changes_nothing_leaves_no_entry():
    found = with_payments(None, [paid(100), paid(100, 1, 1)])
    assert [entry.amount for entry in found.entries] == [5]


@given(st.integers(1, 10**7), st.lists(st.integers(1, 10**6), max_size=6), st.integers(0, 6))
def test_refunds_of_any_split_sum_exactly_to_what_is_due(fen, refunds, together):
    facts, given_back = [paid(fen)], 0
    for number, refund in enumerate(refunds, 1):
        given_back = min(fen, given_back + refund)
        facts.append(paid(fen, given_back, number))
    at_once = with_payments(None, facts)
    in_parts = with_payments(None, facts[: together + 1])
    in_parts = with_payments(in_parts, facts[together + 1 :]) if facts[together + 1 :] else in_parts
    assert at_once == in_parts
    assert at_once.amount == due(fen - given_back)
