"""When an order's fulfilment needs attention: the clock's, by when, or head office's, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.mall.fulfilment.fulfilments import Fulfilment, PartState
from domain.mall.fulfilment.payments import PaymentState, Refund, RefundState

# How long whoever saved a step has to do what it calls for, before a sweeper steps in.
GRACE = timedelta(seconds=15)


class ExceptionKind(StrEnum):
    """Why an order waits for head office."""

    NO_STORE_LEFT = "NO_STORE_LEFT"
    NOT_FETCHED = "NOT_FETCHED"
    REFUND_FAILED = "REFUND_FAILED"
    REFUND_HELD_UP = "REFUND_HELD_UP"
    SHIPPING_NOT_REPORTED = "SHIPPING_NOT_REPORTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderException:
    """One thing that head office has to decide; `subject` is the id of what it is about.

    `said` is what somebody outside has against it.
    """

    kind: ExceptionKind
    subject: str
    said: str = ""


def exceptions_of(fulfilment: Fulfilment) -> Iterator[OrderException]:
    """What of an order waits for head office."""
    kinds = {
        PartState.UNASSIGNED: ExceptionKind.NO_STORE_LEFT,
        PartState.UNCLAIMED: ExceptionKind.NOT_FETCHED,
    }
    for part in fulfilment.parts:
        if part.state in kinds:
            yield OrderException(kind=kinds[part.state], subject=part.id)
    for refund in fulfilment.payment.refunds:
        if refund.state is RefundState.FAILED:
            kind = ExceptionKind.REFUND_FAILED
        elif refund.state is RefundState.REQUESTED and refund.said:
            kind = ExceptionKind.REFUND_HELD_UP
        else:
            continue
        yield OrderException(kind=kind, subject=refund.id, said=refund.said)
    due = fulfilment.reports.due
    if due is not None and due.next_at is None:
        kind = ExceptionKind.SHIPPING_NOT_REPORTED
        yield OrderException(kind=kind, subject=due.parts[-1], said=due.said)


def attend_at(fulfilment: Fulfilment) -> datetime | None:
    """When the clock has something to do; None while a fulfilment waits for people alone."""
    moments = [part.accept_by for part in fulfilment.parts if part.accept_by is not None]
    if close_at := _close_at(fulfilment):
        moments.append(close_at)
    if _unfinished(fulfilment) and fulfilment.history:
        moments.append(fulfilment.history[-1].at + GRACE)
    return min(moments, default=None)


def close_due(fulfilment: Fulfilment, now: datetime) -> bool:
    """Whether the provider is to take no payment any more, and then to be asked for one."""
    close_at = _close_at(fulfilment)
    return close_at is not None and close_at <= now


def refunds_due(fulfilment: Fulfilment) -> list[Refund]:
    """The refunds that the provider has to be asked for, or after."""
    waiting = {RefundState.REQUESTED, RefundState.PROCESSING}
    return [one for one in fulfilment.payment.refunds if one.state in waiting]


def _close_at(fulfilment: Fulfilment) -> datetime | None:
    """When to close at the provider and ask: once an order is off, and once the time is over.

    A payment that was being asked for meanwhile could still be made after the first.
    """
    payment = fulfilment.payment
    if payment.state is PaymentState.OPEN:
        return fulfilment.pay_by
    if payment.state is not PaymentState.CLOSED:
        return None
    if payment.asked_at is None:
        return fulfilment.history[-1].at if fulfilment.history else None
    return fulfilment.pay_by if payment.asked_at < fulfilment.pay_by else None


def _unfinished(fulfilment: Fulfilment) -> bool:
    unsettled = fulfilment.payment.state is PaymentState.PAID and not fulfilment.settled
    routing = any(part.state is PartState.ROUTING for part in fulfilment.parts)
    return bool(unsettled or routing or fulfilment.effects or refunds_due(fulfilment))
