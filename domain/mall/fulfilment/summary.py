"""Where an order stands on the whole, as its buyer understands it."""

from enum import StrEnum

from domain.mall.fulfilment.fulfilments import DONE, Fulfilment, PartState
from domain.mall.fulfilment.payments import PaymentState

PAID = frozenset({PaymentState.PAID, PaymentState.PART_REFUNDED, PaymentState.REFUNDED})


class OrderSummary(StrEnum):
    """Where an order stands.

    A cancelled one was called off, was not paid in time, or was paid back as a whole.
    """

    UNPAID = "UNPAID"
    PREPARING = "PREPARING"
    READY = "READY"
    PART_DONE = "PART_DONE"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


def summary(fulfilment: Fulfilment) -> OrderSummary:
    """Sum up the payment and the parts; those that were cancelled count only if all were."""
    if fulfilment.payment.state is PaymentState.CLOSED:
        return OrderSummary.CANCELLED
    if fulfilment.payment.state not in PAID:
        return OrderSummary.UNPAID
    states = {part.state for part in fulfilment.live_parts()} - {PartState.CANCELLED}
    if not states:
        return OrderSummary.CANCELLED if fulfilment.settled else OrderSummary.PREPARING
    if states <= DONE:
        return OrderSummary.DONE
    if states & DONE:
        return OrderSummary.PART_DONE
    return OrderSummary.READY if states == {PartState.READY} else OrderSummary.PREPARING
